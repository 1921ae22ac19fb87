/* json_scan.h: the scanner below json.c, attribute.c and dynamodb.c: one forward pass over one JSON
 * text that checks what it passes. For readers of one kind of text (here; answers of services in
 * connectors).
 *
 * Every reader returns false once anything is wrong; the first failure stays in `status` and
 * `error`. Nothing is read at or behind `end`. Recursion is bounded by JSON_DEPTH_MAX. */
#ifndef MODEL_JSON_SCAN_H
#define MODEL_JSON_SCAN_H

#include "base/status.h"
#include "model/json.h"

enum {
    JSON_KEYS_INLINE = 64,       /* member names of open objects held without the arena */
    JSON_KEYS_COMPARED_MAX = 32, /* larger objects are sorted to find duplicates */
};

/* A member name of an object that is still open, and where it stands. */
struct json_member_name {
    struct span name;
    const char *place;
};

/* In place: not to be copied, `names` may point inside. */
struct json_scan {
    const char *at;
    const char *end;
    const char *begin;
    struct arena *arena;
    enum status status;
    uint32_t depth;
    struct json_error error;
    struct json_member_name *names; /* a stack over all open objects */
    uint32_t name_count;
    uint32_t name_capacity;
    struct json_member_name names_inline[JSON_KEYS_INLINE];
};

/* An object being read. */
struct json_object {
    uint64_t seen;       /* one bit per hash of a name: most new names need no comparison */
    uint32_t first_name;
    bool has_member;
};

struct json_array {
    bool has_element;
};

/* Bits of json_class. */
enum { JSON_CLASS_SPACE = 1, JSON_CLASS_DIGIT = 2, JSON_CLASS_PLAIN = 4 };
/* PLAIN: stands for itself in a string, one byte long. */
extern const unsigned char json_class[256];

/* Begins a pass over `text`. STATUS_LIMIT at once when it is longer than JSON_BYTES_MAX. */
void json_scan_init(struct json_scan *scan, struct span text, struct arena *arena);
/* Notes the first failure; returns false. A place at the end of the text is told as truncation. */
bool json_scan_fail(struct json_scan *scan, const char *reason, const char *place);
bool json_scan_fail_limit(struct json_scan *scan, const char *reason, const char *place);
/* True when nothing failed and only white space is left. */
bool json_scan_finish(struct json_scan *scan);

static inline bool json_scan_ok(const struct json_scan *scan)
{
    return scan->status == STATUS_OK;
}

/* The next byte that is no white space, not consumed; 0 at the end. */
static inline char json_scan_peek(struct json_scan *scan)
{
    while (scan->at < scan->end && (json_class[(unsigned char)*scan->at] & JSON_CLASS_SPACE)) {
        scan->at++;
    }
    return scan->at < scan->end ? *scan->at : '\0';
}

/* Consumes `c` after white space, or fails for `reason`. */
static inline bool json_scan_expect(struct json_scan *scan, char c, const char *reason)
{
    if (json_scan_peek(scan) != c) {
        return json_scan_fail(scan, reason, scan->at);
    }
    scan->at++;
    return true;
}

/* Reads a number; the grammar alone is checked. */
bool json_scan_number(struct json_scan *scan, struct span *out);
/* Reads "true", "false" or "null" as the caller says. */
bool json_scan_word(struct json_scan *scan, struct span word);

/* Enters an object; fails for `reason` when there is none. */
bool json_object_open(struct json_scan *scan, struct json_object *object, const char *reason);
/* Reads up to the next member's value and gives its name, escapes resolved. False at the closing
 * brace, which is consumed, and after a failure: ask json_scan_ok. */
bool json_object_next(struct json_scan *scan, struct json_object *object, struct span *name);
bool json_array_open(struct json_scan *scan, struct json_array *array, const char *reason);
/* Reads up to the next element. False as above. */
bool json_array_next(struct json_scan *scan, struct json_array *array);

/* Reads any value. out NULL: only checks it (numbers by grammar, not by range). */
bool json_scan_value(struct json_scan *scan, enum json_numbers numbers, struct value *out);

/* json_names.c: notes a name of an open object; fails when the object has it already (larger
 * objects: when they close). */
bool json_names_push(struct json_scan *scan, struct json_object *object, struct span name,
                     const char *place);
/* Forgets the names of an object that closes; fails when a larger one has a name twice. */
bool json_names_pop(struct json_scan *scan, const struct json_object *object);

#endif
