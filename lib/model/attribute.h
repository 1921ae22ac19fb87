/* attribute.h: DynamoDB's typed attribute values ({"N": "12.5"}). Inside this layer only.
 * A value and its type tag count as one level of depth, so that DynamoDB's 32 levels fit. */
#ifndef MODEL_ATTRIBUTE_H
#define MODEL_ATTRIBUTE_H

#include "model/change.h"
#include "model/json_scan.h"

/* "S", "N", ... */
struct span attribute_type_name(enum attribute_type type);

/* Checks one typed value and notes its type and where the text behind the tag stands. */
bool attribute_scan(struct json_scan *scan, struct attribute *out);

#endif
