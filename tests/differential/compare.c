#include "compare.h"

static bool same_text(struct span text, const struct oracle_node *node)
{
    if (oracle_kind(node) != ORACLE_STRING) {
        return false;
    }
    size_t size;
    const char *expected = oracle_text(node, &size);
    return span_equals(text, span_of(expected, size));
}

static bool is_number(const struct oracle_node *node)
{
    return oracle_kind(node) == ORACLE_INTEGER || oracle_kind(node) == ORACLE_REAL;
}

static bool same_decimal(struct decimal number, const struct oracle_node *node)
{
    if (oracle_kind(node) == ORACLE_INTEGER) {
        return decimal_equals(number, decimal_from_int(oracle_integer(node)));
    }
    return oracle_kind(node) == ORACLE_REAL && decimal_to_double(number) == oracle_real(node);
}

static bool same_number(const struct value *value, const struct oracle_node *node)
{
    if (value->kind == VALUE_INT) {
        return oracle_kind(node) == ORACLE_INTEGER && value->integer == oracle_integer(node);
    }
    if (value->kind == VALUE_DOUBLE) {
        return oracle_kind(node) == ORACLE_REAL && value->real == oracle_real(node);
    }
    return value->kind == VALUE_DECIMAL && same_decimal(value->decimal, node);
}

static bool same_list(const struct value *value, const struct oracle_node *node)
{
    if (value->kind != VALUE_LIST || value->list.count != oracle_count(node)) {
        return false;
    }
    for (size_t i = 0; i < value->list.count; i++) {
        if (!compare_value(&value->list.items[i], oracle_item(node, i))) {
            return false;
        }
    }
    return true;
}

typedef bool (*same_fn)(const struct value *value, const struct oracle_node *node);

/* Names are unique in the tree; equal counts and a partner for each make equal maps. */
static bool same_map(const struct value *value, const struct oracle_node *node, same_fn same)
{
    if (value->kind != VALUE_MAP || value->map.count != oracle_count(node)) {
        return false;
    }
    for (size_t i = 0; i < value->map.count; i++) {
        const struct value_entry *entry = &value->map.entries[i];
        const struct oracle_node *member =
            oracle_member(node, entry->key.text.ptr, entry->key.text.len);
        if (!member || !same(&entry->value, member)) {
            return false;
        }
    }
    return true;
}

bool compare_value(const struct value *value, const struct oracle_node *node)
{
    switch (oracle_kind(node)) {
    case ORACLE_NULL: return value->kind == VALUE_NULL;
    case ORACLE_BOOL: return value->kind == VALUE_BOOL && value->boolean == oracle_truth(node);
    case ORACLE_STRING: return value->kind == VALUE_STRING && same_text(value->text, node);
    case ORACLE_INTEGER:
    case ORACLE_REAL: return same_number(value, node);
    case ORACLE_ARRAY: return same_list(value, node);
    case ORACLE_OBJECT: return same_map(value, node, compare_value);
    }
    return false;
}

/* ---- typed values ---- */

static bool same_typed(const struct value *value, const struct oracle_node *node);

/* N: as text, or as a JSON number. */
static bool same_typed_number(const struct value *value, const struct oracle_node *node)
{
    struct decimal expected;
    struct span text;
    if (value->kind != VALUE_DECIMAL) {
        return false;
    }
    if (is_number(node)) {
        return same_decimal(value->decimal, node);
    }
    text.ptr = oracle_text(node, &text.len);
    return decimal_parse(text, &expected) == STATUS_OK && decimal_equals(value->decimal, expected);
}

static char base64_digit(unsigned value)
{
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[value & 63];
}

/* Encodes the bytes again; the unused bits of the text's last digit do not count. */
static bool same_bytes(const struct value *value, const struct oracle_node *node)
{
    size_t size;
    const char *text = oracle_text(node, &size);
    size_t digits = size;
    while (digits > 0 && text[digits - 1] == '=') {
        digits--;
    }
    if (value->kind != VALUE_BYTES || value->text.len != digits * 6 / 8) {
        return false;
    }
    for (size_t i = 0; i < value->text.len * 8 / 6; i++) {
        size_t byte = i * 6 / 8;
        unsigned high = (unsigned char)value->text.ptr[byte];
        bool has_low = byte + 1 < value->text.len;
        unsigned low = has_low ? (unsigned char)value->text.ptr[byte + 1] : 0;
        if (base64_digit((high << 8 | low) >> (10 - i * 6 % 8)) != text[i]) {
            return false;
        }
    }
    return true;
}

static bool same_scalar(char tag, const struct value *value, const struct oracle_node *node)
{
    if (tag == 'N') {
        return same_typed_number(value, node);
    }
    return tag == 'B' ? same_bytes(value, node)
                      : value->kind == VALUE_STRING && same_text(value->text, node);
}

static bool same_elements(const struct value *value, const struct oracle_node *node, char tag)
{
    if (value->list.count != oracle_count(node)) {
        return false;
    }
    for (size_t i = 0; i < value->list.count; i++) {
        const struct value *item = &value->list.items[i];
        const struct oracle_node *expected = oracle_item(node, i);
        if (!(tag == 'L' ? same_typed(item, expected) : same_scalar(tag, item, expected))) {
            return false;
        }
    }
    return true;
}

static bool same_typed(const struct value *value, const struct oracle_node *node)
{
    struct span tag;
    const struct oracle_node *inner = oracle_typed(node, &tag);
    if (span_equals(tag, SPAN("BOOL"))) {
        return value->kind == VALUE_BOOL && value->boolean == oracle_truth(inner);
    }
    if (span_equals(tag, SPAN("NULL"))) {
        return value->kind == VALUE_NULL;
    }
    if (tag.len == 2) {
        return value->kind == VALUE_SET && same_elements(value, inner, tag.ptr[0]);
    }
    if (tag.ptr[0] == 'L') {
        return value->kind == VALUE_LIST && same_elements(value, inner, 'L');
    }
    return tag.ptr[0] == 'M' ? same_map(value, inner, same_typed)
                             : same_scalar(tag.ptr[0], value, inner);
}

bool compare_image(const struct image *image, const struct oracle_node *node, struct arena *arena)
{
    if (!node || !image->present) {
        return !node && !image->present && image->count == 0;
    }
    if (image->count != oracle_count(node)) {
        return false;
    }
    for (uint32_t i = 0; i < image->count; i++) {
        const struct attribute *attribute = &image->attributes[i];
        struct value value = attribute_value(attribute, arena);
        const struct oracle_node *member =
            oracle_member(node, attribute->name.ptr, attribute->name.len);
        if (!member || !same_typed(&value, member)) {
            return false;
        }
    }
    return true;
}

static bool same_time(int64_t time_us, const struct expected_change *expected)
{
    int64_t off = time_us - expected->event_time_us;
    return expected->time_rounded ? off >= -16 && off <= 16 : off == 0;
}

static bool same_texts(const struct change *change, const struct expected_change *expected)
{
    return span_equals(change->table, expected->table) &&
           span_equals(change->region, expected->region) &&
           span_equals(change->event_id, expected->event_id) &&
           span_equals(change->principal_id, expected->principal_id) &&
           span_equals(change->principal_type, expected->principal_type);
}

bool compare_change(const struct change *change, const struct expected_change *expected,
                    struct arena *arena)
{
    bool expiry = expected->op == CHANGE_REMOVE &&
                  span_equals(expected->principal_type, SPAN("Service")) &&
                  span_equals(expected->principal_id, SPAN("dynamodb.amazonaws.com"));
    return change->op == expected->op && change->ttl_expiry == expiry &&
           same_time(change->event_time_us, expected) && same_texts(change, expected) &&
           compare_image(&change->keys, expected->keys, arena) &&
           compare_image(&change->old_image, expected->old_image, arena) &&
           compare_image(&change->new_image, expected->new_image, arena);
}

bool has_extreme_number(struct span text)
{
    size_t digits = 0;
    bool exponent = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c >= '0' && c <= '9') {
            digits++;
        } else if (c == 'e' || c == 'E') {
            exponent = true;
            digits = 0;
        } else if (c != '.' && c != '+' && c != '-') {
            exponent = false;
            digits = 0;
        }
        if (digits > (exponent ? 2 : DECIMAL_DIGITS_MAX)) {
            return true;
        }
    }
    return false;
}
