/* json_string.h: reads the strings of a text: fast over plain bytes, careful over all others.
 * Beside json_scan.h. */
#ifndef MODEL_JSON_STRING_H
#define MODEL_JSON_STRING_H

#include "model/json_scan.h"

#include <endian.h>

/* A string between its quotes, as it stands in the text. */
struct json_text {
    struct span raw;
    bool escaped;
};

/* Sets the high bit of every byte of `word` that is not of JSON_CLASS_PLAIN: below 0x20, a quote, a
 * backslash, from 0x80 (where at least one of the three differences keeps the high bit). Bytes
 * above the lowest such one may be marked too, because of borrows. */
static inline uint64_t json_special_bytes(uint64_t word)
{
    uint64_t below_space = word - 0x2020202020202020u;
    uint64_t quote = (word ^ 0x2222222222222222u) - 0x0101010101010101u;
    uint64_t backslash = (word ^ 0x5C5C5C5C5C5C5C5Cu) - 0x0101010101010101u;
    return (below_space | quote | backslash) & 0x8080808080808080u;
}

/* The first byte from `at` that is not of JSON_CLASS_PLAIN; `end` when there is none. */
static inline const char *json_skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t special = json_special_bytes(le64toh(word));
        if (special) {
            return at + __builtin_ctzll(special) / 8;
        }
        at += 8;
    }
    while (at < end && (json_class[(unsigned char)*at] & JSON_CLASS_PLAIN)) {
        at++;
    }
    return at;
}

/* Passes what is no plain byte inside a string. */
bool json_scan_special(struct json_scan *scan);

/* Reads a string, whose opening quote is next. */
static inline bool json_scan_string(struct json_scan *scan, struct json_text *out)
{
    if (!json_scan_expect(scan, '"', "a string is expected")) {
        return false;
    }
    const char *start = scan->at;
    const char *end = scan->end;
    const char *at = json_skip_plain(start, end);
    bool escaped = false;
    while (at == end || *at != '"') {
        escaped |= at < end && *at == '\\';
        scan->at = at;
        if (!json_scan_special(scan)) {
            return false;
        }
        at = json_skip_plain(scan->at, end);
    }
    scan->at = at + 1;
    *out = (struct json_text){span_of(start, (size_t)(at - start)), escaped};
    return true;
}

/* Resolves the escapes of a checked string into the arena. */
struct span json_text_unescape(struct span raw, struct arena *arena);

/* What the string means: a view of the text, or of the arena where escapes had to be resolved. */
static inline struct span json_text_resolve(struct json_text text, struct arena *arena)
{
    return text.escaped ? json_text_unescape(text.raw, arena) : text.raw;
}

#endif
