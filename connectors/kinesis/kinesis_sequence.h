/* kinesis_sequence.h: sequence numbers: decimal digits, ascending within a shard. */
#ifndef KINESIS_KINESIS_SEQUENCE_H
#define KINESIS_KINESIS_SEQUENCE_H

#include "base/span.h"

enum { KINESIS_SEQUENCE_DIGITS_MAX = 129 };

/* 1 to 129 digits without leading zeros. */
bool kinesis_sequence_is_valid(struct span sequence);
/* -1, 0, 1: order of two valid ones. */
int kinesis_sequence_compare(struct span a, struct span b);

#endif
