/* backtest.h: what policies would have fired over records of the past: counted by policy, by day,
 * by group, with examples. */
#ifndef APP_BACKTEST_H
#define APP_BACKTEST_H

#include "base/arena.h"
#include "policy/plan.h"
#include "port/store.h"

/* Groups of a policy counted one by one; what others fired is counted together. */
enum { BACKTEST_GROUPS_MAX = 10000, BACKTEST_EXAMPLES_MAX = 100 };

struct backtest_day {
    int64_t day; /* since 1970, UTC */
    uint64_t alerts;
};

struct backtest_group {
    struct span key;
    uint64_t alerts;
};

struct backtest_example {
    int64_t time_us;
    struct span severity;
    struct span title; /* JSON text, with its quotes; empty: none */
};

/* One policy. Texts live in the arena of the backtest. */
struct backtest_policy {
    struct span id;
    uint64_t evaluated;
    uint64_t matched;
    uint64_t not_evaluable;
    uint64_t late;       /* events that came too late for the correlation */
    uint64_t alerts;     /* opened */
    uint64_t suppressed; /* findings that joined an open alert */
    struct backtest_day *days; /* those with alerts, ascending */
    size_t day_count;
    struct backtest_group *groups; /* by key, until backtest_finish: then the most alerts first */
    size_t group_count;
    uint64_t other_alerts; /* of groups beyond BACKTEST_GROUPS_MAX */
    struct backtest_example *examples; /* the first ones */
    size_t example_count;
};

struct backtest {
    struct arena *arena;
    struct backtest_policy *policies; /* as in the plan */
    size_t policy_count;
    size_t examples_max;
    struct store_ledger ledger;
};

/* Nothing counted yet. examples_max: of each policy, at most BACKTEST_EXAMPLES_MAX. */
void backtest_init(struct backtest *backtest, const struct plan *plan, size_t examples_max);
void backtest_deinit(struct backtest *backtest);
/* Counts what came of a batch. */
void backtest_add(struct backtest *backtest, const struct store_batch *batch);
/* Nothing will be added any more: brings the groups into their order. */
void backtest_finish(struct backtest *backtest);

#endif
