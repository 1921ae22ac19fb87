/* span.h: a borrowed stretch of bytes: text that need not end in NUL. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ptr may be NULL only when len is 0. The bytes belong to somebody else. */
struct span {
    const char *ptr;
    size_t len;
};

/* A span over a string literal. */
#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})
/* For printf: "%.*s" takes SPAN_ARG(s). */
#define SPAN_ARG(s) (int)(s).len, (s).ptr

static inline struct span span_of(const char *ptr, size_t len)
{
    return (struct span){ptr, len};
}

/* A view of a NUL-terminated string; NULL gives the empty span. */
static inline struct span span_view(const char *text)
{
    return text ? span_of(text, strlen(text)) : span_of(NULL, 0);
}

static inline bool span_equals(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* -1, 0, 1: order of bytes, which for UTF-8 is the order of code points. */
int span_compare(struct span a, struct span b);
/* The same without regard to the case of ASCII letters. */
bool span_equals_nocase(struct span a, struct span b);
bool span_starts_with(struct span text, struct span prefix);
bool span_ends_with(struct span text, struct span suffix);
/* Without white space (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span text);
/* A fast hash for tables in memory; not stable between versions, never for identity. */
uint64_t span_hash(struct span text);
/* Glob with '*' (any run) and '?' (one code point); linear in len(text) * stars. */
bool span_matches_glob(struct span text, struct span pattern);
/* Bytes of the well-formed UTF-8 sequence at text[at], its code point in *code; 0 when malformed:
 * overlong, a surrogate, beyond U+10FFFF, cut short. */
size_t span_decode_utf8(struct span text, size_t at, uint32_t *code);
/* Bytes of well-formed UTF-8 that the text begins with: text.len when it is well-formed. */
size_t span_utf8_prefix(struct span text);
/* Edit distance of two short texts (at most 64 bytes each, else 64): for "did you mean". */
size_t span_distance(struct span a, struct span b);

#endif
