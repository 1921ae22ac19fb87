/* semver.c: versions are read where they stand. Numbers have no leading zeros, so that the longer
 * of two is the greater. */
#include "model/semver.h"

#include "base/buf.h"

enum { NUMBERS = 3, NUMBER_DIGITS_MAX = 20 };

/* The part up to `end`, which is cut off with it; the rest becomes *rest. */
static struct span cut(struct span text, char end, struct span *rest)
{
    const char *found = text.len ? memchr(text.ptr, end, text.len) : NULL;
    size_t len = found ? (size_t)(found - text.ptr) : text.len;
    *rest = found ? span_of(found + 1, text.len - len - 1) : span_of(NULL, 0);
    return span_of(text.ptr, len);
}

struct parts {
    struct span numbers[NUMBERS];
    struct span prerelease; /* NULL: none */
    struct span build;      /* NULL: none */
};

/* A cut that tells "nothing behind the sign" from "no sign". */
static struct span cut_sign(struct span *text, char sign)
{
    const char *found = text->len ? memchr(text->ptr, sign, text->len) : NULL;
    if (!found) {
        return span_of(NULL, 0);
    }
    struct span behind = span_of(found + 1, text->len - (size_t)(found + 1 - text->ptr));
    text->len = (size_t)(found - text->ptr);
    return behind;
}

static struct parts parts_of(struct span text)
{
    struct parts parts;
    struct span rest;
    parts.numbers[SEMVER_MAJOR] = cut(text, '.', &rest);
    parts.numbers[SEMVER_MINOR] = cut(rest, '.', &rest);
    parts.build = cut_sign(&rest, '+');
    parts.prerelease = cut_sign(&rest, '-');
    parts.numbers[SEMVER_PATCH] = rest;
    return parts;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_identifier(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-') {
            return false;
        }
    }
    return text.len > 0;
}

static int compare_numbers(struct span a, struct span b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    int order = span_compare(a, b);
    return (order > 0) - (order < 0);
}

static bool is_number(struct span text)
{
    static const struct span largest = {"18446744073709551615", NUMBER_DIGITS_MAX};
    return text.len > 0 && all_digits(text) && (text.len == 1 || text.ptr[0] != '0') &&
           compare_numbers(text, largest) <= 0;
}

static bool is_prerelease(struct span identifier)
{
    return all_digits(identifier) ? is_number(identifier) : is_identifier(identifier);
}

/* Whether all identifiers between points are such; there must be one. */
static bool all_identifiers(struct span list, bool (*is_such)(struct span identifier))
{
    bool all;
    do {
        all = is_such(cut(list, '.', &list));
    } while (all && list.ptr);
    return all;
}

bool semver_is_valid(struct span text)
{
    struct parts parts = parts_of(text);
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!is_number(parts.numbers[i])) {
            return false;
        }
    }
    return (!parts.prerelease.ptr || all_identifiers(parts.prerelease, is_prerelease)) &&
           (!parts.build.ptr || all_identifiers(parts.build, is_identifier));
}

/* "007" as "7", "-rc" as "0-rc", "0-rc" as it is. */
static void append_normal(struct buf *version, struct span part)
{
    if (part.len > 1 && !is_digit(part.ptr[0])) {
        buf_append_char(version, '0');
    }
    while (part.len > 1 && part.ptr[0] == '0' && is_digit(part.ptr[1])) {
        part = span_of(part.ptr + 1, part.len - 1);
    }
    buf_append(version, part);
}

bool semver_normalize(struct span text, struct arena *arena, struct span *out)
{
    struct buf version = {0};
    struct span rest = text;
    if (span_starts_with(rest, SPAN("v"))) {
        rest = span_of(rest.ptr + 1, rest.len - 1);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        bool given = i == 0 || rest.ptr;
        struct span part = i + 1 < NUMBERS ? cut(rest, '.', &rest) : rest;
        buf_append(&version, i ? SPAN(".") : SPAN(""));
        append_normal(&version, given ? part : SPAN("0"));
    }
    bool valid = semver_is_valid(buf_view(&version));
    if (valid) {
        *out = arena_copy(arena, buf_view(&version));
    }
    buf_deinit(&version);
    return valid;
}

uint64_t semver_number(struct span version, enum semver_part part)
{
    struct span digits = parts_of(version).numbers[part];
    uint64_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        number = number * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    return number;
}

/* Numbers come before words. */
static int compare_identifiers(struct span a, struct span b)
{
    bool a_number = all_digits(a);
    bool b_number = all_digits(b);
    if (a_number && b_number) {
        return compare_numbers(a, b);
    }
    if (a_number != b_number) {
        return a_number ? -1 : 1;
    }
    int order = span_compare(a, b);
    return (order > 0) - (order < 0);
}

/* A version comes after its pre-releases; of two lists that begin alike, the shorter first. */
static int compare_prereleases(struct span a, struct span b)
{
    if (!a.ptr || !b.ptr) {
        return (a.ptr == NULL) - (b.ptr == NULL);
    }
    while (a.ptr && b.ptr) {
        int order = compare_identifiers(cut(a, '.', &a), cut(b, '.', &b));
        if (order) {
            return order;
        }
    }
    return (a.ptr != NULL) - (b.ptr != NULL);
}

int semver_compare(struct span a, struct span b)
{
    struct parts left = parts_of(a);
    struct parts right = parts_of(b);
    for (size_t i = 0; i < NUMBERS; i++) {
        int order = compare_numbers(left.numbers[i], right.numbers[i]);
        if (order) {
            return order;
        }
    }
    return compare_prereleases(left.prerelease, right.prerelease);
}
