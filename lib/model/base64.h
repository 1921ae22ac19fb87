/* base64.h: the standard alphabet of RFC 4648, section 4, padded, without white space. */
#ifndef MODEL_BASE64_H
#define MODEL_BASE64_H

#include "base/arena.h"
#include "base/buf.h"

/* Whether `text` is base64 of whole bytes. */
bool base64_is_valid(struct span text);
/* The bytes of a valid text, in the arena. Unused bits of the last digit are ignored. */
struct span base64_decode(struct span text, struct arena *arena);
/* Appends `bytes` as base64. */
void base64_append(struct span bytes, struct buf *out);

#endif
