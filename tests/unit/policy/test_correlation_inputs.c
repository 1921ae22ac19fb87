/* The policies that a correlation names: their numbers, what a rule of its type says of them, and
 * which of them a type cannot do without. */
#include "policy/document/correlation_inputs.h"
#include "policy/document/policy_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* The keys of a correlation; "POLICY*MIN ..." with | before those that should have come, then what
 * its rule says of inputs; and what is said to be needed. */
static const struct {
    const char *correlation;
    const char *inputs;
    const char *needed;
} rows[] = {
    {"{type: event_count}", "= 0 0", ""},
    {"{type: event_count, policies: [a, b]}", "a*1 b*1 = 0 0", ""},
    {"{type: temporal, policies: [b, a]}", "b*1 a*1 = 2 0 1 1", ""},
    {"{type: temporal, policies: [a]}", "a*1 = 1 0 1",
     "'type: temporal' takes 2 'policies' or more\n"},
    {"{type: temporal, policies: []}", "= 0 0", ""}, /* refused as a list */
    {"{type: temporal}", "= 0 0", "'policies' is missing in a correlation of type temporal\n"},
    {"{type: temporal_ordered, steps: [{policy: a, min: 5}, {policy: b}, {policy: a, min: 2}]}",
     "a*5 b*1 a*2 = 3 0 5 1 2", ""},
    {"{type: temporal_ordered, steps: [{policy: a}]}", "a*1 = 1 0 1",
     "'type: temporal_ordered' takes 2 'steps' or more\n"},
    {"{type: temporal_ordered, policies: [a]}", "a*1 = 1 0 1",
     "'steps' is missing in a correlation of type temporal_ordered\n"},
    {"{type: absence, policies: [a, b], without: [c]}", "a*1 b*1 | c*1 = 3 1 1 1 1", ""},
    {"{type: absence, policies: [a]}", "a*1 = 1 0 1",
     "'without' is missing in a correlation of type absence\n"},
    {"{type: absence, without: [c]}", "| c*1 = 1 1 1",
     "'policies' is missing in a correlation of type absence\n"},
};

static void write_inputs(const struct correlation_doc *doc, struct buf *out)
{
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    struct arena *arena = arena_new(0);
    struct correlation rule = policy_correlation_of(doc, arena);
    for (uint32_t i = 0; i < inputs.count; i++) {
        const struct correlation_input *input = &inputs.items[i];
        buf_printf(out, "%s%.*s*%u ", i == inputs.count - inputs.without ? "| " : "",
                   SPAN_ARG(input->policy->text), input->min);
    }
    buf_printf(out, "= %u %u", rule.input_count, rule.without_count);
    for (uint32_t i = 0; i < rule.input_count; i++) {
        buf_printf(out, " %u", rule.mins[i]);
    }
    arena_free(&arena);
}

static void test_inputs__by_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct diag_list diags = diag_list_in(arena);
        struct diag_list said = diag_list_in(arena);
        struct policy_set set = {.arena = arena, .diags = &diags};
        struct yaml_documents documents = {0};
        struct buf text = {0};
        struct span yaml = arena_printf(arena, "kind: Policy\nid: c\ncorrelation: %s\n",
                                        rows[i].correlation);
        assert_int_equal(yaml_read(SPAN("f"), yaml, arena, &diags, &documents), STATUS_OK);
        policy_parse(&set, &documents);
        size_t count = 0;
        const struct policy_doc *doc = policy_set_policies(&set, &count);
        write_inputs(&doc->correlation, &text);
        assert_string_equal(text.ptr, rows[i].inputs);
        buf_clear(&text);
        buf_append(&text, SPAN(""));
        set.diags = &said;
        policy_check_inputs_needed(&set, &doc->correlation);
        for (size_t k = 0; k < said.count; k++) {
            buf_printf(&text, "%.*s\n", SPAN_ARG(said.items[k].message));
        }
        assert_string_equal(text.ptr, rows[i].needed);
        buf_deinit(&text);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_inputs__by_type)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
