/* YAML: one list of maps. */
#include "policy/lookup/lookup_reader.h"

#include "policy/yaml/yaml_tree.h"

static enum lookup_form form_of(const struct yaml_node *node)
{
    if (node->kind != YAML_KIND_SCALAR) {
        return LOOKUP_FORM_NESTED;
    }
    switch (yaml_meaning(node)) {
    case YAML_MEANS_NULL: return LOOKUP_FORM_NULL;
    case YAML_MEANS_BOOL: return LOOKUP_FORM_BOOL;
    case YAML_MEANS_NUMBER: return LOOKUP_FORM_NUMBER;
    case YAML_MEANS_TEXT: break;
    }
    return LOOKUP_FORM_TEXT;
}

static void read_map(struct lookup_reader *reader, const struct yaml_node *map)
{
    lookup_row_begin(reader, yaml_place(map));
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        int column = lookup_column_find(reader, entry->key->text, yaml_place(entry->key));
        if (column != LOOKUP_NO_COLUMN) {
            struct lookup_cell cell = {form_of(entry->value), entry->value->text,
                                       yaml_place(entry->value)};
            lookup_row_put(reader, column, &cell);
        }
    }
    lookup_row_end(reader);
}

void lookup_read_yaml(struct lookup_reader *reader)
{
    struct yaml_documents documents;
    if (yaml_read(reader->lookup->path, reader->text, reader->arena, reader->diags, &documents) !=
            STATUS_OK ||
        documents.count == 0) {
        return;
    }
    const struct yaml_node *list = documents.items[0];
    if (documents.count > 1 || list->kind != YAML_KIND_LIST) {
        lookup_problem(reader, yaml_place(documents.items[documents.count - 1]),
                       SPAN("write one list: - {column: value, ...}"),
                       "a lookup is one list of rows, not %s",
                       documents.count > 1 ? "several documents" : yaml_describe(list));
        return;
    }
    lookup_reader_reserve(reader, list->count);
    for (size_t i = 0; i < list->count && !lookup_reader_is_full(reader); i++) {
        const struct yaml_node *row = list->items[i];
        if (row->kind == YAML_KIND_MAP) {
            read_map(reader, row);
        } else {
            lookup_problem(reader, yaml_place(row), SPAN(""), "a row is a map, not %s",
                           yaml_describe(row));
        }
    }
}
