/* group.h: the groups of a match: what its episodes are kept by. */
#ifndef ENGINE_EVALUATE_GROUP_H
#define ENGINE_EVALUATE_GROUP_H

#include "engine/evaluate/host.h"

enum { GROUP_COUNT_MAX = 1024 };

/* Group keys in the order of their bytes, each once. */
struct group_list {
    struct span *keys;
    size_t count;
    uint64_t absent;     /* groups without a key: missing or null */
    uint64_t cut;        /* groups beyond GROUP_COUNT_MAX */
    struct value error;  /* VALUE_ERROR: a key could not be computed; otherwise null */
    const struct cel_program *failed; /* which one */
};

/* The groups of a match by the policy's own group_by, else its item. A key is a JSON array of the
 * values: ["A1"]; [] for `group_by: []`; for an item, table and item key:
 * ["products",{"sku":"A1"}]; for an API call, service, operation and principal. A list fans out:
 * each element is a group of its own. Where the policy masks attributes, the values are those of
 * `shown`, followed by '#' and a hash of the true ones where they differ, so that groups stay
 * apart; texts longer than SIGNAL_GROUP_KEY_BYTES_MAX are cut and end in the hash too. Keys live in
 * `arena`. truth and shown may be the same. */
struct group_list group_list_of(const struct plan_policy *policy, struct host *truth,
                                struct host *shown, struct arena *arena);

#endif
