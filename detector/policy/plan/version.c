/* version.c: YAML as JSON with sorted keys, which is what the hashes are taken over. */
#include "policy/plan/version.h"

#include "base/json_writer.h"

#include <stdlib.h>

#define STATELESS_KEYS                                                                             \
    "name", "description", "owner", "version", "status", "severity", "alert", "tags",              \
        "compliance", "tests", "references", "false_positives", "attributes"

const char *const version_stateless_keys[] = {STATELESS_KEYS, NULL};
const char *const version_unfound_keys[] = {STATELESS_KEYS, "mode", "suppression",
                                            "failure_policy", NULL};

static int compare_entries(const void *a, const void *b)
{
    const struct yaml_entry *const *left = a;
    const struct yaml_entry *const *right = b;
    return span_compare((*left)->key->text, (*right)->key->text);
}

static bool is_listed(struct span key, const char *const *list)
{
    for (; list && *list; list++) {
        if (span_equals(key, span_view(*list))) {
            return true;
        }
    }
    return false;
}

static void write_node(const struct yaml_node *node, const char *const *without,
                       struct arena *scratch, struct json_writer *writer);

static void write_map(const struct yaml_node *map, const char *const *without,
                      struct arena *scratch, struct json_writer *writer)
{
    const struct yaml_entry **sorted = arena_array(scratch, map->count, sizeof *sorted);
    for (size_t i = 0; i < map->count; i++) {
        sorted[i] = &map->entries[i];
    }
    qsort(sorted, map->count, sizeof *sorted, compare_entries);
    json_open_object(writer);
    for (size_t i = 0; i < map->count; i++) {
        if (!is_listed(sorted[i]->key->text, without)) {
            json_key_span(writer, sorted[i]->key->text);
            write_node(sorted[i]->value, NULL, scratch, writer);
        }
    }
    json_close_object(writer);
}

static void write_scalar(const struct yaml_node *scalar, struct json_writer *writer)
{
    if (yaml_meaning(scalar) == YAML_MEANS_TEXT) {
        json_write_string(writer, scalar->text);
    } else {
        json_write_raw(writer, scalar->text.len ? scalar->text : SPAN("null"));
    }
}

static void write_node(const struct yaml_node *node, const char *const *without,
                       struct arena *scratch, struct json_writer *writer)
{
    switch (node->kind) {
    case YAML_KIND_SCALAR: write_scalar(node, writer); return;
    case YAML_KIND_MAP: write_map(node, without, scratch, writer); return;
    case YAML_KIND_LIST: break;
    }
    json_open_array(writer);
    for (size_t i = 0; i < node->count; i++) {
        write_node(node->items[i], NULL, scratch, writer);
    }
    json_close_array(writer);
}

void version_write_node(const struct yaml_node *node, const char *const *without,
                        struct arena *scratch, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    write_node(node, without, scratch, &writer);
}

void version_write_value(const struct value *value, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    value_write_json(value, &writer);
}

bool version_mentions(const struct yaml_node *node, struct span name)
{
    if (node->kind == YAML_KIND_SCALAR) {
        return name.len > 0 && node->text.len >= name.len &&
               memmem(node->text.ptr, node->text.len, name.ptr, name.len) != NULL;
    }
    bool found = false;
    for (size_t i = 0; i < node->count && !found; i++) {
        found = version_mentions(node->kind == YAML_KIND_MAP ? node->entries[i].value
                                                             : node->items[i], name);
    }
    return found;
}
