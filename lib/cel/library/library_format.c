/* format: "%s has %d of %.2f".format([a, b, c]). */
#include "cel/library/double_text.h"
#include "cel/library/library_functions.h"
#include "cel/library/text_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PRECISION_DEFAULT = 6,
    PRECISION_MAX = 100,
    NUMBER_TEXT_SIZE = 512, /* the longest double with 100 decimals */
    NESTING_MAX = 64,
    REAL_STEPS = 200, /* of a double's hundreds of digits */
};

/* One clause at work. */
struct clause {
    char verb;
    int precision;
    const struct value *value;
};

static struct value wrong_kind(const struct clause *clause, struct cel_scratch *scratch)
{
    return value_failure(VALUE_ERROR_NO_OVERLOAD,
                         arena_printf(scratch->arena, "%%%c does not take %s", clause->verb,
                                      value_kind_name(clause->value->kind)));
}

static struct value done(void)
{
    return value_null();
}

/* --- %s --- */

static bool append_text(struct text_out *out, const struct value *value, unsigned depth);

static bool append_list(struct text_out *out, const struct value *list, unsigned depth)
{
    text_out_char(out, '[');
    for (size_t i = 0; i < list->list.count; i++) {
        text_out_append(out, i ? SPAN(", ") : SPAN(""));
        if (!append_text(out, &list->list.items[i], depth)) {
            return false;
        }
    }
    text_out_char(out, ']');
    return true;
}

/* One entry, its key as text: entries are sorted by it. */
struct entry_text {
    struct span key;
    const struct value *value;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry_text *left = a;
    const struct entry_text *right = b;
    return span_compare(left->key, right->key);
}

static bool append_map(struct text_out *out, const struct value *map, unsigned depth)
{
    struct entry_text *entries =
        arena_array(out->scratch->arena, map->map.count, sizeof *entries);
    for (size_t i = 0; i < map->map.count; i++) {
        struct text_out key = text_out_in(out->scratch);
        if (!append_text(&key, &map->map.entries[i].key, depth)) {
            return false;
        }
        entries[i] = (struct entry_text){span_of(key.ptr, key.len), &map->map.entries[i].value};
    }
    qsort(entries, map->map.count, sizeof *entries, compare_entries);
    text_out_char(out, '{');
    for (size_t i = 0; i < map->map.count; i++) {
        text_out_append(out, i ? SPAN(", ") : SPAN(""));
        text_out_append(out, entries[i].key);
        text_out_append(out, SPAN(": "));
        if (!append_text(out, entries[i].value, depth)) {
            return false;
        }
    }
    text_out_char(out, '}');
    return true;
}

/* False: the value, or one inside, has no text. */
static bool append_text(struct text_out *out, const struct value *value, unsigned depth)
{
    if (depth == 0 || !text_out_pay(out, 3 * CEL_PIECE_STEPS)) {
        return false;
    }
    if (value_is_list(value)) {
        return append_list(out, value, depth - 1);
    }
    if (value->kind == VALUE_MAP) {
        return append_map(out, value, depth - 1);
    }
    if (value->kind == VALUE_NULL) {
        text_out_append(out, SPAN("null"));
        return true;
    }
    if (value->kind == VALUE_TYPE) {
        text_out_append(out, value->text);
        return true;
    }
    struct value text = library_string(value, 1, out->scratch);
    if (text.kind == VALUE_STRING) {
        text_out_append(out, text.text);
    }
    return text.kind == VALUE_STRING;
}

static struct value format_text(struct text_out *out, const struct clause *clause)
{
    if (append_text(out, clause->value, NESTING_MAX)) {
        return done();
    }
    return *out->scratch->steps_left ? wrong_kind(clause, out->scratch) : failure_limit();
}

/* --- %d %b %o %x %X --- */

/* The number without its sign; false when it is no integer. */
static bool magnitude_of(const struct value *value, uint64_t *magnitude, bool *negative)
{
    int64_t integer = value->integer;
    if (value->kind == VALUE_UINT) {
        *magnitude = value->unsigned_integer;
        *negative = false;
        return true;
    }
    if (value->kind == VALUE_DECIMAL && decimal_to_int(value->decimal, &integer) != STATUS_OK) {
        return false;
    }
    if (value->kind != VALUE_INT && value->kind != VALUE_DECIMAL) {
        return false;
    }
    *negative = integer < 0;
    *magnitude = *negative ? 0 - (uint64_t)integer : (uint64_t)integer;
    return true;
}

static void append_number(struct text_out *out, uint64_t magnitude, unsigned base,
                          const char *digits)
{
    char text[64];
    size_t at = sizeof text;
    do {
        text[--at] = digits[magnitude % base];
        magnitude /= base;
    } while (magnitude);
    text_out_append(out, span_of(text + at, sizeof text - at));
}

static const char *digits_of(char verb)
{
    return verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
}

static void append_bytes(struct text_out *out, struct span bytes, const char *digits)
{
    for (size_t i = 0; i < bytes.len && text_out_pay(out, 2 * CEL_PIECE_STEPS); i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        text_out_char(out, digits[byte >> 4]);
        text_out_char(out, digits[byte & 15]);
    }
}

static bool append_special(struct text_out *out, const struct value *value)
{
    char text[DOUBLE_TEXT_SIZE];
    if (value->kind != VALUE_DOUBLE || isfinite(value->real)) {
        return false;
    }
    text_out_append(out, double_format(value->real, text));
    return true;
}

static unsigned base_of(char verb)
{
    return verb == 'b' ? 2 : verb == 'o' ? 8 : verb == 'd' ? 10 : 16;
}

static struct value format_integer(struct text_out *out, const struct clause *clause)
{
    uint64_t magnitude;
    bool negative;
    const struct value *value = clause->value;
    unsigned base = base_of(clause->verb);
    if (base == 16 && (value->kind == VALUE_STRING || value->kind == VALUE_BYTES)) {
        append_bytes(out, value->text, digits_of(clause->verb));
        return done();
    }
    if (base == 2 && value->kind == VALUE_BOOL) {
        text_out_char(out, value->boolean ? '1' : '0');
        return done();
    }
    if (base == 10 && append_special(out, value)) {
        return done();
    }
    if (base == 10 && value->kind == VALUE_DECIMAL) {
        return format_text(out, clause);
    }
    if (!magnitude_of(value, &magnitude, &negative)) {
        return wrong_kind(clause, out->scratch);
    }
    text_out_append(out, negative ? SPAN("-") : SPAN(""));
    append_number(out, magnitude, base, digits_of(clause->verb));
    return done();
}

/* --- %f %e --- */

static bool to_double(const struct value *value, double *out)
{
    if (value->kind == VALUE_DOUBLE) {
        *out = value->real;
    } else if (value->kind == VALUE_INT) {
        *out = (double)value->integer;
    } else if (value->kind == VALUE_UINT) {
        *out = (double)value->unsigned_integer;
    } else if (value->kind == VALUE_DECIMAL) {
        *out = decimal_to_double(value->decimal);
    } else {
        return false;
    }
    return true;
}

/* A decimal keeps its digits: shifted, rounded, and the point put back. False: more than 38. */
static bool append_fixed_decimal(struct text_out *out, struct decimal number, int precision)
{
    char text[DECIMAL_TEXT_SIZE];
    struct decimal shift = {.low = 1, .exponent = (int16_t)precision};
    if (decimal_multiply(number, shift, &number) != STATUS_OK) {
        return false;
    }
    struct span digits = decimal_format(decimal_abs(decimal_round(number)), text);
    if (memchr(digits.ptr, 'E', digits.len) || memchr(digits.ptr, 'e', digits.len)) {
        return false;
    }
    bool zero = span_equals(digits, SPAN("0"));
    text_out_append(out, number.negative && !zero ? SPAN("-") : SPAN(""));
    size_t decimals = (size_t)precision;
    size_t whole = digits.len > decimals ? digits.len - decimals : 0;
    text_out_append(out, whole ? span_of(digits.ptr, whole) : SPAN("0"));
    text_out_append(out, decimals ? SPAN(".") : SPAN(""));
    for (size_t i = digits.len; i < decimals; i++) {
        text_out_char(out, '0');
    }
    text_out_append(out, span_of(digits.ptr + whole, digits.len - whole));
    return true;
}

static struct value format_real(struct text_out *out, const struct clause *clause)
{
    char text[NUMBER_TEXT_SIZE];
    double number;
    if (!text_out_pay(out, REAL_STEPS)) {
        return failure_limit();
    }
    if (append_special(out, clause->value)) {
        return done();
    }
    if (clause->verb == 'f' && clause->value->kind == VALUE_DECIMAL &&
        append_fixed_decimal(out, clause->value->decimal, clause->precision)) {
        return done();
    }
    if (!to_double(clause->value, &number)) {
        return wrong_kind(clause, out->scratch);
    }
    if (clause->verb == 'f') {
        snprintf(text, sizeof text, "%.*f", clause->precision, number);
    } else {
        snprintf(text, sizeof text, "%.*e", clause->precision, number);
    }
    text_out_append(out, span_view(text));
    return done();
}

/* --- the whole --- */

static struct value format_clause(struct text_out *out, const struct clause *clause)
{
    switch (clause->verb) {
    case 's':
        return format_text(out, clause);
    case 'd':
    case 'b':
    case 'o':
    case 'x':
    case 'X':
        return format_integer(out, clause);
    case 'f':
    case 'e':
        return format_real(out, clause);
    default:
        return value_failure(VALUE_ERROR_OTHER,
                             arena_printf(out->scratch->arena,
                                          "there is no clause %%%c: use s d f e b o x X",
                                          clause->verb));
    }
}

/* ".3": digits after the point; *at moves behind them. False: more than allowed. */
static bool read_precision(struct span pattern, size_t *at, int *precision)
{
    *precision = PRECISION_DEFAULT;
    if (*at >= pattern.len || pattern.ptr[*at] != '.') {
        return true;
    }
    *precision = 0;
    for (++*at; *at < pattern.len && pattern.ptr[*at] >= '0' && pattern.ptr[*at] <= '9'; ++*at) {
        *precision = *precision * 10 + (pattern.ptr[*at] - '0');
        if (*precision > PRECISION_MAX) {
            return false;
        }
    }
    return true;
}

/* Formats the clause after a %; *at stands behind the %, and moves behind the clause. */
static struct value next_clause(struct text_out *out, struct span pattern, size_t *at,
                                struct value_list *rest)
{
    struct clause clause;
    if (!read_precision(pattern, at, &clause.precision)) {
        return failure_text("more than 100 digits after the point");
    }
    if (*at >= pattern.len) {
        return failure_text("the format ends after a %");
    }
    if (rest->count == 0) {
        return failure_text("the format has more clauses than there are arguments");
    }
    clause.verb = pattern.ptr[(*at)++];
    clause.value = rest->items++;
    rest->count--;
    return format_clause(out, &clause);
}

/* Bytes from `at` to the next %, or to the end. */
static size_t plain_length(struct span pattern, size_t at)
{
    const char *percent = memchr(pattern.ptr + at, '%', pattern.len - at);
    return percent ? (size_t)(percent - pattern.ptr) - at : pattern.len - at;
}

struct value library_format(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    struct text_out out = text_out_in(scratch);
    if (arguments[0].kind != VALUE_STRING || !value_is_list(&arguments[1])) {
        return failure_no_overload("format", arguments, count, scratch->arena);
    }
    struct span pattern = arguments[0].text;
    struct value_list rest = arguments[1].list;
    for (size_t at = 0; at < pattern.len && text_out_pay(&out, CEL_PIECE_STEPS);) {
        size_t plain = plain_length(pattern, at);
        text_out_append(&out, span_of(pattern.ptr + at, plain));
        at += plain;
        if (at == pattern.len) {
            break;
        }
        at++;
        if (at < pattern.len && pattern.ptr[at] == '%') {
            text_out_char(&out, pattern.ptr[at++]);
            continue;
        }
        struct value result = next_clause(&out, pattern, &at, &rest);
        if (result.kind == VALUE_ERROR) {
            return result;
        }
    }
    return text_out_value(&out);
}
