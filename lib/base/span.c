/* span.c: comparing, trimming, globs, UTF-8 and edit distance, all without allocation. */
#include "base/span.h"

#include <xxhash.h>

enum { DISTANCE_LENGTH_MAX = 64 };

int span_compare(struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool span_equals_nocase(struct span a, struct span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool span_starts_with(struct span text, struct span prefix)
{
    return text.len >= prefix.len && span_equals(span_of(text.ptr, prefix.len), prefix);
}

bool span_ends_with(struct span text, struct span suffix)
{
    return text.len >= suffix.len &&
           span_equals(span_of(text.ptr + (text.len - suffix.len), suffix.len), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

uint64_t span_hash(struct span text)
{
    return XXH3_64bits(text.len ? text.ptr : "", text.len);
}

/* Bytes of the UTF-8 code point at i; 1 for anything malformed. */
static size_t code_point_length(struct span text, size_t i)
{
    size_t next = i + 1;
    while (next < text.len && ((unsigned char)text.ptr[next] & 0xC0) == 0x80) {
        next++;
    }
    return next - i;
}

/* When a star took too little it takes one byte more. Only the last star is ever tried again, so
 * that the work is at most the text's length times the pattern's. */
bool span_matches_glob(struct span text, struct span pattern)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = pattern.len; /* where the last '*' stands; none yet */
    size_t resume = 0;         /* where the text of that star would end next */
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.len && pattern.ptr[p] == '?') {
            p++;
            t += code_point_length(text, t);
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star < pattern.len) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

size_t span_decode_utf8(struct span text, size_t at, uint32_t *code)
{
    unsigned char lead = (unsigned char)text.ptr[at];
    size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 0 || lead > 0xF4 || at + length > text.len) {
        return 0;
    }
    static const unsigned char lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    *code = lead & lead_mask[length];
    for (size_t k = 1; k < length; k++) {
        unsigned char next = (unsigned char)text.ptr[at + k];
        if ((next & 0xC0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (next & 0x3F);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return surrogate || *code < smallest[length] || *code > 0x10FFFF ? 0 : length;
}

size_t span_utf8_prefix(struct span text)
{
    size_t at = 0;
    while (at < text.len) {
        uint32_t code = 0;
        size_t length = (unsigned char)text.ptr[at] < 0x80 ? 1 : span_decode_utf8(text, at, &code);
        if (length == 0) {
            break;
        }
        at += length;
    }
    return at;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance in one row; longer texts than the bound count as far apart. */
size_t span_distance(struct span a, struct span b)
{
    size_t row[DISTANCE_LENGTH_MAX + 1];
    if (a.len > DISTANCE_LENGTH_MAX || b.len > DISTANCE_LENGTH_MAX) {
        return DISTANCE_LENGTH_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replace = diagonal + (ascii_lower(a.ptr[i - 1]) != ascii_lower(b.ptr[j - 1]));
            diagonal = row[j];
            row[j] = smallest(replace, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b.len];
}
