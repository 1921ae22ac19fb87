/* config_show.c: the values in force with where they came from, as YAML and as JSON. */
#include "app/config/config_show.h"

#include "base/json_writer.h"

static const char *const origins[] = {
    [CONFIG_ORIGIN_DEFAULT] = "default",
    [CONFIG_ORIGIN_FILE] = "file",
    [CONFIG_ORIGIN_ENVIRONMENT] = "environment",
    [CONFIG_ORIGIN_FLAG] = "flag",
};

static void write_item(const struct config_item *item, struct json_writer *writer);

static void write_properties(const struct config_value *value, struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < value->count; i++) {
        const struct config_property *property = &value->properties[i];
        json_key_span(writer, property->name);
        if (property->is_file) {
            json_open_object(writer);
            json_key(writer, "file");
        }
        json_write_string(writer, property->text);
        if (property->is_file) {
            json_close_object(writer);
        }
    }
    json_close_object(writer);
}

/* A value as JSON, which is YAML too. */
static void write_value(const struct config_key *key, const struct config_value *value,
                        struct json_writer *writer)
{
    switch (key->type) {
    case CONFIG_TYPE_NUMBER:
        json_write_int(writer, value->number);
        return;
    case CONFIG_TYPE_BOOL:
        json_write_bool(writer, value->number != 0);
        return;
    case CONFIG_TYPE_TEXTS:
    case CONFIG_TYPE_PATHS:
        json_open_array(writer);
        for (size_t i = 0; i < value->count; i++) {
            json_write_string(writer, value->texts[i]);
        }
        json_close_array(writer);
        return;
    case CONFIG_TYPE_ITEMS:
        json_open_array(writer);
        for (size_t i = 0; i < value->count; i++) {
            write_item(&value->items[i], writer);
        }
        json_close_array(writer);
        return;
    case CONFIG_TYPE_MAP:
        value_write_json(&value->data, writer);
        return;
    case CONFIG_TYPE_PROPERTIES:
        write_properties(value, writer);
        return;
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_PATH:
    case CONFIG_TYPE_CHOICE:
    case CONFIG_TYPE_DURATION:
    case CONFIG_TYPE_TIME:
    default:
        json_write_string(writer, value->text);
    }
}

/* "match" of "match.tags"; empty when the name has no dot. */
static struct span group_of(const char *name)
{
    const char *dot = strchr(name, '.');
    return span_of(name, dot ? (size_t)(dot - name) : 0);
}

static const char *member_of(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : name;
}

/* Keys of one group stand together in the table, so a group is opened and closed once. */
static void write_item(const struct config_item *item, struct json_writer *writer)
{
    struct span open = {0};
    json_open_object(writer);
    for (size_t i = 0; i < item->section->count; i++) {
        const struct config_key *key = &item->section->keys[i];
        struct span group = group_of(key->name);
        bool is_empty = key->fallback && !key->fallback[0] && !item->values[i].text.len;
        if (!item->values[i].given || is_empty || !config_key_applies(item, i)) {
            continue;
        }
        if (open.len && !span_equals(open, group)) {
            json_close_object(writer);
            open = (struct span){0};
        }
        if (group.len && !open.len) {
            json_key_span(writer, group);
            json_open_object(writer);
            open = group;
        }
        json_key(writer, member_of(key->name));
        write_value(key, &item->values[i], writer);
    }
    if (open.len) {
        json_close_object(writer);
    }
    json_close_object(writer);
}

static void write_line(const struct config_key *key, const struct config_value *value,
                       bool origin, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    buf_printf(out, "%s%s: ", group_of(key->name).len ? "  " : "", member_of(key->name));
    write_value(key, value, &writer);
    if (origin) {
        buf_printf(out, "  # %s%s%.*s", origins[value->origin], value->where.len ? ": " : "",
                   SPAN_ARG(value->where));
    }
    buf_append_char(out, '\n');
}

void config_write_yaml(const struct config *config, bool origin, struct buf *out)
{
    struct span open = {0};
    for (size_t i = 0; i < config_root.count; i++) {
        const struct config_key *key = &config_root.keys[i];
        struct span group = group_of(key->name);
        if (!config->root.values[i].given) {
            continue;
        }
        if (group.len && !span_equals(open, group)) {
            buf_printf(out, "%.*s:\n", SPAN_ARG(group));
        }
        open = group;
        write_line(key, &config->root.values[i], origin, out);
    }
}

void config_write_json(const struct config *config, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_array(&writer);
    for (size_t i = 0; i < config_root.count; i++) {
        const struct config_value *value = &config->root.values[i];
        if (!value->given) {
            continue;
        }
        json_open_object(&writer);
        json_key(&writer, "key");
        json_write_string(&writer, span_view(config_root.keys[i].name));
        json_key(&writer, "value");
        write_value(&config_root.keys[i], value, &writer);
        json_key(&writer, "origin");
        json_write_string(&writer, span_view(origins[value->origin]));
        json_key(&writer, "where");
        json_write_string(&writer, value->where);
        json_close_object(&writer);
    }
    json_close_array(&writer);
    buf_append_char(out, '\n');
}
