/* The strings extension. Positions and lengths count code points. */
#include "cel/library/library_functions.h"
#include "cel/library/text_out.h"
#include "cel/library/utf8.h"

static struct value refused(const char *function, const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    return failure_no_overload(function, arguments, count, scratch->arena);
}

static struct value bad_position(int64_t position, struct cel_scratch *scratch)
{
    return value_failure(
        VALUE_ERROR_OTHER,
        arena_printf(scratch->arena, "no position %lld in the text", (long long)position));
}

/* Whether the arguments from `first` on are texts, then at most one int. */
static bool texts_then_int(const struct value *arguments, size_t count, size_t texts)
{
    for (size_t i = 0; i < count; i++) {
        enum value_kind wanted = i < texts ? VALUE_STRING : VALUE_INT;
        if (arguments[i].kind != wanted) {
            return false;
        }
    }
    return true;
}

/* Pays for looking at the text: many letters at once, one by one, or more for each. */
static bool skim(struct span text, struct cel_scratch *scratch)
{
    return steps_take(scratch->steps_left, 4 * text.len / CEL_BYTES_PER_STEP);
}

static bool walk(struct span text, struct cel_scratch *scratch)
{
    return steps_take(scratch->steps_left, text.len / CEL_LETTERS_PER_STEP);
}

static bool work(struct span text, uint64_t steps_per_byte, struct cel_scratch *scratch)
{
    return steps_take(scratch->steps_left, steps_per_byte * text.len);
}

/* --- charAt, substring --- */

struct value library_char_at(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    if (!texts_then_int(arguments, count, 1)) {
        return refused("charAt", arguments, count, scratch);
    }
    struct span text = arguments[0].text;
    int64_t position = arguments[1].integer;
    if (!skim(text, scratch)) {
        return failure_limit();
    }
    size_t length = utf8_length(text);
    if (position < 0 || (uint64_t)position > length) {
        return bad_position(position, scratch);
    }
    size_t at = utf8_offset(text, (size_t)position);
    return value_string(at == text.len ? SPAN("")
                                       : span_of(text.ptr + at, utf8_size(text.ptr[at])));
}

struct value library_substring(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    if (!texts_then_int(arguments, count, 1)) {
        return refused("substring", arguments, count, scratch);
    }
    struct span text = arguments[0].text;
    if (!skim(text, scratch)) {
        return failure_limit();
    }
    int64_t length = (int64_t)utf8_length(text);
    int64_t start = arguments[1].integer;
    int64_t end = count == 3 ? arguments[2].integer : length;
    if (start < 0 || start > length) {
        return bad_position(start, scratch);
    }
    if (end < start || end > length) {
        return bad_position(end, scratch);
    }
    size_t from = utf8_offset(text, (size_t)start);
    size_t to = utf8_offset(text, (size_t)end);
    return value_string(span_of(text.ptr + from, to - from));
}

/* --- indexOf, lastIndexOf --- */

/* Bytes before the first occurrence at or after byte `from`; -1: none. */
static ptrdiff_t find(struct span text, struct span part, size_t from)
{
    if (part.len == 0) {
        return (ptrdiff_t)from;
    }
    const char *found =
        text.len - from < part.len ? NULL
                                   : memmem(text.ptr + from, text.len - from, part.ptr, part.len);
    return found ? found - text.ptr : -1;
}

/* The same backwards: the last occurrence that starts at or before byte `from`. */
static ptrdiff_t find_last(struct span text, struct span part, size_t from)
{
    if (part.len > text.len) {
        return -1;
    }
    size_t at = from < text.len - part.len ? from : text.len - part.len;
    for (;; at--) {
        if (part.len == 0 || memcmp(text.ptr + at, part.ptr, part.len) == 0) {
            return (ptrdiff_t)at;
        }
        if (at == 0) {
            return -1;
        }
    }
}

static struct value position_of(struct span text, ptrdiff_t found)
{
    return value_int(found < 0 ? -1 : (int64_t)utf8_length(span_of(text.ptr, (size_t)found)));
}

/* The byte where the search begins; false: no such position. */
static bool read_start(const struct value *arguments, size_t count, size_t otherwise, size_t *byte)
{
    struct span text = arguments[0].text;
    *byte = otherwise;
    if (count < 3) {
        return true;
    }
    int64_t position = arguments[2].integer;
    if (position < 0 || (uint64_t)position > utf8_length(text)) {
        return false;
    }
    *byte = utf8_offset(text, (size_t)position);
    return true;
}

struct value library_index_of(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    size_t start;
    if (!texts_then_int(arguments, count, 2)) {
        return refused("indexOf", arguments, count, scratch);
    }
    if (!walk(arguments[0].text, scratch)) {
        return failure_limit();
    }
    if (!read_start(arguments, count, 0, &start)) {
        return bad_position(arguments[2].integer, scratch);
    }
    return position_of(arguments[0].text, find(arguments[0].text, arguments[1].text, start));
}

struct value library_last_index_of(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    size_t start;
    if (!texts_then_int(arguments, count, 2)) {
        return refused("lastIndexOf", arguments, count, scratch);
    }
    struct span text = arguments[0].text;
    struct span part = arguments[1].text;
    if (!work(text, 1 + part.len / CEL_BYTES_PER_STEP, scratch)) {
        return failure_limit();
    }
    if (!read_start(arguments, count, text.len, &start)) {
        return bad_position(arguments[2].integer, scratch);
    }
    return position_of(text, find_last(text, part, start));
}

/* --- lowerAscii, upperAscii, trim, reverse, quote --- */

static struct value change_case(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch, char first)
{
    if (arguments->kind != VALUE_STRING) {
        return refused("a change of case", arguments, count, scratch);
    }
    if (!walk(arguments->text, scratch)) {
        return failure_limit();
    }
    struct span copy = arena_copy(scratch->arena, arguments->text);
    char *letters = (char *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i < copy.len; i++) {
        if (letters[i] >= first && letters[i] <= first + ('z' - 'a')) {
            letters[i] = (char)(letters[i] ^ ('a' ^ 'A'));
        }
    }
    return value_string(copy);
}

struct value library_lower_ascii(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return change_case(arguments, count, scratch, 'A');
}

struct value library_upper_ascii(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return change_case(arguments, count, scratch, 'a');
}

/* White_Space of Unicode. */
static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

struct value library_trim(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_STRING) {
        return refused("trim", arguments, count, scratch);
    }
    struct span text = arguments->text;
    size_t start = text.len;
    size_t end = text.len;
    if (!work(text, 1, scratch)) {
        return failure_limit();
    }
    for (size_t at = 0; at < text.len;) {
        size_t before = at;
        bool space = is_space(utf8_next(text, &at));
        if (!space && start == text.len) {
            start = before;
        }
        end = space ? end : at;
    }
    return value_string(start == text.len ? SPAN("") : span_of(text.ptr + start, end - start));
}

struct value library_reverse(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_STRING) {
        return refused("reverse", arguments, count, scratch);
    }
    struct span text = arguments->text;
    if (!work(text, 1, scratch)) {
        return failure_limit();
    }
    char *reversed = arena_alloc(scratch->arena, text.len + 1);
    size_t left = text.len;
    for (size_t at = 0; at < text.len;) {
        size_t size = utf8_size(text.ptr[at]);
        left -= size;
        memcpy(reversed + left, text.ptr + at, size);
        at += size;
    }
    return value_string(span_of(reversed, text.len));
}

static const char *quoted_escape(char c)
{
    static const char plain[] = "\a\b\f\n\r\t\v\\\"";
    static const char *const escapes[] = {"\\a", "\\b", "\\f",  "\\n", "\\r",
                                          "\\t", "\\v", "\\\\", "\\\""};
    const char *found = c ? strchr(plain, c) : NULL;
    return found ? escapes[found - plain] : NULL;
}

struct value library_quote(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    struct text_out out = text_out_in(scratch);
    if (arguments->kind != VALUE_STRING) {
        return refused("strings.quote", arguments, count, scratch);
    }
    if (!work(arguments->text, CEL_PIECE_STEPS, scratch)) {
        return failure_limit();
    }
    text_out_char(&out, '"');
    for (size_t i = 0; i < arguments->text.len; i++) {
        const char *escape = quoted_escape(arguments->text.ptr[i]);
        text_out_append(&out, escape ? span_view(escape) : span_of(arguments->text.ptr + i, 1));
    }
    text_out_char(&out, '"');
    return text_out_value(&out);
}
