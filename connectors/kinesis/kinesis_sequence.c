/* kinesis_sequence.c: without leading zeros the longer number is the greater one. */
#include "kinesis/kinesis_sequence.h"

bool kinesis_sequence_is_valid(struct span sequence)
{
    if (sequence.len == 0 || sequence.len > KINESIS_SEQUENCE_DIGITS_MAX ||
        (sequence.ptr[0] == '0' && sequence.len > 1)) {
        return false;
    }
    for (size_t i = 0; i < sequence.len; i++) {
        if (sequence.ptr[i] < '0' || sequence.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

int kinesis_sequence_compare(struct span a, struct span b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return span_compare(a, b);
}
