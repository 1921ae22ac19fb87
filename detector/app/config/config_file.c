/* config_file.c: the configuration file: YAML read by the table of keys. */
#include "app/config/config_layers.h"

#include "policy/document/report.h"
#include "policy/yaml/yaml_tree.h"

#include <errno.h>
#include <stdio.h>

/* Where values are read from; one per file or variable. */
struct file_reader {
    struct arena *arena;
    struct diag_list *diags;
    struct span folder; /* of the file, with the slash; empty: the working directory */
};

static bool read_value(const struct file_reader *reader, const struct config_key *key,
                       const struct yaml_node *node, struct config_value *out);

static struct span where(const struct file_reader *reader, const struct yaml_node *node)
{
    struct place place = yaml_place(node);
    return arena_printf(reader->arena, "%.*s:%u", SPAN_ARG(place.file), place.line);
}

static struct span resolve(const struct file_reader *reader, struct span path)
{
    bool plain = path.len == 0 || path.ptr[0] == '/' || span_equals(path, SPAN("-"));
    return plain || reader->folder.len == 0
               ? path
               : arena_printf(reader->arena, "%.*s%.*s", SPAN_ARG(reader->folder), SPAN_ARG(path));
}

static bool is_kind(const struct file_reader *reader, const struct config_key *key,
                    const struct yaml_node *node, enum yaml_kind kind, const char *wanted)
{
    if (node->kind == kind) {
        return true;
    }
    report_error(reader->diags, yaml_place(node), (struct span){0}, "%s wants %s, not %s",
                 key->name, wanted, yaml_describe(node));
    return false;
}

static bool read_scalar(const struct file_reader *reader, const struct config_key *key,
                        const struct yaml_node *node, struct config_value *out)
{
    struct buf problem = {0};
    if (!is_kind(reader, key, node, YAML_KIND_SCALAR, "one value")) {
        return false;
    }
    bool good = config_parse(key, node->text, reader->arena, &problem, out);
    if (!good) {
        report_error(reader->diags, yaml_place(node), (struct span){0}, "%s %.*s", key->name,
                     SPAN_ARG(buf_view(&problem)));
    }
    if (good && key->type == CONFIG_TYPE_PATH) {
        out->text = resolve(reader, out->text);
    }
    buf_deinit(&problem);
    return good;
}

static bool is_choice(const struct file_reader *reader, const struct config_key *key,
                      const struct yaml_node *node)
{
    struct buf problem = {0};
    bool good = config_is_choice(key, node->text, &problem);
    if (!good) {
        report_error(reader->diags, yaml_place(node), (struct span){0}, "%s %.*s", key->name,
                     SPAN_ARG(buf_view(&problem)));
    }
    buf_deinit(&problem);
    return good;
}

static bool read_texts(const struct file_reader *reader, const struct config_key *key,
                       const struct yaml_node *node, struct config_value *out)
{
    if (!is_kind(reader, key, node, YAML_KIND_LIST, "a list")) {
        return false;
    }
    struct span *texts = arena_array(reader->arena, node->count + 1, sizeof *texts);
    for (size_t i = 0; i < node->count; i++) {
        if (!is_kind(reader, key, node->items[i], YAML_KIND_SCALAR, "a list of texts")) {
            return false;
        }
        struct span text = node->items[i]->text;
        if (!is_choice(reader, key, node->items[i])) {
            return false;
        }
        texts[i] = key->type == CONFIG_TYPE_PATHS ? resolve(reader, text) : text;
    }
    out->texts = texts;
    out->count = node->count;
    return true;
}

/* The place of a key; the count of keys when there is none. */
static size_t find_key(const struct config_section *section, struct span name)
{
    size_t at = 0;
    while (at < section->count && !span_equals(span_view(section->keys[at].name), name)) {
        at++;
    }
    return at;
}

/* True when keys of the table begin with this name and a dot. */
static bool is_group(const struct config_section *section, struct span name)
{
    for (size_t i = 0; i < section->count; i++) {
        struct span key = span_view(section->keys[i].name);
        if (key.len > name.len && span_starts_with(key, name) && key.ptr[name.len] == '.') {
            return true;
        }
    }
    return false;
}

static void unknown_key(const struct file_reader *reader, const struct config_section *section,
                        const struct yaml_node *key, struct span name)
{
    struct place place = yaml_place(key);
    if (config_words_hold(section->later, name)) {
        report_error(reader->diags, place, SPAN("take it out"), "`%.*s` is not available yet",
                     SPAN_ARG(name));
        return;
    }
    struct span *names = arena_array(reader->arena, section->count, sizeof *names);
    for (size_t i = 0; i < section->count; i++) {
        names[i] = span_view(section->keys[i].name);
    }
    struct span hint = report_nearest(reader->diags, name, names, section->count);
    report_error(reader->diags, place, hint, "unknown key `%.*s`", SPAN_ARG(report_cut(name)));
}

/* The entries of a map as values of the section; `prefix` is "" or "detect." inside of `detect`. */
static void read_map(const struct file_reader *reader, struct config_item *item,
                     const struct yaml_node *map, struct span prefix)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *key = map->entries[i].key;
        const struct yaml_node *value = map->entries[i].value;
        struct span name =
            arena_printf(reader->arena, "%.*s%.*s", SPAN_ARG(prefix), SPAN_ARG(key->text));
        size_t at = find_key(item->section, name);
        if (at < item->section->count) {
            struct config_value *out = &item->values[at];
            out->given |= read_value(reader, &item->section->keys[at], value, out);
            out->origin = CONFIG_ORIGIN_FILE;
            out->where = where(reader, key);
        } else if (is_group(item->section, name) && value->kind == YAML_KIND_MAP &&
                   prefix.len == 0) {
            read_map(reader, item, value,
                     arena_printf(reader->arena, "%.*s.", SPAN_ARG(name)));
        } else {
            unknown_key(reader, item->section, key, name);
        }
    }
}

/* A key that is missing, or that entries of this type do not have. */
static void check_key(const struct file_reader *reader, const struct config_item *item, size_t at)
{
    const struct config_key *key = &item->section->keys[at];
    const struct config_value *value = &item->values[at];
    struct span type = key->only || key->needed ? config_text(item, CONFIG_TYPED_KEY)
                                                : (struct span){0};
    bool needed = key->required || (type.len && config_words_hold(key->needed, type));
    bool tried = value->where.len > 0; /* then its error is told already */
    bool empty = value->given && value->text.len == 0 &&
                 (key->type == CONFIG_TYPE_TEXT || key->type == CONFIG_TYPE_PATH);
    if (needed && (empty || (!tried && !value->given))) {
        report_error(reader->diags, item->place, span_view(key->text),
                     "`%s` is missing in this entry of %s", key->name, item->section->title);
    } else if (tried && type.len && !config_key_applies(item, at)) {
        report_error(reader->diags, item->place, SPAN("take it out"),
                     "`%s` is not for entries of type %.*s", key->name, SPAN_ARG(type));
    }
}

static bool read_items(const struct file_reader *reader, const struct config_key *key,
                       const struct yaml_node *node, struct config_value *out)
{
    if (!is_kind(reader, key, node, YAML_KIND_LIST, "a list")) {
        return false;
    }
    struct config_item *items = arena_array(reader->arena, node->count + 1, sizeof *items);
    for (size_t i = 0; i < node->count; i++) {
        if (!is_kind(reader, key, node->items[i], YAML_KIND_MAP, "a list of maps")) {
            return false;
        }
        items[i] = config_item_new(key->items, reader->arena);
        items[i].place = yaml_place(node->items[i]);
        read_map(reader, &items[i], node->items[i], (struct span){0});
        for (size_t k = 0; k < key->items->count; k++) {
            check_key(reader, &items[i], k);
        }
    }
    out->items = items;
    out->count = node->count;
    return true;
}

/* One value of a map of properties: text, or {file: PATH}. */
static bool read_property(const struct file_reader *reader, const struct config_key *key,
                          const struct yaml_entry *entry, struct config_property *out)
{
    const struct yaml_node *node = entry->value;
    const struct yaml_node *file = node->kind == YAML_KIND_MAP && node->count == 1
                                       ? yaml_get(node, "file")
                                       : NULL;
    const struct yaml_node *text = file ? file : node;
    *out = (struct config_property){
        .name = entry->key->text, .is_file = file != NULL, .place = yaml_place(node)};
    if (text->kind != YAML_KIND_SCALAR) {
        report_error(reader->diags, out->place, SPAN("write text, or {file: PATH}"),
                     "%s.%.*s wants one value", key->name, SPAN_ARG(out->name));
        return false;
    }
    if (!file && config_words_hold(key->secrets, out->name)) {
        report_error(reader->diags, yaml_place(entry->key),
                     arena_printf(reader->arena, "%.*s: {file: /run/secrets/NAME}",
                                  SPAN_ARG(out->name)),
                     "%s.%.*s is a secret; the configuration names its file only", key->name,
                     SPAN_ARG(out->name));
        return false;
    }
    out->text = file ? resolve(reader, text->text) : text->text;
    return true;
}

static bool read_properties(const struct file_reader *reader, const struct config_key *key,
                            const struct yaml_node *node, struct config_value *out)
{
    if (!is_kind(reader, key, node, YAML_KIND_MAP, "a map")) {
        return false;
    }
    struct config_property *properties =
        arena_array(reader->arena, node->count + 1, sizeof *properties);
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        good &= read_property(reader, key, &node->entries[i], &properties[i]);
    }
    out->properties = properties;
    out->count = node->count;
    return good;
}

static bool read_value(const struct file_reader *reader, const struct config_key *key,
                       const struct yaml_node *node, struct config_value *out)
{
    switch (key->type) {
    case CONFIG_TYPE_TEXTS:
    case CONFIG_TYPE_PATHS:
        return read_texts(reader, key, node, out);
    case CONFIG_TYPE_ITEMS:
        return read_items(reader, key, node, out);
    case CONFIG_TYPE_PROPERTIES:
        return read_properties(reader, key, node, out);
    case CONFIG_TYPE_MAP:
        return is_kind(reader, key, node, YAML_KIND_MAP, "a map") &&
               yaml_value(node, reader->arena, reader->diags, &out->data) == STATUS_OK;
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_PATH:
    case CONFIG_TYPE_NUMBER:
    case CONFIG_TYPE_BOOL:
    case CONFIG_TYPE_CHOICE:
    case CONFIG_TYPE_DURATION:
    case CONFIG_TYPE_TIME:
    default:
        return read_scalar(reader, key, node, out);
    }
}

bool config_read_yaml(const struct config_key *key, struct span file, struct span text,
                      struct diag_list *diags, struct config_value *out)
{
    struct arena *arena = diags->arena;
    struct file_reader reader = {.arena = arena, .diags = diags};
    struct yaml_documents documents = {0};
    if (yaml_read(file, text, arena, diags, &documents) != STATUS_OK) {
        return false;
    }
    if (documents.count != 1) {
        diag_add(diags, DIAG_ERROR, (struct place){.file = file}, (struct span){0},
                 "%s wants one YAML document", key->name);
        return false;
    }
    return read_value(&reader, key, documents.items[0], out);
}

static bool read_file(struct span path, struct diag_list *diags, struct buf *out)
{
    struct place place = {.file = path};
    FILE *file = fopen(arena_copy(diags->arena, path).ptr, "rb");
    if (!file) {
        diag_add(diags, DIAG_ERROR, place, SPAN("--config FILE names the configuration"),
                 "the configuration cannot be read: %s", strerror(errno));
        return false;
    }
    buf_reserve(out, YAML_FILE_BYTES_MAX + 1);
    out->len = fread(out->ptr, 1, YAML_FILE_BYTES_MAX + 1, file);
    bool good = !ferror(file);
    if (!good) {
        diag_add(diags, DIAG_ERROR, place, (struct span){0}, "the configuration cannot be read: %s",
                 strerror(errno));
    }
    fclose(file);
    return good;
}

void config_layer_file(struct config *config, struct span path, struct arena *arena,
                       struct diag_list *diags)
{
    const char *slash = memrchr(path.ptr, '/', path.len);
    struct file_reader reader = {
        .arena = arena,
        .diags = diags,
        .folder = span_of(path.ptr, slash ? (size_t)(slash - path.ptr) + 1 : 0),
    };
    struct yaml_documents documents = {0};
    struct buf text = {0};
    if (!read_file(path, diags, &text) ||
        yaml_read(path, buf_view(&text), arena, diags, &documents) != STATUS_OK) {
        buf_deinit(&text);
        return;
    }
    buf_deinit(&text);
    if (documents.count > 1 ||
        (documents.count == 1 && documents.items[0]->kind != YAML_KIND_MAP)) {
        diag_add(diags, DIAG_ERROR, (struct place){.file = path}, SPAN("deltaward config show"),
                 "the configuration is one map of keys");
    } else if (documents.count == 1) {
        read_map(&reader, &config->root, documents.items[0], (struct span){0});
    }
}
