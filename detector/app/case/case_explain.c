/* case_explain.c: the same rows and records as case_run has, one event after the other. */
#include "app/case/case_explain.h"

#include "model/record.h"

/* One event, with the rows that are there when it is judged for good. */
static void explain_event(const struct plan *plan, const struct policy_test *test, size_t index,
                          const struct change *change, struct arena *arena,
                          const struct case_listener *listener)
{
    struct lookup_set *lookups = NULL;
    struct explainer explainer;
    int64_t at_us = test->events[index].at_us + plan->policies[test->policy].grace_us;
    if (case_lookups(plan, test, at_us, arena, &lookups).len) {
        return;
    }
    explainer_init(&explainer, plan, lookups, arena);
    struct explanation explanation = explain_policy(&explainer, test->policy, change, arena);
    listener->event(listener->context, index + 1, change, &explanation);
    explainer_deinit(&explainer);
    lookup_set_unref(&lookups);
}

void case_explain(const struct plan *plan, const struct policy_test *test, struct arena *arena,
                  const struct case_listener *listener)
{
    struct source_batch records = case_records(test, arena);
    for (size_t i = 0; i < records.count && i < CASE_EXPLAINED_MAX; i++) {
        struct json_error error;
        struct record record;
        if (record_read(records.records[i].bytes, RECORD_FORMAT_AUTO, arena, &error, &record) ==
                STATUS_OK &&
            record.kind == RECORD_EVENT) {
            explain_event(plan, test, i, &record.change, arena, listener);
        }
    }
}
