/* value.h: what a piece of data is, everywhere: an attribute of an item, a parameter of a policy,
 * a cell of a lookup, the result of an expression. Read-only once made. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "model/decimal.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,       /* int64: literals and plain JSON, never an attribute */
    VALUE_UINT,
    VALUE_DOUBLE,
    VALUE_DECIMAL,   /* DynamoDB's N; numbers of YAML and lookups */
    VALUE_STRING,    /* well-formed UTF-8 */
    VALUE_BYTES,
    VALUE_LIST,
    VALUE_SET,       /* SS, NS, BS: a list whose order carries no meaning; holds strings, bytes or
                        decimals only */
    VALUE_MAP,
    VALUE_TIMESTAMP,
    VALUE_DURATION,
    VALUE_TYPE,      /* the name of a type */
    VALUE_OPTIONAL,
    VALUE_ADDRESS,   /* an IP address or network: cells of lookups, ip() and cidr() */
    VALUE_QUANTITY,  /* "1.5Gi": an exact number and how it is written; see model/quantity.h */
    VALUE_SEMVER,    /* "1.2.3-rc.1": its text, valid; see model/semver.h */
    VALUE_URL,       /* its text, valid and normal; see model/url.h */
    VALUE_FORMAT,    /* the name of a format that texts can be checked against */
    VALUE_ERROR,     /* an expression has no value; text says why, code what kind */
};

/* How a quantity is written. */
enum quantity_form {
    QUANTITY_DECIMAL,  /* "12M" */
    QUANTITY_BINARY,   /* "12Mi" */
    QUANTITY_EXPONENT, /* "12e6" */
};

/* What went wrong, where one must tell it apart. */
enum value_error {
    VALUE_ERROR_OTHER,
    VALUE_ERROR_ABSENT,      /* no such key, attribute, index or field */
    VALUE_ERROR_NO_OVERLOAD, /* an operation does not take these types */
    VALUE_ERROR_LIMIT,       /* a bound of the evaluation was reached */
};

struct value;
struct value_entry;

struct value_list {
    const struct value *items;
    size_t count;
};

struct value_map {
    const struct value_entry *entries;
    size_t count;
};

/* Seconds since the epoch, 0001-01-01 to 9999-12-31; 0 <= nanos < 10^9. */
struct value_time {
    int64_t seconds;
    int32_t nanos;
};

struct value_address {
    unsigned char bytes[16]; /* IPv4 in the first four, the others 0 */
    uint8_t family;          /* 4 or 6 */
    uint8_t prefix_length;   /* of an address: 32 or 128 */
    bool is_network;
};

/* 32 bytes, passed by pointer or value; everything it points to belongs to some arena or record. */
struct value {
    enum value_kind kind;
    union {
        enum value_error error;  /* of VALUE_ERROR */
        enum quantity_form form; /* of VALUE_QUANTITY */
    };
    union {
        bool boolean;
        int64_t integer;
        uint64_t unsigned_integer;
        double real;
        struct decimal decimal;         /* DECIMAL, QUANTITY */
        struct span text;               /* STRING, BYTES, TYPE, SEMVER, URL, FORMAT, ERROR */
        struct value_list list;         /* LIST, SET */
        struct value_map map;
        struct value_time time;
        int64_t duration_ns;
        const struct value *optional;   /* NULL: none */
        struct value_address address;
    };
};

struct value_entry {
    struct value key;
    struct value value;
};

static inline struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}
static inline struct value value_bool(bool truth)
{
    return (struct value){.kind = VALUE_BOOL, .boolean = truth};
}
static inline struct value value_int(int64_t number)
{
    return (struct value){.kind = VALUE_INT, .integer = number};
}
static inline struct value value_decimal(struct decimal number)
{
    return (struct value){.kind = VALUE_DECIMAL, .decimal = number};
}
static inline struct value value_string(struct span text)
{
    return (struct value){.kind = VALUE_STRING, .text = text};
}
static inline struct value value_failure(enum value_error error, struct span message)
{
    return (struct value){.kind = VALUE_ERROR, .error = error, .text = message};
}
/* Microseconds since the epoch as a timestamp. */
struct value value_timestamp_us(int64_t time_us);

/* The entry of a map under a string key; NULL when there is none. */
const struct value *value_map_get(const struct value *map, struct span key);
/* Deep equality as a person means it: numbers by value across kinds (a double with an int or uint
 * as doubles, with a decimal exactly), a set with a set or list of the same members in any order,
 * maps without order and with numeric keys by value, quantities by their number, versions by
 * precedence; other unlike kinds differ; errors and NaN
 * equal nothing. Time n log n in the members; memory is taken (and given back) only where more than
 * 64 members stand in another order. */
bool value_equals(const struct value *a, const struct value *b);
/* The order of two values: numbers across kinds as value_equals sees them, false < true, strings
 * and bytes by their bytes, timestamps, durations, quantities, versions. False, and *order
 * untouched, where there is none: other or unlike kinds, NaN. *order is -1, 0 or 1. */
bool value_compare(const struct value *a, const struct value *b, int *order);
/* A deep copy that outlives what `value` points to. */
struct value value_copy(struct arena *arena, const struct value *value);
/* As plain JSON: numbers with all digits, doubles with a point ("1.0"; NaN and infinities as text),
 * bytes as base64, timestamps
 * RFC 3339, durations "90s", optionals as their value or null, addresses as text, maps with keys as
 * text, errors as null. What lies deeper than the writer can go becomes "(nested too deeply)". */
void value_write_json(const struct value *value, struct json_writer *writer);
/* As text for a person or a group key: as JSON, but strings and the like bare, the members of lists
 * and sets joined by ", ", errors as their message. */
void value_write_text(const struct value *value, struct buf *out);
/* "null", "bool", "decimal", ...: for messages. */
const char *value_kind_name(enum value_kind kind);

#endif
