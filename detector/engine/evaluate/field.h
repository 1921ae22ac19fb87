/* field.h: the values of a match that a correlation counts or sums. */
#ifndef ENGINE_EVALUATE_FIELD_H
#define ENGINE_EVALUATE_FIELD_H

#include "base/digest.h"
#include "engine/evaluate/host.h"

enum { FIELD_COUNT_MAX = 1024 };

struct field_list {
    struct span *values;  /* as signals carry them; one empty text where the policy has no field */
    size_t count;
    uint64_t absent;      /* values skipped because they are missing or null */
    uint64_t cut;         /* values beyond FIELD_COUNT_MAX */
    struct value error;   /* VALUE_ERROR: a field has no value, or one that cannot be summed */
    const struct cel_program *failed; /* which one */
};

/* The values of one thing that a match counts as; a list or set gives one each. Several fields
 * make one value together: each combination of theirs, and none where one of them is missing or
 * null. Values that are told apart only become a hash (keyed as those of group keys: they may be
 * masked); numbers to be summed stay what they are, and must not be negative. Lives in `arena`. */
struct field_list field_list_of(const struct plan_policy *policy,
                                const struct plan_counted *counted, struct host *truth,
                                struct arena *arena);

/* What a value is told apart by: a hash of its text, keyed as above. Equal values have equal
 * ones. */
struct digest field_identity(const struct plan_policy *policy, struct span mask_key,
                             const struct value *value, struct arena *arena);
/* As signals carry it. In `arena`. */
struct span field_text(const struct digest *identity, struct arena *arena);

#endif
