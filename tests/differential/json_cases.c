#include "json_cases.h"

#include <stdio.h>

enum { DEPTH_SMALL = 4, TEXT_BYTES_MAX = 20000 };

struct writer {
    struct random *random;
    struct buf *out;
};

static bool chance(struct writer *w, unsigned percent)
{
    return random_chance(w->random, percent);
}

static size_t below(struct writer *w, size_t bound)
{
    return random_below(w->random, bound);
}

static void put(struct writer *w, const char *text)
{
    buf_append(w->out, span_view(text));
}

static void space(struct writer *w)
{
    static const char *const spaces[] = {" ", "\t", "\r\n", "  ", "\n"};
    if (chance(w, 4)) {
        put(w, spaces[below(w, 5)]);
    }
}

/* ---- JSON ---- */

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

static void put_string(struct writer *w)
{
    put(w, "\"");
    for (size_t left = below(w, 6); left > 0; left--) {
        put_piece(w);
    }
    put(w, "\"");
}

/* A known word; one letter of it as an escape now and then. */
static void put_word(struct writer *w, const char *word)
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

static void put_digits(struct writer *w, size_t count)
{
    for (; count > 0; count--) {
        buf_append_char(w->out, (char)('0' + below(w, 10)));
    }
}

static void put_number(struct writer *w)
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

static void put_value(struct writer *w, int depth);

/* Names of few letters, so that some objects have one twice. */
static void put_name(struct writer *w, size_t width)
{
    char name[16];
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

/* depth: how many more levels may open. */
static void put_value(struct writer *w, int depth)
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

/* ---- change records ---- */

static void put_typed(struct writer *w, int depth);

static void put_decimal_text(struct writer *w)
{
    static const char *const texts[] = {
        "\"0\"", "\"-0\"", "\"1.50\"", "\"1E+3\"", "\"\\u0031\"", "7", "-2.5", "1e3", "\"1e6144\"",
        "\"12345678901234567890123456789012345678\"", "\"1234567890123456789012345678901234567.8\"",
        "\"-.5\"", "\"5.\"", "\"00012\"",
    };
    static const char *const bad_texts[] = {
        "\"\"", "\"x\"", "\"1e99999\"", "\"123456789012345678901234567890123456789\"", "\"1 \"",
        "null", "\"+\"", "\"1.2.3\"", "\"NaN\"",
    };
    if (below(w, 200) == 0) {
        put(w, bad_texts[below(w, sizeof bad_texts / sizeof *bad_texts)]);
    } else if (chance(w, 30)) {
        put(w, texts[below(w, sizeof texts / sizeof *texts)]);
    } else {
        put(w, "\"");
        put_digits(w, 1 + below(w, 10));
        put(w, chance(w, 50) ? ".25\"" : "\"");
    }
}

static void put_base64(struct writer *w)
{
    static const char *const texts[] = {
        "\"\"", "\"AA==\"", "\"AAE=\"", "\"AAEC\"", "\"+\\/+\\/\"", "\"//8=\"", "\"QUJDREVG\"",
        "\"AB==\"",
    };
    static const char *const bad_texts[] = {
        "\"A\"", "\"A===\"", "\"AA=A\"", "\"AA-_\"", "\"=\"", "7", "\"AA= \"", "\"====\"",
    };
    bool bad = below(w, 200) == 0;
    put(w, bad ? bad_texts[below(w, 8)] : texts[below(w, 8)]);
}

static void put_set(struct writer *w, void (*put_element)(struct writer *w))
{
    size_t count = below(w, 200) == 0 ? 0 : 1 + below(w, 3);
    put(w, "[");
    for (size_t i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_element(w);
    }
    put(w, "]");
}

static void put_list(struct writer *w, int depth)
{
    size_t count = below(w, 4);
    put(w, "[");
    for (size_t i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_typed(w, depth - 1);
    }
    put(w, "]");
}

static void put_map(struct writer *w, int depth)
{
    size_t width = below(w, 100) == 0 ? 33 + below(w, 20) : below(w, 5);
    put(w, "{");
    for (size_t i = 0; i < width; i++) {
        put(w, i ? "," : "");
        put_name(w, width + 3);
        put(w, ":");
        put_typed(w, width > 10 ? 0 : depth - 1);
    }
    put(w, "}");
}

static void put_payload(struct writer *w, size_t type, int depth)
{
    switch (type) {
    case 0: put_string(w); break;
    case 1: put_decimal_text(w); break;
    case 2: put_base64(w); break;
    case 3: put(w, chance(w, 50) ? "true" : "false"); break;
    case 4: put(w, below(w, 100) == 0 ? "false" : "true"); break;
    case 5: put_set(w, put_string); break;
    case 6: put_set(w, put_decimal_text); break;
    case 7: put_set(w, put_base64); break;
    case 8: put_list(w, depth); break;
    default: put_map(w, depth); break;
    }
}

static void put_typed(struct writer *w, int depth)
{
    static const char *const tags[] = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};
    if (below(w, 500) == 0) {
        put_value(w, 1);
        return;
    }
    size_t type = below(w, depth > 0 ? 10 : 8);
    space(w);
    put(w, "{");
    space(w);
    put_word(w, below(w, 500) == 0 ? "X" : tags[type]);
    put(w, ":");
    space(w);
    put_payload(w, below(w, 300) == 0 ? below(w, 8) : type, depth);
    put(w, below(w, 500) == 0 ? ",\"S\":\"\"}" : "}");
    space(w);
}

/* Lists in lists, about as deep as is allowed below an image. */
static void put_typed_tower(struct writer *w)
{
    size_t depth = 55 + below(w, 12);
    put(w, "{\"tower\":");
    for (size_t i = 0; i < depth; i++) {
        put(w, "{\"L\":[");
    }
    put_typed(w, 0);
    for (size_t i = 0; i < depth; i++) {
        put(w, "]}");
    }
    put(w, "}");
}

static void put_image(struct writer *w)
{
    if (below(w, 60) == 0) {
        put_typed_tower(w);
    } else if (below(w, 30) == 0) {
        put(w, "null");
    } else {
        put_map(w, DEPTH_SMALL);
    }
}

static void put_keys(struct writer *w)
{
    static const char *const keys[] = {
        "{\"id\":{\"N\":\"7\"}}", "{\"sku\":{\"S\":\"A1\"},\"at\":{\"N\":\"1.0\"}}",
        "{\"b\":{\"B\":\"AA==\"}}", "{\"\\u0069d\":{\"S\":\"\\u00e9\"}}",
    };
    if (below(w, 40) == 0) {
        put_map(w, 1);
    } else {
        put(w, keys[below(w, 4)]);
    }
}

static void put_time(struct writer *w)
{
    static const char *const times[] = {
        "1772355600000123", "1772355600000", "1772355600", "1772355600.25", "1.7723556E9", "0",
        "99999999999", "100000000000", "99999999999999", "100000000000000",
    };
    if (below(w, 30) == 0) {
        put_value(w, 1);
    } else {
        put(w, times[below(w, chance(w, 80) ? 3 : 10)]);
    }
}

static void put_precision(struct writer *w)
{
    static const char *const precisions[] = {
        "\"MICROSECOND\"", "\"MILLISECOND\"", "\"MICROSECOND\"", "null", "\"SECOND\"", "7"};
    put(w, precisions[below(w, chance(w, 90) ? 2 : 6)]);
}

static void put_text_or_not(struct writer *w)
{
    if (below(w, 60) == 0) {
        put_value(w, 1);
    } else if (chance(w, 20)) {
        put_string(w);
    } else {
        put(w, "\"products\"");
    }
}

static void put_op(struct writer *w)
{
    static const char *const ops[] = {"INSERT", "MODIFY", "REMOVE", "Modify", "UPSERT"};
    put_word(w, ops[below(w, below(w, 40) == 0 ? 5 : 3)]);
}

static void put_arn(struct writer *w)
{
    static const char *const arns[] = {
        "\"arn:aws:dynamodb:us-east-1:111122223333:table/ledger/stream/2026-01-01T00:00:00.000\"",
        "\"arn:aws:dynamodb:us-east-1:111122223333:table/ledger\"",
        "\"arn:aws:dynamodb:us-east-1:111122223333:table\\/x\\/stream\"", "\":table/\"", "null",
        "\":table//\"",
    };
    put(w, arns[below(w, 6)]);
}

static void put_identity(struct writer *w)
{
    static const char *const identities[] = {
        "null", "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}",
        "{\"Type\":\"Service\",\"PrincipalId\":\"dynamodb.amazonaws.com\"}", "{}",
        "{\"type\":null,\"x\":[1]}", "{\"type\":\"a\",\"Type\":null}",
        "{\"type\":\"a\",\"Type\":\"b\"}", "7",
    };
    put(w, identities[below(w, chance(w, 90) ? 3 : 8)]);
}

static void put_any(struct writer *w)
{
    put_value(w, 3);
}

/* A member, how often it stands in a record (percent), and what writes its value. */
struct member {
    const char *name;
    unsigned percent;
    void (*put)(struct writer *w);
};

enum { MEMBERS_MAX = 12 };

/* Writes the members in a random order. */
static void put_members(struct writer *w, const struct member *members, size_t count)
{
    size_t order[MEMBERS_MAX];
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        size_t other = below(w, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    put(w, "{");
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[order[i]];
        if (!chance(w, member->percent)) {
            continue;
        }
        put(w, any ? "," : "");
        any = true;
        space(w);
        put_word(w, member->name);
        space(w);
        put(w, ":");
        space(w);
        member->put(w);
    }
    space(w);
    put(w, "}");
}

static void put_dynamodb(struct writer *w)
{
    static const struct member members[] = {
        {"ApproximateCreationDateTime", 98, put_time},
        {"ApproximateCreationDateTimePrecision", 30, put_precision},
        {"Keys", 98, put_keys},
        {"NewImage", 70, put_image},
        {"OldImage", 70, put_image},
        {"SizeBytes", 70, put_number},
        {"Other", 10, put_any},
    };
    put_members(w, members, sizeof members / sizeof *members);
}

static void put_record(struct writer *w)
{
    static const struct member members[] = {
        {"awsRegion", 90, put_text_or_not}, {"eventID", 90, put_text_or_not},
        {"eventName", 99, put_op},          {"userIdentity", 70, put_identity},
        {"tableName", 85, put_text_or_not}, {"eventSourceARN", 25, put_arn},
        {"dynamodb", 99, put_dynamodb},     {"eventSource", 70, put_any},
    };
    put_members(w, members, sizeof members / sizeof *members);
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
