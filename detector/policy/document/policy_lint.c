/* policy_lint.c: warnings: what is allowed, and most likely not what was meant. */
#include "policy/document/policy_check.h"

#include "policy/document/correlation_inputs.h"
#include "policy/document/report.h"

static void warn(const struct policy_set *set, const char *kind, const struct yaml_node *node,
                 struct span hint, const char *message)
{
    if (node) {
        report_warning(set->diags, kind, yaml_place(node), hint, "%s", message);
    }
}

static void warn_of_expiry(const struct policy_set *set, const struct exception_doc *exception,
                           int64_t now_us)
{
    if (now_us != 0 && exception->expires.node && exception->expires.number <= now_us) {
        warn(set, "expired-exception", exception->expires.node,
             SPAN("remove the exception, or agree on a later date"),
             "this exception has expired and exempts nothing");
    }
}

static void warn_of_tests(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct test_doc *tests = policy->tests.items;
    bool fires = false;
    bool stays_silent = false;
    for (size_t i = 0; i < policy->tests.count; i++) {
        const struct expect_doc *expect = &tests[i].expect;
        bool silent = expect->fired.node ? !expect->fired.truth
                                         : expect->count.node && expect->count.number == 0;
        fires |= !silent;
        stays_silent |= silent;
    }
    if (!fires || !stays_silent) {
        warn(set, "missing-tests", policy->id.node,
             SPAN("add cases to 'tests:', one with fired: true, one with false"),
             !fires && !stays_silent ? "the policy has no tests"
             : fires                 ? "no test shows a change that must stay silent"
                                     : "no test shows a change that must be found");
    }
}

/* Whether a correlation names it. */
static bool feeds_any(const struct policy_set *set, const struct policy_doc *policy)
{
    size_t count = 0;
    const struct policy_doc *policies = policy_set_policies(set, &count);
    for (size_t i = 0; i < count; i++) {
        struct correlation_inputs inputs = correlation_inputs_of(&policies[i].correlation);
        for (size_t k = 0; k < inputs.count; k++) {
            if (span_equals(inputs.items[k].policy->text, policy->id.text)) {
                return true;
            }
        }
    }
    return false;
}

static void warn_of_policy(const struct policy_set *set, const struct policy_doc *policy)
{
    bool urgent = policy->severity.word.node &&
                  policy->severity.word.value <= PLAN_SEVERITY_HIGH;
    if (!policy->owner.node) {
        warn(set, "missing-owner", policy->id.node, SPAN("add 'owner:'"), "nobody owns the policy");
    }
    if (urgent && !policy->alert.runbook.node) {
        warn(set, "missing-runbook", policy->id.node,
             SPAN("add 'runbook:' below 'alert:'"),
             "a policy of this severity needs a runbook");
    }
    policy_lint_inputs(set, policy);
    if (policy->mode.value == PLAN_MODE_SIGNAL && !feeds_any(set, policy)) {
        warn(set, "signal-unused", policy->mode.node,
             SPAN("shadow counts its findings and says so"),
             "no correlation names this policy, and in this mode it alerts nobody");
    }
    if (policy->mode.value != PLAN_MODE_SIGNAL || !feeds_any(set, policy)) {
        warn_of_tests(set, policy); /* else tests of the correlations show what it finds */
    }
}

static void warn_of_exceptions(const struct policy_set *set, const struct exception_doc *exceptions,
                               size_t count, int64_t now_us)
{
    for (size_t i = 0; i < count; i++) {
        warn_of_expiry(set, &exceptions[i], now_us);
    }
}

void policy_lint(const struct policy_set *set, const struct plan_options *options)
{
    size_t count = 0;
    const struct exception_doc *exceptions = policy_set_exceptions(set, &count);
    warn_of_exceptions(set, exceptions, count, options->now_us);
    const struct policy_doc *policies = policy_set_policies(set, &count);
    for (size_t i = 0; i < count; i++) {
        warn_of_policy(set, &policies[i]);
        warn_of_exceptions(set, policies[i].exceptions.items, policies[i].exceptions.count,
                           options->now_us);
    }
}
