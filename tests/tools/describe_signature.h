/* describe_signature.h: overloads as a person reads them: "T.size() -> int, T: string, bytes". */
#ifndef TESTS_DESCRIBE_SIGNATURE_H
#define TESTS_DESCRIBE_SIGNATURE_H

#include "base/buf.h"
#include "cel/library/library.h"

enum { SIGNATURE_TYPES_MAX = 8, SIGNATURE_GROUP_MAX = 32 };

/* Overloads that differ in one type only, which stands at the same places in each. */
struct signature_group {
    const struct cel_overload *first;
    struct span types[SIGNATURE_TYPES_MAX]; /* of the first: parameters, then the result */
    size_t count;
    bool varies[SIGNATURE_TYPES_MAX];
    struct span kinds[SIGNATURE_GROUP_MAX]; /* what stands there in each */
    size_t kinds_count;
};

/* The overload in a group of its own. */
struct signature_group signature_group_of(const struct cel_overload *overload);
/* Whether the overload is one more of the group; then it is added. */
bool signature_group_take(struct signature_group *group, const struct cel_overload *overload);
/* As a call or as an operator is written. */
void signature_group_write(const struct signature_group *group, struct buf *out);

#endif
