/* policy_check_tests.c: the same for the tests inside policies. */
#include "policy/document/policy_check.h"

#include "policy/document/report.h"

static const struct span NO_HINT = {0};

static void refuse(const struct policy_set *set, const struct yaml_node *node, const char *message)
{
    report_error(set->diags, yaml_place(node), NO_HINT, "%s", message);
}

static void check_api_call(const struct policy_set *set, const struct test_event_doc *event)
{
    bool both = event->op.node || event->table.node || event->keys || event->old_image ||
                event->new_image || event->ttl.node;
    if (both) {
        refuse(set, event->api_call, "an API call stands alone: no op, table, keys, old, new, ttl");
    }
}

/* An op that is no such word was refused already. */
static void check_has_op(const struct policy_set *set, const struct test_event_doc *event)
{
    if (!yaml_get(event->record.node, "op")) {
        report_error(set->diags, yaml_place(event->record.node),
                     SPAN("add op: INSERT, MODIFY or REMOVE, or api_call: {...}"),
                     "an event is a change of an item or an API call");
    }
}

static void check_event(const struct policy_set *set, const struct test_event_doc *event)
{
    if (!event->record.node) {
        return;
    }
    if (event->api_call) {
        check_api_call(set, event);
        return;
    }
    if (!event->op.node) {
        check_has_op(set, event);
        return;
    }
    if (!event->keys) {
        report_error(set->diags, yaml_place(event->record.node), SPAN("add keys: {...}"),
                     "an event names the key of its item");
    }
    if (event->op.value == CHANGE_INSERT && event->old_image) {
        refuse(set, event->old_image, "an INSERT has no old item");
    }
    if (event->op.value == CHANGE_REMOVE && event->new_image) {
        refuse(set, event->new_image, "a REMOVE has no new item");
    }
    if (event->ttl.truth && event->op.value != CHANGE_REMOVE) {
        refuse(set, event->ttl.node, "only a REMOVE can be an expiry");
    }
}

static void check_expect(const struct policy_set *set, const struct expect_doc *expect)
{
    bool said = expect->fired.node || expect->count.node || expect->severity.node ||
                expect->title.node || expect->group.node || expect->masked ||
                expect->expect_only.node;
    if (expect->record.node && !said) {
        refuse(set, expect->record.node, "a test that expects nothing cannot fail");
    }
    bool both = expect->fired.node && expect->count.node;
    if (both && expect->fired.truth != (expect->count.number > 0)) {
        refuse(set, expect->count.node, "'fired' and 'count' contradict each other");
    }
}

/* What a test names by id: lookups it gives rows for, policies that may fire. */
static void check_references(const struct policy_set *set, const struct test_doc *test)
{
    const struct yaml_node *lookups = test->lookups;
    for (size_t i = 0; lookups && i < lookups->count; i++) {
        policy_check_reference(set, lookups->entries[i].key, DOCUMENT_LOOKUP);
        if (lookups->entries[i].value->kind != YAML_KIND_LIST) {
            refuse(set, lookups->entries[i].value, "the rows of a lookup are a list of maps");
        }
    }
    const struct field_texts *only = &test->expect.expect_only;
    for (size_t i = 0; i < only->count; i++) {
        policy_check_reference(set, only->items[i].node, DOCUMENT_POLICY);
    }
}

void policy_check_tests(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct test_doc *tests = policy->tests.items;
    for (size_t i = 0; i < policy->tests.count; i++) {
        const struct test_event_doc *events = tests[i].events.items;
        for (size_t k = 0; k < tests[i].events.count; k++) {
            check_event(set, &events[k]);
        }
        check_references(set, &tests[i]);
        check_expect(set, &tests[i].expect);
    }
}
