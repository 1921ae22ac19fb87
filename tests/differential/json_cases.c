#include "case_writer.h"
#include "json_cases.h"

#include <stdio.h>

enum { TEXT_BYTES_MAX = 20000 };

void space(struct writer *w)
{
    static const char *const spaces[] = {" ", "\t", "\r\n", "  ", "\n"};
    if (chance(w, 4)) {
        put(w, spaces[below(w, 5)]);
    }
}

static void put_piece(struct writer *w)
{
    static const char *const pieces[] = {
        "a", "Z", "0", " ", "abcdefgh", "long plain run of text", "\\n", "\\\"", "\\\\", "\\/",
        "\\b\\f\\r\\t", "\\u0041", "\\u00e9", "\\u20AC", "\\ud83d\\ude00", "\\uFFFF", "\\u0000",
        "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF", "\x7F", "{", "]", ",", ":",
    };
    static const char *const bad_pieces[] = {
        "\\ud800", "\\udc00", "\\ud800\\u0041", "\\x", "\\u12", "\x01", "\x80", "\xC0\x80",
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\n", "\xFF",
    };
    if (below(w, 400) == 0) {
        put(w, bad_pieces[below(w, sizeof bad_pieces / sizeof *bad_pieces)]);
    } else {
        put(w, pieces[below(w, sizeof pieces / sizeof *pieces)]);
    }
}

void put_string(struct writer *w)
{
    put(w, "\"");
    for (size_t left = below(w, 6); left > 0; left--) {
        put_piece(w);
    }
    put(w, "\"");
}

void put_word(struct writer *w, const char *word)
{
    size_t escaped = chance(w, 5) ? below(w, strlen(word) + 1) : SIZE_MAX;
    put(w, "\"");
    for (size_t i = 0; word[i]; i++) {
        if (i == escaped) {
            buf_printf(w->out, "\\u%04x", (unsigned)(unsigned char)word[i]);
        } else {
            buf_append_char(w->out, word[i]);
        }
    }
    put(w, "\"");
}

void put_digits(struct writer *w, size_t count)
{
    for (; count > 0; count--) {
        buf_append_char(w->out, (char)('0' + below(w, 10)));
    }
}

void put_number(struct writer *w)
{
    static const char *const numbers[] = {
        "0", "-0", "1", "-1", "1.5", "0.1", "1e5", "1E+5", "1e-5", "-0.0", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1e308", "1e-400",
        "123456789012345678901234567890", "99999999999999999999999999999999999999", "1e400",
        "0.1e-7", "4503599627370496.5", "12.50", "1.7976931348623157e308",
    };
    static const char *const bad_numbers[] = {
        "01", "1.", ".5", "+1", "1e", "1e+", "-", "0x1", "1_0",
    };
    if (below(w, 200) == 0) {
        put(w, bad_numbers[below(w, sizeof bad_numbers / sizeof *bad_numbers)]);
    } else if (chance(w, 50)) {
        put(w, numbers[below(w, sizeof numbers / sizeof *numbers - 1)]);
    } else {
        buf_append(w->out, chance(w, 30) ? SPAN("-") : SPAN(""));
        buf_append_char(w->out, (char)('1' + below(w, 9)));
        put_digits(w, below(w, 18));
        if (chance(w, 30)) {
            put(w, ".");
            put_digits(w, 1 + below(w, 8));
        }
    }
}

void put_name(struct writer *w, size_t width)
{
    char name[32];
    snprintf(name, sizeof name, "k%zu", below(w, width * width * 4 + 8));
    if (chance(w, 10)) {
        put_string(w);
    } else {
        put_word(w, name);
    }
}

static void put_object(struct writer *w, int depth)
{
    size_t width = below(w, 50) == 0 ? 30 + below(w, 80) : below(w, 5);
    put(w, "{");
    space(w);
    for (size_t i = 0; i < width; i++) {
        put(w, i ? "," : "");
        space(w);
        put_name(w, width);
        space(w);
        put(w, ":");
        put_value(w, width > 10 ? 0 : depth - 1);
    }
    put(w, "}");
}

static void put_array(struct writer *w, int depth)
{
    size_t count = below(w, 5);
    put(w, "[");
    space(w);
    for (size_t i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_value(w, depth - 1);
    }
    put(w, "]");
}

void put_value(struct writer *w, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    space(w);
    size_t kind = below(w, depth > 0 ? 6 : 3);
    if (kind == 0) {
        put_string(w);
    } else if (kind == 1) {
        put_number(w);
    } else if (kind == 2) {
        put(w, words[below(w, 3)]);
    } else if (kind == 3) {
        put_array(w, depth);
    } else {
        put_object(w, depth);
    }
    space(w);
}

/* About as deep as is allowed. */
static void put_tower(struct writer *w)
{
    size_t depth = 55 + below(w, 15);
    for (size_t i = 0; i < depth; i++) {
        put(w, "[");
    }
    put_value(w, 2);
    for (size_t i = 0; i < depth; i++) {
        put(w, "]");
    }
}

/* ---- mutations ---- */

static void replace(struct buf *out, size_t at, size_t length, struct span with)
{
    struct buf made = {0};
    buf_append(&made, span_of(out->ptr, at));
    buf_append(&made, with);
    buf_append(&made, span_of(out->ptr + at + length, out->len - at - length));
    buf_deinit(out);
    *out = made;
}

static void insert_token(struct writer *w, size_t at)
{
    static const char *const tokens[] = {
        "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", ".", "e5", "null", "true", "\\u0000",
        "\\ud83d", "\xE2\x82\xAC", "\xED\xA0\x80", " ", "\n", "\"a\":1,", "{\"S\":\"x\"}", "\t",
    };
    replace(w->out, at, 0, span_view(tokens[below(w, sizeof tokens / sizeof *tokens)]));
}

static void mutate(struct writer *w)
{
    struct buf *out = w->out;
    if (out->len == 0) {
        return;
    }
    size_t at = below(w, out->len);
    size_t length = 1 + below(w, out->len - at < 20 ? out->len - at : 20);
    struct buf piece = {0};
    switch (below(w, 6)) {
    case 0: out->ptr[at] = (char)random_next(w->random); break;
    case 1: out->ptr[at] = (char)(out->ptr[at] ^ (1 << below(w, 8))); break;
    case 2: replace(out, at, length, SPAN("")); break;
    case 3:
        buf_append(&piece, span_of(out->ptr + at, length));
        replace(out, below(w, out->len), 0, buf_view(&piece));
        break;
    case 4: insert_token(w, at); break;
    default: replace(out, at, chance(w, 10) ? out->len - at : 1, SPAN("")); break;
    }
    buf_deinit(&piece);
}

void json_case_make(struct random *random, struct buf *out)
{
    struct writer w = {random, out};
    size_t kind = below(&w, 100);
    buf_clear(out);
    if (kind < 70) {
        put_record(&w);
    } else if (kind < 97) {
        put_value(&w, DEPTH_SMALL);
    } else {
        put_tower(&w);
    }
    if (chance(&w, 50) && out->len < TEXT_BYTES_MAX) {
        for (size_t left = 1 + below(&w, 3); left > 0; left--) {
            mutate(&w);
        }
    }
}
