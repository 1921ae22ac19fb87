/* case_explain.c: the same rows and records as case_run has, one event after the other. */
#include "app/case/case_explain.h"

#include "model/record.h"

static void explain_events(struct explainer *explainer, const struct policy_test *test,
                           struct arena *arena, const struct case_listener *listener)
{
    struct source_batch records = case_records(test, arena);
    for (size_t i = 0; i < records.count && i < CASE_EXPLAINED_MAX; i++) {
        struct json_error error;
        struct record record;
        if (record_read(records.records[i].bytes, RECORD_FORMAT_AUTO, arena, &error, &record) ==
                STATUS_OK &&
            record.kind == RECORD_EVENT) {
            struct explanation explanation =
                explain_policy(explainer, test->policy, &record.change, arena);
            listener->event(listener->context, i + 1, &record.change, &explanation);
        }
    }
}

void case_explain(const struct plan *plan, const struct policy_test *test, struct arena *arena,
                  const struct case_listener *listener)
{
    struct lookup_set *lookups = NULL;
    struct explainer explainer;
    if (case_lookups(plan, test, arena, &lookups).len) {
        return;
    }
    explainer_init(&explainer, plan, lookups, arena);
    explain_events(&explainer, test, arena, listener);
    explainer_deinit(&explainer);
    lookup_set_unref(&lookups);
}
