/* JSON Lines: one object a line. */
#include "policy/lookup/lookup_reader.h"

#include "model/json.h"

static size_t line_length(struct span text)
{
    const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
    return end ? (size_t)(end - text.ptr) : text.len;
}

static struct lookup_cell cell_of(struct lookup_reader *reader, const struct value *value,
                                  struct place place)
{
    struct lookup_cell cell = {.form = LOOKUP_FORM_NESTED, .place = place};
    char number[DECIMAL_TEXT_SIZE];
    switch ((int)value->kind) {
    case VALUE_NULL: cell.form = LOOKUP_FORM_NULL; break;
    case VALUE_STRING:
        cell.form = LOOKUP_FORM_TEXT;
        cell.text = value->text;
        break;
    case VALUE_BOOL:
        cell.form = LOOKUP_FORM_BOOL;
        cell.text = value->boolean ? SPAN("true") : SPAN("false");
        break;
    case VALUE_DECIMAL:
        cell.form = LOOKUP_FORM_NUMBER;
        cell.text = arena_copy(reader->arena, decimal_format(value->decimal, number));
        break;
    default: break;
    }
    return cell;
}

static void read_object(struct lookup_reader *reader, const struct value *object,
                        struct place place)
{
    lookup_row_begin(reader, place);
    for (size_t i = 0; i < object->map.count; i++) {
        const struct value_entry *entry = &object->map.entries[i];
        int column = lookup_column_find(reader, entry->key.text, place);
        if (column != LOOKUP_NO_COLUMN) {
            struct lookup_cell cell = cell_of(reader, &entry->value, place);
            lookup_row_put(reader, column, &cell);
        }
    }
    lookup_row_end(reader);
}

static void read_line(struct lookup_reader *reader, struct span text, uint32_t line)
{
    struct json_error error;
    struct value object;
    if (json_read(text, JSON_NUMBERS_DECIMAL, reader->arena, &error, &object) != STATUS_OK) {
        uint32_t column = 1;
        for (size_t i = 0; i < error.offset && i < text.len; i++) {
            column += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
        }
        lookup_problem(reader, lookup_place(reader, line, column), SPAN(""), "%s", error.reason);
        lookup_row_refuse(reader);
        return;
    }
    struct place place = lookup_place(reader, line, 1);
    if (object.kind != VALUE_MAP) {
        lookup_problem(reader, place, SPAN("write one object a line: {\"column\": value, ...}"),
                       "a row is a JSON object, not %s", value_kind_name(object.kind));
        lookup_row_refuse(reader);
        return;
    }
    read_object(reader, &object, place);
}

void lookup_read_json_lines(struct lookup_reader *reader)
{
    struct span rest = reader->text;
    size_t lines = 1;
    for (size_t i = 0; i < rest.len; i++) {
        lines += rest.ptr[i] == '\n';
    }
    lookup_reader_reserve(reader, lines);
    for (uint32_t line = 1; rest.len > 0 && !lookup_reader_is_full(reader); line++) {
        size_t length = line_length(rest);
        struct span text = span_of(rest.ptr, length);
        if (span_trim(text).len > 0) {
            read_line(reader, text, line);
        }
        size_t passed = length < rest.len ? length + 1 : length;
        rest = span_of(rest.ptr + passed, rest.len - passed);
    }
}
