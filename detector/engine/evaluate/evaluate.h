/* evaluate.h: (change, plan, lookups as of the change's event time) -> signals. Pure: it keeps
 * nothing about other changes, so any number of threads may run it, each with its own evaluator. */
#ifndef ENGINE_EVALUATE_EVALUATE_H
#define ENGINE_EVALUATE_EVALUATE_H

#include "engine/evaluate/lookup_table.h"
#include "model/signal.h"
#include "policy/plan.h"

/* What is counted per policy; names for the store and for people stand in one table. */
enum evaluate_counter {
    EVALUATE_CANDIDATE,     /* its condition was looked at */
    EVALUATE_MATCHED,
    EVALUATE_NOT_EVALUABLE, /* the condition had no value */
    EVALUATE_EXCEPTED,      /* a match, exempted */
    EVALUATE_EXCEPTION_FAILED, /* an exception had no value: it does not exempt */
    EVALUATE_SHADOWED,      /* a match of a policy in mode shadow or signal: no alert */
    EVALUATE_SEVERITY_FAILED,
    EVALUATE_GROUP_ABSENT,  /* a group skipped because its key is missing or null */
    EVALUATE_GROUP_CUT,     /* a group, or a value of a correlation's field, skipped because the
                               match had more than 1,024 */
    EVALUATE_VALUE_ABSENT,  /* a value of a correlation's field skipped: missing or null */
    EVALUATE_LOOKUP_STALE,  /* a lookup older than its max_age was asked */
    EVALUATE_ROUNDED,       /* a number had more than 38 digits and was rounded on the way */
    EVALUATE_HELD,          /* a match, or a condition without a value, held back (grace) */
    EVALUATE_RELEASED,      /* asked again: it still matches, or still has no value */
    EVALUATE_WITHDRAWN,     /* asked again: it does not match any more */
    EVALUATE_HURRIED,       /* asked again before its grace was over: too much was held */
    EVALUATE_COUNTER_COUNT,
};
/* The name under which the store keeps it: "evaluated", "matched", ... */
struct span evaluate_counter_name(enum evaluate_counter counter);

struct evaluator;

/* Holds the plan and the lookups (a reference each). One thread at a time. */
struct evaluator *evaluator_new(struct plan *plan, struct lookup_set *lookups);
/* Lets go of plan and lookups; sets *evaluator to NULL. */
void evaluator_free(struct evaluator **evaluator);

/* One change and where it came from. */
struct evaluate_input {
    const struct change *change;
    struct span source;
    uint64_t offset;
    int64_t received_us; /* arrival at the source; for files the event time */
    int64_t detected_us;
};

/* Signals of a batch; grows in the arena given to the call. */
struct signal_list {
    struct signal *items;
    size_t count;
    size_t capacity;
};
/* Room for `wanted` in all; what there is moves within `arena`. */
void signal_list_reserve(struct signal_list *list, size_t wanted, struct arena *arena);

/* Who is asked again. */
struct evaluate_again {
    struct span policy_id;
    bool hurried;
};

/* Runs every candidate policy on the change and appends what they signal, policies in the order of
 * the plan, each followed by those that correlate its findings, groups in theirs. watermark_us and
 * sequence are left 0: the batch sets them. Signals live in `arena`. No allocation outside `arena`
 * once warm. */
void evaluator_run(struct evaluator *evaluator, const struct evaluate_input *input,
                   struct arena *arena, struct signal_list *out);

/* The policies of the plan, by number, whose match of the last change is held back: nothing was
 * appended for them. Valid until the next run. */
const uint32_t *evaluator_held(const struct evaluator *evaluator, size_t *count);
/* The policy of that number. */
const struct plan_policy *evaluator_policy(const struct evaluator *evaluator, uint32_t number);
/* Asks a policy that held its match again, by id, with the rows of now; what it says is final and
 * appended. hurried: its grace is not over. Nothing where the plan has no such policy any more. */
void evaluator_ask(struct evaluator *evaluator, const struct evaluate_input *input,
                   const struct evaluate_again *again, struct arena *arena,
                   struct signal_list *out);

/* counts[policy * EVALUATE_COUNTER_COUNT + counter] since the last call; resets them. */
void evaluator_take_counts(struct evaluator *evaluator, uint64_t *counts);

#endif
