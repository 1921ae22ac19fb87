/* config_document.c: the table of keys as a manual page and as a JSON Schema. */
#include "app/config/config_layers.h"
#include "app/config/config_show.h"
#include "base/json_writer.h"

#include <inttypes.h>

static const char *const type_names[] = {
    [CONFIG_TYPE_TEXT] = "text",     [CONFIG_TYPE_PATH] = "path",
    [CONFIG_TYPE_NUMBER] = "number", [CONFIG_TYPE_BOOL] = "true or false",
    [CONFIG_TYPE_DURATION] = "duration", [CONFIG_TYPE_TIME] = "time",
    [CONFIG_TYPE_PROPERTIES] = "map of texts",
    [CONFIG_TYPE_CHOICE] = "word",   [CONFIG_TYPE_TEXTS] = "list of texts",
    [CONFIG_TYPE_PATHS] = "list of paths", [CONFIG_TYPE_MAP] = "map",
    [CONFIG_TYPE_ITEMS] = "list of maps",
};

static void write_words(const char *const *words, struct buf *out)
{
    for (size_t i = 0; words[i]; i++) {
        buf_printf(out, "%s`%s`", i ? ", " : "", words[i]);
    }
}

static void write_type(const struct config_key *key, struct buf *out)
{
    buf_append(out, span_view(type_names[key->type]));
    if (key->choices) {
        buf_append(out, SPAN(": "));
        write_words(key->choices, out);
    }
    if (key->type == CONFIG_TYPE_NUMBER) {
        buf_printf(out, ", %" PRId64 " to %" PRId64, key->min, key->max);
    }
    if (key->type == CONFIG_TYPE_DURATION) {
        buf_append(out, SPAN(", "));
        config_write_duration(key->min, out);
        buf_append(out, SPAN(" to "));
        config_write_duration(key->max, out);
    }
    if (key->unit) {
        buf_printf(out, " %s", key->unit);
    }
}

static void write_row(const struct config_key *key, bool is_root, struct arena *arena,
                      struct buf *out)
{
    buf_printf(out, "| `%s` | ", key->name);
    write_type(key, out);
    buf_append(out, SPAN(" | "));
    if (key->required || key->needed) {
        buf_append(out, SPAN("required"));
    } else if (key->fallback && key->fallback[0]) {
        buf_printf(out, "`%s`", key->fallback);
    }
    buf_append(out, SPAN(" | "));
    if (key->only) {
        write_words(key->only, out);
        buf_append(out, SPAN(": "));
    }
    buf_append(out, span_view(key->text));
    if (is_root) {
        struct span variable = config_variable_name(key, arena);
        buf_printf(out, " | `%.*s`%s%s%s", SPAN_ARG(variable), key->flag ? " `--" : "",
                   key->flag ? key->flag : "", key->flag ? "`" : "");
    }
    buf_append(out, SPAN(" |\n"));
}

static void write_table(const struct config_section *section, bool is_root, struct arena *arena,
                        struct buf *out)
{
    buf_append(out, is_root ? SPAN("| key | type | default | meaning | variable, flag |\n"
                                   "|---|---|---|---|---|\n")
                            : SPAN("| key | type | default | meaning |\n|---|---|---|---|\n"));
    for (size_t i = 0; i < section->count; i++) {
        write_row(&section->keys[i], is_root, arena, out);
    }
}

static const char intro[] =
    "# Configuration\n\n"
    "<!-- made by `deltaward config show --markdown`; do not edit -->\n\n"
    "One YAML file: `--config FILE`, else the variable `DELTAWARD_CONFIG`, else\n"
    "`deltaward.yaml` in the working directory if there is one. A flag beats an environment\n"
    "variable, which beats the file, which beats the default; `deltaward config show\n"
    "--origin` tells where each value came from. Unknown keys are errors. Paths in the file\n"
    "are relative to its folder. Lists of texts are written with commas in variables; lists\n"
    "of maps and maps as YAML or JSON. A secret is a file's name, never the secret itself.\n\n"
    "Policies and lookups are read again on SIGHUP and when their files change; all other\n"
    "keys are read at the start.\n\n"
    "```yaml\n"
    "name: shop-prod\n"
    "data_dir: /var/lib/deltaward\n"
    "policies: [/etc/deltaward/policies]\n"
    "params: {price-outside-promotion: {tolerance: 0.05}}\n"
    "runbook_base: https://runbooks.example.com/\n"
    "sources:\n"
    "  - {name: changes, type: file, path: changes.jsonl.gz}\n"
    "  - {name: orders, type: kinesis,\n"
    "     stream: 'arn:aws:kinesis:eu-west-1:123456789012:stream/orders'}\n"
    "kafka:\n"
    "  brokers: ['kafka-1:9093', 'kafka-2:9093']\n"
    "  properties:\n"
    "    security.protocol: SASL_SSL\n"
    "    sasl.mechanism: SCRAM-SHA-512\n"
    "    sasl.username: deltaward\n"
    "    sasl.password: {file: /run/secrets/kafka-password}\n"
    "sinks:\n"
    "  - {name: topic, type: sns, topic: 'arn:aws:sns:eu-west-1:123456789012:alerts'}\n"
    "  - {name: bus, type: eventbridge, bus: default}\n"
    "  - {name: alerts, type: file, path: alerts.jsonl}\n"
    "  - {name: screen, type: stdout}\n"
    "routes:\n"
    "  - {name: default, match: {severity: [critical, high]}, sinks: [topic, bus]}\n"
    "detect: {threads: 4}\n"
    "log: {level: info, format: json}\n"
    "```\n\n";

static const char routing[] =
    "\nAn alert goes to the sinks of every route that its policy names (`alert.routes`) or\n"
    "whose `match` fits in all that it gives; to those of the route `default` (whose `match`\n"
    "must fit too) when there is none of these. An alert that no route takes is stored,\n"
    "counted and logged.\n";

void config_write_markdown(struct arena *arena, struct buf *out)
{
    buf_append(out, span_view(intro));
    buf_append(out, SPAN("## Keys\n\n"));
    write_table(&config_root, true, arena, out);
    buf_append(out, SPAN("\nKnown, and refused as not available yet: "));
    write_words(config_root.later, out);
    buf_append(out, SPAN(".\n"));
    for (size_t i = 0; i < config_root.count; i++) {
        const struct config_section *section = config_root.keys[i].items;
        if (section) {
            buf_printf(out, "\n## Entries of `%s`\n\n", section->title);
            write_table(section, false, arena, out);
        }
    }
    buf_append(out, span_view(routing));
}

static void write_schema_section(const struct config_section *section,
                                 struct json_writer *writer);

static void schema_type(struct json_writer *writer, const char *type)
{
    json_key(writer, "type");
    json_write_string(writer, span_view(type));
}

static void schema_choice(const struct config_key *key, struct json_writer *writer)
{
    json_key(writer, "enum");
    json_open_array(writer);
    for (const char *const *choice = key->choices; *choice; choice++) {
        json_write_string(writer, span_view(*choice));
    }
    json_close_array(writer);
}

static void schema_list(const struct config_key *key, struct json_writer *writer)
{
    schema_type(writer, "array");
    json_key(writer, "items");
    json_open_object(writer);
    if (key->items) {
        write_schema_section(key->items, writer);
    } else if (key->choices) {
        schema_choice(key, writer);
    } else {
        schema_type(writer, "string");
    }
    json_close_object(writer);
}

static void schema_number(const struct config_key *key, struct json_writer *writer)
{
    schema_type(writer, "integer");
    json_key(writer, "minimum");
    json_write_int(writer, key->min);
    json_key(writer, "maximum");
    json_write_int(writer, key->max);
}

/* Text, or a file that holds it. */
static void schema_properties(struct json_writer *writer)
{
    static const char *const scalars[] = {"string", "number", "boolean"};
    schema_type(writer, "object");
    json_key(writer, "additionalProperties");
    json_open_object(writer);
    json_key(writer, "anyOf");
    json_open_array(writer);
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        json_open_object(writer);
        schema_type(writer, scalars[i]);
        json_close_object(writer);
    }
    json_open_object(writer);
    schema_type(writer, "object");
    json_key(writer, "required");
    json_open_array(writer);
    json_write_string(writer, SPAN("file"));
    json_close_array(writer);
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, "file");
    json_open_object(writer);
    schema_type(writer, "string");
    json_close_object(writer);
    json_close_object(writer);
    json_key(writer, "additionalProperties");
    json_write_bool(writer, false);
    json_close_object(writer);
    json_close_array(writer);
    json_close_object(writer);
}

static void schema_pattern(struct json_writer *writer, const char *key, const char *pattern)
{
    schema_type(writer, "string");
    json_key(writer, key);
    json_write_string(writer, span_view(pattern));
}

static void schema_value(const struct config_key *key, struct json_writer *writer)
{
    switch (key->type) {
    case CONFIG_TYPE_NUMBER:
        schema_number(key, writer);
        return;
    case CONFIG_TYPE_BOOL:
        schema_type(writer, "boolean");
        return;
    case CONFIG_TYPE_CHOICE:
        schema_choice(key, writer);
        return;
    case CONFIG_TYPE_TEXTS:
    case CONFIG_TYPE_PATHS:
    case CONFIG_TYPE_ITEMS:
        schema_list(key, writer);
        return;
    case CONFIG_TYPE_MAP:
        schema_type(writer, "object");
        return;
    case CONFIG_TYPE_DURATION:
        schema_pattern(writer, "pattern", "^([0-9]+(us|ms|s|m|h|d|w))+$");
        return;
    case CONFIG_TYPE_TIME:
        schema_pattern(writer, "format", "date-time");
        return;
    case CONFIG_TYPE_PROPERTIES:
        schema_properties(writer);
        return;
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_PATH:
    default:
        schema_type(writer, "string");
    }
}

static void schema_member(const struct config_key *key, const char *name,
                          struct json_writer *writer)
{
    json_key(writer, name);
    json_open_object(writer);
    json_key(writer, "description");
    json_write_string(writer, span_view(key->text));
    schema_value(key, writer);
    json_close_object(writer);
}

/* Members of one group ("detect.threads") become members of an object of that name. */
static void schema_members(const struct config_section *section, struct json_writer *writer)
{
    struct span open = {0};
    for (size_t i = 0; i < section->count; i++) {
        const char *name = section->keys[i].name;
        const char *dot = strchr(name, '.');
        struct span group = span_of(name, dot ? (size_t)(dot - name) : 0);
        if (open.len && !span_equals(open, group)) {
            json_close_object(writer);
            json_close_object(writer);
        }
        if (group.len && !span_equals(open, group)) {
            json_key_span(writer, group);
            json_open_object(writer);
            schema_type(writer, "object");
            json_key(writer, "additionalProperties");
            json_write_bool(writer, false);
            json_key(writer, "properties");
            json_open_object(writer);
        }
        open = group;
        schema_member(&section->keys[i], dot ? dot + 1 : name, writer);
    }
    if (open.len) {
        json_close_object(writer);
        json_close_object(writer);
    }
}

static void schema_required(const struct config_section *section, struct json_writer *writer)
{
    json_key(writer, "required");
    json_open_array(writer);
    for (size_t i = 0; i < section->count; i++) {
        if (section->keys[i].required) {
            json_write_string(writer, span_view(section->keys[i].name));
        }
    }
    json_close_array(writer);
}

static void write_schema_section(const struct config_section *section, struct json_writer *writer)
{
    schema_type(writer, "object");
    json_key(writer, "additionalProperties");
    json_write_bool(writer, false);
    schema_required(section, writer);
    json_key(writer, "properties");
    json_open_object(writer);
    schema_members(section, writer);
    json_close_object(writer);
}

void config_write_schema(struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "$schema");
    json_write_string(&writer, SPAN("https://json-schema.org/draft/2020-12/schema"));
    json_key(&writer, "title");
    json_write_string(&writer, SPAN("Configuration of Deltaward"));
    write_schema_section(&config_root, &writer);
    json_close_object(&writer);
    buf_append_char(out, '\n');
}
