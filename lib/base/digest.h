/* digest.h: hashes of identity: SHA-256 cut to 128 bits over length-prefixed fields.
 * A fast hash would let a writer craft collisions that hide a change. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/span.h"

enum { DIGEST_BYTES = 16, DIGEST_HEX_LENGTH = 32 };

struct digest {
    unsigned char bytes[DIGEST_BYTES];
};

/* Collects fields. In place; not to be copied while in use. */
struct digest_state {
    void *context;
};

/* Starts without fields. Allocates: every state that is started must be finished. */
void digest_init(struct digest_state *state);
/* Adds one field: its length as 8 little-endian bytes, then its bytes. */
void digest_field(struct digest_state *state, struct span field);
/* Adds 8 little-endian bytes, without a length: whoever reads fields knows where numbers stand. */
void digest_field_number(struct digest_state *state, uint64_t number);
/* Ends the state and gives the identity. */
struct digest digest_finish(struct digest_state *state);

/* Bit by bit the same. Not in constant time: identities are no secrets. */
bool digest_equals(const struct digest *a, const struct digest *b);
/* Lower-case hex with a NUL. */
void digest_hex(const struct digest *digest, char hex[DIGEST_HEX_LENGTH + 1]);
/* Reads 32 hex digits; false for anything else. */
bool digest_parse(struct span hex, struct digest *out);
/* The byte that two hex digits are; of other characters, some byte. */
unsigned char digest_parse_byte(const char *hex);

#endif
