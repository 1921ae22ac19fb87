#include "bindings.h"

#include <math.h>
#include <stdio.h>

enum { DEPTH_MAX = 6, MEMBERS_MAX = 5, TEXT_MAX = 12 };

static uint8_t next(struct byte_source *source)
{
    if (source->left == 0) {
        return 0;
    }
    source->left--;
    return *source->bytes++;
}

static uint64_t next_wide(struct byte_source *source)
{
    uint64_t wide = 0;
    size_t count = next(source) % 9;
    for (size_t i = 0; i < count; i++) {
        wide = wide << 8 | next(source);
    }
    return wide;
}

/* Texts that functions take for more than texts. */
static struct span next_text(struct byte_source *source, struct arena *arena)
{
    static const char *const texts[] = {
        "", "A1", "price", "a.b", "10.0.0.1", "10.0.0.0/8", "2001:db8::1", "90s",
        "2024-02-29T23:59:59Z", "Europe/Berlin", "{\"a\":[1,null]}", "YQ==", "^a+$", "a*",
        "\xF0\x9F\x90\xB1\xC3\xA4", "1.50", "-9223372036854775808", "%s %d", "\xE2\x80\xA8",
    };
    enum { COUNT = sizeof texts / sizeof *texts };
    uint8_t shape = next(source);
    if (shape < COUNT) {
        return span_view(texts[shape]);
    }
    size_t length = shape % TEXT_MAX;
    char *text = arena_alloc(arena, length + 1);
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)(next(source) & 0x7F);
    }
    return span_of(text, length);
}

static struct decimal next_decimal(struct byte_source *source)
{
    struct decimal number;
    char text[64];
    size_t length = 0;
    size_t digits = 1 + next(source) % 38;
    if (next(source) & 1) {
        text[length++] = '-';
    }
    for (size_t i = 0; i < digits; i++) {
        text[length++] = (char)('0' + next(source) % 10);
    }
    int exponent = (int8_t)next(source);
    length += (size_t)snprintf(text + length, sizeof text - length, "E%d", exponent);
    return decimal_parse(span_of(text, length), &number) == STATUS_OK ? number
                                                                       : (struct decimal){0};
}

static double next_double(struct byte_source *source)
{
    static const double special[] = {0.0, -0.0, 0.1, 1e300, 0x1p53, 0x1p63, NAN, INFINITY};
    uint8_t shape = next(source);
    return shape < 8 ? special[shape] : (double)(int64_t)next_wide(source) / (shape % 16 + 1);
}

static struct value next_value(struct byte_source *source, struct arena *arena, unsigned depth);

static struct value next_list(struct byte_source *source, struct arena *arena, unsigned depth)
{
    size_t count = next(source) % (MEMBERS_MAX + 1);
    struct value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = next_value(source, arena, depth);
    }
    return (struct value){.kind = VALUE_LIST, .list = {items, count}};
}

/* Sets hold one kind, and nothing twice. */
static struct value next_set(struct byte_source *source, struct arena *arena)
{
    size_t wanted = 1 + next(source) % MEMBERS_MAX;
    bool numbers = next(source) & 1;
    struct value *items = arena_array(arena, wanted, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < wanted; i++) {
        items[count] = numbers ? value_decimal(next_decimal(source))
                               : value_string(next_text(source, arena));
        bool fresh = true;
        for (size_t k = 0; k < count; k++) {
            fresh &= !value_equals(&items[k], &items[count]);
        }
        count += fresh;
    }
    return (struct value){.kind = VALUE_SET, .list = {items, count}};
}

static struct value next_map(struct byte_source *source, struct arena *arena, unsigned depth)
{
    size_t wanted = next(source) % (MEMBERS_MAX + 1);
    struct value_entry *entries = arena_array(arena, wanted, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < wanted; i++) {
        struct value map = {.kind = VALUE_MAP, .map = {entries, count}};
        entries[count].key = value_string(next_text(source, arena));
        entries[count].value = next_value(source, arena, depth);
        count += value_map_get(&map, entries[count].key.text) == NULL;
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

static struct value next_scalar(struct byte_source *source, struct arena *arena, uint8_t kind)
{
    const int64_t year_9999_s = 253402300799;
    switch (kind) {
    case 0:
        return value_null();
    case 1:
        return value_bool(next(source) & 1);
    case 2:
        return value_int((int64_t)next_wide(source));
    case 3:
        return (struct value){.kind = VALUE_UINT, .unsigned_integer = next_wide(source)};
    case 4:
        return (struct value){.kind = VALUE_DOUBLE, .real = next_double(source)};
    case 5:
        return (struct value){.kind = VALUE_BYTES, .text = next_text(source, arena)};
    case 6:
        return (struct value){.kind = VALUE_DURATION, .duration_ns = (int64_t)next_wide(source)};
    case 7:
        return (struct value){
            .kind = VALUE_TIMESTAMP,
            .time = {(int64_t)(next_wide(source) % (uint64_t)year_9999_s), next(source)}};
    default:
        return value_decimal(next_decimal(source));
    }
}

static struct value next_value(struct byte_source *source, struct arena *arena, unsigned depth)
{
    uint8_t shape = next(source) % 20;
    if (shape >= 17 && depth > 0) {
        return shape == 17 ? next_list(source, arena, depth - 1)
               : shape == 18 ? next_map(source, arena, depth - 1)
                             : next_set(source, arena);
    }
    return shape >= 12 ? value_string(next_text(source, arena))
                       : next_scalar(source, arena, shape);
}

struct value binding_value(struct byte_source *source, struct arena *arena)
{
    return next_value(source, arena, DEPTH_MAX);
}
