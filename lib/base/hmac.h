/* hmac.h: a keyed hash, for what must not be guessed from its text. */
#ifndef BASE_HMAC_H
#define BASE_HMAC_H

#include "base/span.h"

enum { HMAC_BYTES = 32 };

/* HMAC-SHA-256 (RFC 2104) of `text` under `key`. Any thread. */
void hmac_sha256(struct span key, struct span text, unsigned char out[HMAC_BYTES]);

#endif
