/* packer.h: binary values in a row: numbers little-endian, texts with their length. Whoever unpacks
 * asks once, at the end, whether anything was wrong. */
#ifndef ENGINE_DECIDE_PACKER_H
#define ENGINE_DECIDE_PACKER_H

#include "base/buf.h"
#include "base/digest.h"
#include "model/decimal.h"

/* Appends one value. Texts are shorter than 4 GiB. */
void pack_u8(struct buf *out, uint8_t number);
void pack_u32(struct buf *out, uint32_t number);
void pack_u64(struct buf *out, uint64_t number);
void pack_i64(struct buf *out, int64_t number);
void pack_digest(struct buf *out, const struct digest *digest);
void pack_text(struct buf *out, struct span text);

/* As its text, with the mark that it was rounded. */
void pack_decimal(struct buf *out, struct decimal number);

/* What is left to unpack. After the first failure every value is zero. */
struct unpacker {
    struct span rest;
    bool failed;
    uint32_t version; /* of what is unpacked, for those who read several */
};

/* Takes one value off; `failed` when it is not there. */
uint8_t unpack_u8(struct unpacker *from);
uint32_t unpack_u32(struct unpacker *from);
uint64_t unpack_u64(struct unpacker *from);
int64_t unpack_i64(struct unpacker *from);
struct digest unpack_digest(struct unpacker *from);
/* A view of the bytes; `failed` when it is longer than bytes_max. */
struct span unpack_text(struct unpacker *from, size_t bytes_max);
/* `failed` when its text is not as pack_decimal writes it. */
struct decimal unpack_decimal(struct unpacker *from);
/* Marks the rest as wrong unless `fine`. */
void unpack_expect(struct unpacker *from, bool fine);

#endif
