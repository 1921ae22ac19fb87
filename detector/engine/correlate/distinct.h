/* distinct.h: how many distinct values there were: exact up to a bound, then a sample. Of a sample
 * of depth d those values are kept whose hash begins with d zero bits, each of which stands for
 * 2^d. What is kept follows from the set of values alone, not from their order. */
#ifndef ENGINE_CORRELATE_DISTINCT_H
#define ENGINE_CORRELATE_DISTINCT_H

#include "base/digest.h"
#include "engine/decide/packer.h"

/* Kept one by one; beyond them a sample of between half as many and as many: its count is off by
 * about 4 %. */
enum { DISTINCT_VALUES_MAX = 1024 };

/* Lies in an operator's memory, zeroed: none. The members are its own. */
struct distinct {
    uint64_t *places; /* hashes, found by linear probing; 0: empty */
    uint32_t capacity;
    uint32_t count;
    uint32_t depth;
};

/* Takes in a value, which may be known. */
void distinct_add(struct distinct *distinct, const struct digest *value);
/* How many there were; an estimate when distinct_is_sample. */
uint64_t distinct_count(const struct distinct *distinct);
/* There were more than DISTINCT_VALUES_MAX. */
bool distinct_is_sample(const struct distinct *distinct);
/* Bytes beside the struct: a function of the values. */
size_t distinct_bytes(const struct distinct *distinct);
/* As bytes, and back into an empty one: `failed` unless it is what is saved. */
void distinct_save(const struct distinct *distinct, struct buf *out);
void distinct_load(struct distinct *distinct, struct unpacker *from);
/* Forgets all, and gives back what they took. */
void distinct_release(struct distinct *distinct);

#endif
