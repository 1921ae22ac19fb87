/* change.h: one change of one item, as its source described it; or an API call in its place. */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include "base/digest.h"
#include "model/json.h"
#include "model/value.h"

enum change_op { CHANGE_INSERT, CHANGE_MODIFY, CHANGE_REMOVE };
enum { CHANGE_OP_COUNT = 3 };

/* "INSERT", "MODIFY", "REMOVE". */
struct span change_op_name(enum change_op op);
/* Reads such a name without regard to case; false for another. */
bool change_op_parse(struct span name, enum change_op *out);

/* DynamoDB's ten types, by their tags. */
enum attribute_type {
    ATTRIBUTE_S, ATTRIBUTE_N, ATTRIBUTE_B, ATTRIBUTE_BOOL, ATTRIBUTE_NULL,
    ATTRIBUTE_M, ATTRIBUTE_L, ATTRIBUTE_SS, ATTRIBUTE_NS, ATTRIBUTE_BS,
};

/* One top-level attribute: where its value stands in the record. Decoded only when asked for. */
struct attribute {
    struct span name;         /* escapes resolved */
    enum attribute_type type;
    struct span raw;          /* the JSON text behind the type tag, checked, not decoded */
};

/* The attributes of one image in the order of the record; absent when there is no such image. */
struct image {
    const struct attribute *attributes;
    uint32_t count;
    bool present;
};

struct api_call;

/* An API call (`call` set) has no images and no operation of an item; its tables stand in the call,
 * the first of them in `table`. */
struct change {
    const struct api_call *call; /* NULL: a change of an item */
    struct span raw;            /* the whole record as received */
    struct span event_id;
    struct span table;
    struct span region;
    struct span account;        /* from the source's configuration; else empty */
    struct span created;        /* creation time as given: digits and perhaps a fraction */
    struct span principal_id;   /* of userIdentity; empty when null */
    struct span principal_type;
    struct image keys;
    struct image old_image;
    struct image new_image;
    int64_t event_time_us;      /* microseconds since the epoch */
    enum change_op op;
    bool ttl_expiry;            /* DynamoDB's own expiry deleted it */
};

/* NULL when there is no such attribute. */
const struct attribute *image_find(const struct image *image, struct span name);
/* Decodes one attribute; cannot fail, because decoding the change checked it. Strings without
 * escapes are views of the record; all else lives in `arena`. */
struct value attribute_value(const struct attribute *attribute, struct arena *arena);
/* The whole image as a map, or null when it is absent. */
struct value image_value(const struct image *image, struct arena *arena);
/* Equal in type and value: numbers by value, sets without order; inside maps and lists as
 * value_equals says. Either may be NULL (absent). */
bool attribute_equals(const struct attribute *a, const struct attribute *b, struct arena *arena);

/* The canonical item key: type-erased, attributes sorted by name, numbers canonical, as compact
 * JSON ({"id":7,"sku":"A1"}). */
struct span change_item_key(const struct change *change, struct arena *arena);
/* The identity of the change (architecture.md, Identity): equal for every copy of it that a source
 * sends, whatever the order of its members and the spelling of its values. */
struct digest change_id(const struct change *change, struct arena *arena);

#endif
