/* attribute.c: one reader a type tag. Attributes are checked when their record is read, and become
 * values only when somebody asks. */
#include "model/attribute.h"

#include "base/check.h"
#include "model/base64.h"
#include "model/json_string.h"
#include "model/value_build.h"

static const struct span type_names[] = {
    [ATTRIBUTE_S] = {"S", 1},       [ATTRIBUTE_N] = {"N", 1},   [ATTRIBUTE_B] = {"B", 1},
    [ATTRIBUTE_BOOL] = {"BOOL", 4}, [ATTRIBUTE_NULL] = {"NULL", 4},
    [ATTRIBUTE_M] = {"M", 1},       [ATTRIBUTE_L] = {"L", 1},   [ATTRIBUTE_SS] = {"SS", 2},
    [ATTRIBUTE_NS] = {"NS", 2},     [ATTRIBUTE_BS] = {"BS", 2},
};
enum { TYPE_COUNT = sizeof type_names / sizeof *type_names };

struct span attribute_type_name(enum attribute_type type)
{
    return type_names[type];
}

static bool type_parse(struct span name, enum attribute_type *out)
{
    for (int type = 0; type < TYPE_COUNT; type++) {
        if (span_equals(type_names[type], name)) {
            *out = (enum attribute_type)type;
            return true;
        }
    }
    return false;
}

/* Every reader below fills *out, or only checks when out is NULL. */
static bool read_payload(struct json_scan *scan, enum attribute_type type, struct value *out);

/* Reads {"S": and the like where they stand without white space and escapes: nearly always. */
static bool open_plainly(struct json_scan *scan, enum attribute_type *type)
{
    static const unsigned char types_by_letter['Z'] = {
        ['S'] = ATTRIBUTE_S + 1, ['N'] = ATTRIBUTE_N + 1, ['B'] = ATTRIBUTE_B + 1,
        ['M'] = ATTRIBUTE_M + 1, ['L'] = ATTRIBUTE_L + 1,
    };
    const char *at = scan->at;
    if (scan->end - at < 5 || at[0] != '{' || at[1] != '"' || at[3] != '"' || at[4] != ':') {
        return false;
    }
    unsigned char letter = (unsigned char)at[2];
    if (letter >= sizeof types_by_letter || !types_by_letter[letter]) {
        return false;
    }
    *type = (enum attribute_type)(types_by_letter[letter] - 1);
    scan->at = at + 5;
    return true;
}

/* Reads {"TAG": up to the value. */
static bool open_typed(struct json_scan *scan, enum attribute_type *type)
{
    struct json_text tag;
    if (open_plainly(scan, type)) {
        return true;
    }
    if (!json_scan_expect(scan, '{', "an attribute value is an object with a type tag")) {
        return false;
    }
    if (json_scan_peek(scan) != '"') {
        return json_scan_fail(scan, "an attribute value needs a type tag", scan->at);
    }
    const char *place = scan->at;
    if (!json_scan_string(scan, &tag)) {
        return false;
    }
    if (!type_parse(json_text_resolve(tag, scan->arena), type)) {
        return json_scan_fail(scan, "this is none of DynamoDB's type tags", place);
    }
    return json_scan_expect(scan, ':', "':' is expected");
}

static bool close_typed(struct json_scan *scan)
{
    return json_scan_expect(scan, '}', "an attribute value has one type tag only");
}

static bool read_typed(struct json_scan *scan, struct value *out)
{
    enum attribute_type type;
    return open_typed(scan, &type) && read_payload(scan, type, out) && close_typed(scan);
}

static bool read_text(struct json_scan *scan, struct value *out)
{
    struct json_text text;
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    if (out) {
        *out = value_string(json_text_resolve(text, scan->arena));
    }
    return true;
}

/* Whether a number is so plain that decimal_parse needs not be asked: digits, one point inside. */
static bool is_plain_number(struct span text)
{
    size_t points = 0;
    size_t start = text.len > 0 && text.ptr[0] == '-';
    if (text.len <= start || text.len > DECIMAL_DIGITS_MAX) {
        return false;
    }
    for (size_t i = start; i < text.len; i++) {
        bool inside = i > start && i + 1 < text.len;
        if (text.ptr[i] == '.' && inside) {
            points++;
        } else if (!(json_class[(unsigned char)text.ptr[i]] & JSON_CLASS_DIGIT)) {
            return false;
        }
    }
    return points <= 1;
}

/* A number stands in a string; some tools write it without the quotes. */
static bool scan_number_text(struct json_scan *scan, struct span *out)
{
    struct json_text text;
    if (json_scan_peek(scan) != '"') {
        return json_scan_number(scan, out);
    }
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    *out = json_text_resolve(text, scan->arena);
    return true;
}

static bool read_number(struct json_scan *scan, struct value *out)
{
    struct span text;
    struct decimal number = {0};
    json_scan_peek(scan);
    const char *place = scan->at;
    if (!scan_number_text(scan, &text)) {
        return false;
    }
    /* while a record is scanned its numbers are only checked */
    if (!out && is_plain_number(text)) {
        return true;
    }
    enum status status = decimal_parse(text, &number);
    if (status == STATUS_LIMIT) {
        return json_scan_fail_limit(scan, "a number of more than 38 digits or out of range", place);
    }
    if (status != STATUS_OK) {
        return json_scan_fail(scan, "N must be a number", place);
    }
    if (out) {
        *out = value_decimal(number);
    }
    return true;
}

static bool read_bytes(struct json_scan *scan, struct value *out)
{
    struct json_text text;
    json_scan_peek(scan);
    const char *place = scan->at;
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    struct span digits = json_text_resolve(text, scan->arena);
    if (!base64_is_valid(digits)) {
        return json_scan_fail(scan, "B must be base64", place);
    }
    if (out) {
        *out = (struct value){.kind = VALUE_BYTES, .text = base64_decode(digits, scan->arena)};
    }
    return true;
}

static bool read_truth(struct json_scan *scan, struct value *out)
{
    bool truth = json_scan_peek(scan) == 't';
    const char *place = scan->at;
    if (!truth && scan->at < scan->end && *scan->at != 'f') {
        return json_scan_fail(scan, "BOOL must be true or false", place);
    }
    if (!json_scan_word(scan, truth ? SPAN("true") : SPAN("false"))) {
        return false;
    }
    if (out) {
        *out = value_bool(truth);
    }
    return true;
}

static bool read_null(struct json_scan *scan, struct value *out)
{
    if (json_scan_peek(scan) != 't') {
        return json_scan_fail(scan, "NULL must be true", scan->at);
    }
    if (!json_scan_word(scan, SPAN("true"))) {
        return false;
    }
    if (out) {
        *out = value_null();
    }
    return true;
}

static bool read_map(struct json_scan *scan, struct value *out)
{
    struct json_object object;
    struct value_builder builder = {0};
    struct span name;
    if (!json_object_open(scan, &object, "M must be an object")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        read_typed(scan, out ? value_builder_entry(&builder, scan->arena, name) : NULL);
    }
    if (out) {
        *out = value_builder_map(&builder);
    }
    return json_scan_ok(scan);
}

static bool read_list(struct json_scan *scan, struct value *out)
{
    struct json_array array;
    struct value_builder builder = {0};
    if (!json_array_open(scan, &array, "L must be an array")) {
        return false;
    }
    while (json_array_next(scan, &array)) {
        read_typed(scan, out ? value_builder_item(&builder, scan->arena) : NULL);
    }
    if (out) {
        *out = value_builder_list(&builder, VALUE_LIST);
    }
    return json_scan_ok(scan);
}

/* Equal elements, which DynamoDB never sends, are not looked for. */
static bool read_set(struct json_scan *scan, enum attribute_type element, struct value *out)
{
    struct json_array array;
    struct value_builder builder = {0};
    if (!json_array_open(scan, &array, "a set must be an array")) {
        return false;
    }
    while (json_array_next(scan, &array)) {
        struct value *item = out ? value_builder_item(&builder, scan->arena) : NULL;
        read_payload(scan, element, item);
    }
    if (json_scan_ok(scan) && !array.has_element) {
        return json_scan_fail(scan, "a set has at least one element", scan->at - 1);
    }
    if (out) {
        *out = value_builder_list(&builder, VALUE_SET);
    }
    return json_scan_ok(scan);
}

/* Reads what stands behind the type tag. */
static bool read_payload(struct json_scan *scan, enum attribute_type type, struct value *out)
{
    switch (type) {
    case ATTRIBUTE_S: return read_text(scan, out);
    case ATTRIBUTE_N: return read_number(scan, out);
    case ATTRIBUTE_B: return read_bytes(scan, out);
    case ATTRIBUTE_BOOL: return read_truth(scan, out);
    case ATTRIBUTE_NULL: return read_null(scan, out);
    case ATTRIBUTE_M: return read_map(scan, out);
    case ATTRIBUTE_L: return read_list(scan, out);
    case ATTRIBUTE_SS: return read_set(scan, ATTRIBUTE_S, out);
    case ATTRIBUTE_NS: return read_set(scan, ATTRIBUTE_N, out);
    case ATTRIBUTE_BS: return read_set(scan, ATTRIBUTE_B, out);
    }
    return json_scan_fail(scan, "this is none of DynamoDB's type tags", scan->at);
}

bool attribute_scan(struct json_scan *scan, struct attribute *out)
{
    if (!open_typed(scan, &out->type)) {
        return false;
    }
    json_scan_peek(scan);
    const char *start = scan->at;
    /* checked here and kept as text: most attributes are never asked for */
    if (!read_payload(scan, out->type, NULL)) {
        return false;
    }
    out->raw = span_of(start, (size_t)(scan->at - start));
    return close_typed(scan);
}

struct value attribute_value(const struct attribute *attribute, struct arena *arena)
{
    struct json_scan scan;
    struct value value = value_null();
    json_scan_init(&scan, attribute->raw, arena);
    check(read_payload(&scan, attribute->type, &value));
    return value;
}
