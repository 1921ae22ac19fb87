/* library_text.c: tests of texts; those that search pay for the bytes that they read. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"

static bool two_texts(const struct value *arguments)
{
    return arguments[0].kind == VALUE_STRING && arguments[1].kind == VALUE_STRING;
}

struct value library_starts_with(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    if (!two_texts(arguments)) {
        return failure_no_overload("startsWith", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments[1].text.len / CEL_BYTES_PER_STEP)) {
        return failure_limit();
    }
    return value_bool(span_starts_with(arguments[0].text, arguments[1].text));
}

struct value library_ends_with(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    if (!two_texts(arguments)) {
        return failure_no_overload("endsWith", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments[1].text.len / CEL_BYTES_PER_STEP)) {
        return failure_limit();
    }
    return value_bool(span_ends_with(arguments[0].text, arguments[1].text));
}

struct value library_contains(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    if (!two_texts(arguments)) {
        return failure_no_overload("contains", arguments, count, scratch->arena);
    }
    struct span text = arguments[0].text;
    struct span part = arguments[1].text;
    if (part.len == 0) {
        return value_bool(true);
    }
    if (!steps_take(scratch->steps_left, text.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    return value_bool(text.len >= part.len && memmem(text.ptr, text.len, part.ptr, part.len));
}

/* Linear in the text for each star of the pattern, which may come from data. */
struct value library_glob(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!two_texts(arguments)) {
        return failure_no_overload("glob", arguments, count, scratch->arena);
    }
    size_t stars = 1;
    if (!steps_take(scratch->steps_left, arguments[1].text.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    for (size_t i = 0; i < arguments[1].text.len; i++) {
        stars += arguments[1].text.ptr[i] == '*';
    }
    uint64_t steps_per_star = arguments[0].text.len / CEL_LETTERS_PER_STEP + 1;
    if (!steps_take(scratch->steps_left, stars * steps_per_star)) {
        return failure_limit();
    }
    return value_bool(span_matches_glob(arguments[0].text, arguments[1].text));
}
