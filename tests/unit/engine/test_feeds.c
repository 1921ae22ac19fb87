/* Correlations over other policies' findings: which signals a change makes, of which policy, group
 * and input, and what is counted and told. */
#include "fixture.h"

#include "model/signal_inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define P "apiVersion: deltaward/v1\nkind: Policy\nseverity: low\n"
/* Two policies to watch, and the head of one that watches them. */
#define A P "id: a\nmode: signal\nmatch: {tables: [t]}\n" \
          "variables: [{name: who, expression: new.x}]\n"
#define B P "id: b\nmatch: {source: api_call}\nvariables: [{name: who, expression: actor.arn}]\n"
#define C "---\n" P "id: c\n"
#define COUNT "correlation:\n  type: event_count\n  timespan: 5m\n  condition: {gte: 2}\n"

/* A correlation to watch: over its own matches, or those of a. Its group_by follows. */
#define BURST P "id: u\nmode: signal\nmatch: {tables: [t]}\n" COUNT "  group_by: "
#define BETWEEN "---\n" P "id: u\nmode: signal\n" COUNT "  policies: [a]\n  group_by: "

static const char call[] =
    "{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-01-01T00:00:00Z\",\"eventID\":\"E\","
    "\"eventSource\":\"dynamodb.amazonaws.com\",\"eventName\":\"UpdateTable\","
    "\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"ann\",\"accountId\":\"1\"}}";

/* " RULE GROUP VALUE" of what it is to an inner correlation: groups are numbered, * is a value. */
static void write_inner(const struct signal *signal, struct arena *arena, struct buf *out)
{
    static struct digest groups[8];
    static size_t count;
    struct signal_inner inner;
    size_t number = 0;
    count = signal->fan_index == 0 ? 0 : count;
    assert_int_equal(signal_inner_read_json(signal->inner, arena, &inner), STATUS_OK);
    while (number < count && !digest_equals(&groups[number], &inner.group)) {
        number++;
    }
    groups[number] = inner.group;
    count += number == count;
    assert_int_equal(inner.input, 0);
    buf_printf(out, " %u %zu %s", inner.rule, number + 1, signal->value.len ? "*" : "-");
}

/* "POLICY FAN INPUT GROUP" of each signal, then what c counted. */
static void write_signals(const struct fixture *fixture, struct buf *out)
{
    static const char *const counters[] = {"evaluated", "matched", "not_evaluable", "excepted",
                                           "shadowed", "group_absent", "value_absent"};
    buf_append(out, SPAN(""));
    for (size_t i = 0; i < fixture->batch.signal_count; i++) {
        const struct signal *signal = &fixture->batch.signals[i];
        if (!signal_is_for_all(signal)) {
            buf_printf(out, "%.*s%s %u %u %.*s", SPAN_ARG(signal->policy_id),
                       signal->kind == SIGNAL_MATCH ? "" : "!", signal->fan_index, signal->input,
                       SPAN_ARG(signal->group_key));
            if (signal->inner.len) {
                write_inner(signal, fixture->arena, out);
            }
            buf_append(out, SPAN("\n"));
        }
    }
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        uint64_t count = fixture_count(fixture, "c", counters[i]);
        if (count) {
            buf_printf(out, "%s %llu;", counters[i], (unsigned long long)count);
        }
    }
}

static const char item[] = "{\"id\":{\"S\":\"1\"},\"x\":{\"S\":\"ann\"},\"n\":{\"N\":\"3\"},"
                           "\"l\":{\"L\":[{\"S\":\"p\"},{\"S\":\"q\"}]}}";

/* Policies, and what one change of an item and one API call make of them. */
static const struct {
    const char *policies;
    const char *said;
} rows[] = {
    /* variables are those of the policy whose finding it is; aliases too; equal keys, one group */
    {A "---\n" B C COUNT "  policies: [a, b]\n  group_by: [variables.who]\n",
     "c 0 0 [\"ann\"]\n"
     "b 0 0 [\"dynamodb\",\"UpdateTable\",\"ann\"]\nc 0 0 [\"ann\"]\nevaluated 2;matched 2;"},
    {A "---\n" B C COUNT "  policies: [b, a]\n  group_by: [user, who]\n"
     "  aliases: {user: {a: variables.who, b: actor.arn}, who: {b: \"'B'\", a: \"'B'\"}}\n",
     "c 0 0 [\"ann\",\"B\"]\n"
     "b 0 0 [\"dynamodb\",\"UpdateTable\",\"ann\"]\nc 0 0 [\"ann\",\"B\"]\n"
     "evaluated 2;matched 2;"},
    /* one without the key is skipped and counted */
    {A "---\n" B C COUNT "  policies: [a, b]\n  group_by: [user]\n"
     "  aliases: {user: {a: 'new.?y', b: actor.arn}}\n",
     "b 0 0 [\"dynamodb\",\"UpdateTable\",\"ann\"]\nc 0 0 [\"ann\"]\n"
     "evaluated 2;matched 2;group_absent 1;"},
    /* lists fan out, in groups and fields; an alias may be a field */
    {A C "correlation: {type: value_sum, policies: [a], timespan: 5m, condition: {gte: 2},\n"
     "  group_by: [who], field: amount, aliases: {who: {a: new.l}, amount: {a: '[new.n, 2]'}}}\n",
     "c 0 0 [\"p\"]\nc 1 0 [\"p\"]\nc 2 0 [\"q\"]\nc 3 0 [\"q\"]\nevaluated 1;matched 1;"},
    {A C "correlation: {type: new_terms, policies: [a], fields: [table, 'new.?y'],\n"
     "  group_by: [], history_window: 1h}\n", "evaluated 1;matched 1;value_absent 1;"},
    /* without group_by, the item */
    {A C COUNT "  policies: [a]\n", "c 0 0 [\"t\",{\"id\":\"1\"}]\nevaluated 1;matched 1;"},
    /* the policy's own exceptions keep a match from it, and its own from the correlation */
    {A "exceptions: [{name: e, condition: 'true', owner: o, reason: r}]\n" C COUNT
     "  policies: [a]\n", ""},
    {A C COUNT "  policies: [a]\n"
     "exceptions: [{name: e, condition: variables.who == 'ann', owner: o, reason: r}]\n",
     "evaluated 1;matched 1;excepted 1;"},
    {A C COUNT "  policies: [a]\n---\napiVersion: deltaward/v1\nkind: Exception\nid: e\npolicy: c\n"
     "condition: table == 't'\nowner: o\nreason: r\n", "evaluated 1;matched 1;excepted 1;"},
    /* modes */
    {P "id: a\nmode: shadow\nmatch: {tables: [t]}\n" C COUNT "  policies: [a]\n", ""},
    {P "id: a\nmode: disabled\nmatch: {tables: [t]}\n" C COUNT "  policies: [a]\n", ""},
    {A C COUNT "  policies: [a]\nmode: shadow\n", "evaluated 1;matched 1;shadowed 1;"},
    {A C COUNT "  policies: [a]\nmode: disabled\n", ""},
    {P "id: a\nmatch: {tables: [t]}\nsuppression: {group_by: ['new.?y']}\n" C COUNT
     "  policies: [a]\n  group_by: [table]\n", "c 0 0 [\"t\"]\nevaluated 1;matched 1;"},
    /* several over one policy, each with its own */
    {A C COUNT "  policies: [a]\n  group_by: [table]\n---\n" P "id: d\n" COUNT
     "  policies: [a]\n  group_by: [op]\n",
     "c 0 0 [\"t\"]\nd 0 0 [\"INSERT\"]\nevaluated 1;matched 1;"},
    /* params are the correlation's own */
    {A "params: {k: 1}\n" C COUNT "  policies: [a]\n  group_by: [params.k]\nparams: {k: 2}\n",
     "c 0 0 [2]\nevaluated 1;matched 1;"},
    /* an expression without a value: failure_policy of the correlation */
    {A C COUNT "  policies: [a]\n  group_by: [new.n / 0]\n",
     "c! 0 0 not evaluable\nevaluated 1;matched 1;not_evaluable 1;"},
    {A C COUNT "  policies: [a]\n  group_by: [new.n / 0]\nfailure_policy: ignore\n",
     "evaluated 1;matched 1;not_evaluable 1;"},
    /* a policy of mode signal that cannot tell: what it feeds says so */
    {A "condition: new.y > 3\n" C COUNT "  policies: [a]\n",
     "c! 0 0 not evaluable\nnot_evaluable 1;"},
    {A "condition: new.y > 3\nfailure_policy: ignore\n" C COUNT "  policies: [a]\n", ""},
    {P "id: a\nmatch: {tables: [t]}\ncondition: new.y > 3\n" C COUNT "  policies: [a]\n",
     "a! 0 0 not evaluable\n"},
    /* over findings of a correlation: one signal for each of its groups */
    {BURST "[new.l, table]\n" C COUNT "  policies: [u]\n  group_by: [table]\n",
     "c 0 0 [\"t\"] 0 1 -\nc 1 0 [\"t\"] 0 2 -\nevaluated 1;matched 1;"},
    {BURST "[new.l, new.x]\n" C COUNT "  policies: [u]\n  group_by: [who, e]\n"
     "  aliases: {who: {u: new.x}, e: {u: new.l}}\n",
     "c 0 0 [\"ann\",\"q\"] 0 1 -\nc 1 0 [\"ann\",\"p\"] 0 2 -\nevaluated 1;matched 1;"},
    {BURST "[new.x]\n" C COUNT "  policies: [u]\n  group_by: []\n",
     "c 0 0 [] 0 1 -\nevaluated 1;matched 1;"},
    {BURST "[new.x]\n" C "correlation: {type: value_count, policies: [u], field: new.x,\n"
     "  group_by: [], timespan: 5m, condition: {gte: 2}}\n",
     "c 0 0 [] 0 1 *\nevaluated 1;matched 1;"},
    {BURST "['new.?y', table]\n" C COUNT "  policies: [u]\n  group_by: [table]\n",
     "evaluated 1;matched 1;group_absent 1;"},
    {P "id: u\nmode: signal\nmatch: {tables: [t]}\n" COUNT C COUNT "  policies: [u]\n",
     "c 0 0 [\"t\",{\"id\":\"1\"}] 0 1 -\nevaluated 1;matched 1;"},
    /* over the matches of others, which it looks at through the one between: by its aliases, and
       past its exceptions */
    {A BETWEEN "[user]\n  aliases: {user: {a: variables.who}}\n" C COUNT
     "  policies: [u]\n  group_by: [user]\n",
     "c 0 0 [\"ann\"] 0 1 -\nevaluated 1;matched 1;"},
    {A "---\n" B BETWEEN "[user]\n  aliases: {user: {a: variables.who}}\n" C COUNT
     "  policies: [u, b]\n  group_by: [user]\n  aliases: {user: {u: user, b: actor.arn}}\n",
     "c 0 0 [\"ann\"] 0 1 -\n"
     "b 0 0 [\"dynamodb\",\"UpdateTable\",\"ann\"]\nc 0 0 [\"ann\"]\nevaluated 2;matched 2;"},
    {A BETWEEN "[table]\nexceptions: [{name: e, condition: 'true', owner: o, reason: r}]\n" C COUNT
     "  policies: [u]\n  group_by: [table]\n", ""},
    {A BETWEEN "[table]\n" C COUNT "  policies: [u]\n  group_by: [table]\n"
     "exceptions: [{name: e, condition: 'true', owner: o, reason: r}]\n",
     "evaluated 1;matched 1;excepted 1;"},
    {P "id: a\nmode: shadow\nmatch: {tables: [t]}\n" BETWEEN "[table]\n" C COUNT
     "  policies: [u]\n  group_by: [table]\n", ""},
    {A "---\n" P "id: u\nmode: shadow\n" COUNT "  policies: [a]\n  group_by: [table]\n" C COUNT
     "  policies: [u]\n  group_by: [table]\n", ""},
    /* one in mode signal whose policies cannot tell: what is over it does */
    {A "condition: new.y > 3\n" BETWEEN "[table]\n" C COUNT
     "  policies: [u]\n  group_by: [table]\n",
     "c! 0 0 not evaluable\nnot_evaluable 1;"},
    /* parts may be over different ones */
    {BURST "[table]\n" C "correlation:\n  group_by: [table]\n  all:\n"
     "    x: {type: event_count, policies: [u], timespan: 5m, condition: {gte: 2}}\n"
     "    y: {type: event_count, policies: [u], timespan: 1m, condition: {gte: 2}}\n"
     "  require: x && y\n",
     "c 0 0 [\"t\"] 0 1 -\nc 1 1 [\"t\"] 1 1 -\nevaluated 1;matched 1;"},
};

static void test_feeds__signals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        struct buf text = {0};
        fixture_init(&fixture, rows[i].policies, NULL, 1);
        fixture_add(&fixture, "1", NULL, item, 0);
        fixture_add_bytes(&fixture, span_view(call));
        fixture_run(&fixture);
        write_signals(&fixture, &text);
        if (strcmp(text.ptr, rows[i].said) != 0) {
            print_error("row %zu:\n%s\n", i, rows[i].policies);
        }
        assert_string_equal(text.ptr, rows[i].said);
        buf_deinit(&text);
        fixture_deinit(&fixture);
    }
}

static const struct signal *signal_of(const struct fixture *fixture, const char *policy, size_t nth)
{
    for (size_t i = 0; i < fixture->batch.signal_count; i++) {
        const struct signal *signal = &fixture->batch.signals[i];
        if (span_equals(signal->policy_id, span_view(policy)) && nth-- == 0) {
            return signal;
        }
    }
    fail_msg("no such signal of %s", policy);
    return NULL;
}

static void test_feeds__a_finding_follows_the_change_and_the_policy(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture,
                 P "id: a\nmatch: {tables: [t]}\n---\n" P "id: b\nmatch: {tables: [t]}\n---\n"
                 "apiVersion: deltaward/v1\nkind: Policy\nid: c\n" COUNT
                 "  policies: [a, b]\n  group_by: []\n"
                 "severity: {default: low, expression: \"op == 'INSERT' ? 'high' : 'low'\"}\n"
                 "alert: {title: 'now {new.x}', context: {n: new.n}}\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_run(&fixture);
    struct digest by_a = signal_of(&fixture, "c", 0)->finding;
    struct digest by_b = signal_of(&fixture, "c", 1)->finding;
    assert_false(digest_equals(&by_a, &by_b));
    struct span body = signal_of(&fixture, "c", 0)->body;
    assert_true(span_equals(alert_body_member(body, SPAN("title")), SPAN("\"now ann\"")));
    assert_true(span_equals(alert_body_member(body, SPAN("context")), SPAN("{\"n\":3}")));
    assert_true(span_equals(alert_body_member(body, SPAN("found_by")), SPAN("\"a\"")));
    assert_true(span_equals(signal_of(&fixture, "c", 0)->severity, SPAN("high")));
    assert_true(signal_of(&fixture, "c", 0)->horizon_us >= 600 * INT64_C(1000000));
    fixture.offset--; /* the same change again, in another place */
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_run(&fixture);
    assert_true(digest_equals(&by_a, &signal_of(&fixture, "c", 0)->finding));
    assert_true(digest_equals(&by_b, &signal_of(&fixture, "c", 1)->finding));
    fixture_deinit(&fixture);
}

static void test_feeds__a_failure_says_of_whose_finding(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, A C COUNT "  policies: [a]\n  group_by: [table, new.n / 0]\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_run(&fixture);
    struct span body = signal_of(&fixture, "c", 0)->body;
    assert_true(span_equals(alert_body_member(body, SPAN("problem")),
                            SPAN("\"division by zero (findings of a)\"")));
    fixture_deinit(&fixture);
}

/* What one of the policies masks is shown in no alert, and groups are the same all the same. */
static void test_feeds__masks(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture,
                 A "mask: {new.x: redact}\n---\n" B C COUNT
                 "  policies: [a, b]\n  group_by: [variables.who, region]\n"
                 "alert: {title: '{variables.who}', context: {x: 'new.?x'}}\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_add_bytes(&fixture, span_view(call));
    fixture_run(&fixture);
    const struct signal *of_a = signal_of(&fixture, "c", 0);
    const struct signal *of_b = signal_of(&fixture, "c", 1);
    assert_null(memmem(of_a->body.ptr, of_a->body.len, "ann", 3));
    assert_null(memmem(of_a->group_key.ptr, of_a->group_key.len, "ann", 3));
    assert_null(memmem(of_b->group_key.ptr, of_b->group_key.len, "ann", 3));
    /* the region is masked nowhere */
    assert_true(span_starts_with(of_a->group_key, SPAN("[\"***\",\"eu-west-1\"]#")));
    fixture_deinit(&fixture);
    fixture_init(&fixture,
                 A "mask: {new.x: redact}\n---\n" B C COUNT
                 "  policies: [a, b]\n  group_by: [variables.who]\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_add_bytes(&fixture, span_view(call));
    fixture_run(&fixture);
    assert_true(span_equals(signal_of(&fixture, "c", 0)->group_key,
                            signal_of(&fixture, "c", 1)->group_key));
    fixture_deinit(&fixture);
}

/* Nor is it through a correlation between: neither it nor the inner group says it, and the inner
 * groups of equal keys are the same. */
static void test_feeds__masks_of_inner_correlations(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture,
                 A "mask: {new.x: redact}\n---\n" B "---\n" P "id: u\nmode: signal\n" COUNT
                 "  policies: [a, b]\n  group_by: [variables.who, region]\n" C COUNT
                 "  policies: [u]\n  group_by: [variables.who]\n"
                 "alert: {title: '{variables.who}', context: {x: 'new.?x'}}\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_add_bytes(&fixture, span_view(call));
    fixture_run(&fixture);
    const struct signal *of_a = signal_of(&fixture, "c", 0);
    const struct signal *of_b = signal_of(&fixture, "c", 1);
    assert_null(memmem(of_a->body.ptr, of_a->body.len, "ann", 3));
    assert_true(span_starts_with(of_a->group_key, SPAN("[\"***\"]#")));
    assert_true(span_equals(of_a->group_key, of_b->group_key));
    assert_true(of_a->inner.len > 0 && of_b->inner.len > 0);
    fixture_deinit(&fixture);
}

/* A policy that is several inputs of a correlation (steps) gives a signal for each. */
static void test_feeds__inputs(void **state)
{
    (void)state;
    static const uint32_t inputs[] = {1, 3};
    struct fixture fixture;
    struct buf text = {0};
    fixture_init(&fixture, A C COUNT "  policies: [a]\n  group_by: [new.l]\n", NULL, 1);
    struct plan_policy *policies = arena_array(fixture.arena, 2, sizeof *policies);
    struct plan_feed feed = fixture.plan->policies[0].feeds[0];
    struct plan_policy view = *feed.view;
    const struct plan_counted counted = {.inputs = inputs, .input_count = 2};
    view.counted = &counted;
    view.counted_count = 1;
    feed.view = &view;
    memcpy(policies, fixture.plan->policies, 2 * sizeof *policies);
    policies[0].feeds = &feed;
    fixture.plan->policies = policies;
    fixture_add(&fixture, "1", NULL, item, 0);
    fixture_run(&fixture);
    write_signals(&fixture, &text);
    assert_string_equal(text.ptr, "c 0 1 [\"p\"]\nc 1 3 [\"p\"]\nc 2 1 [\"q\"]\nc 3 3 [\"q\"]\n"
                                  "evaluated 1;matched 1;");
    buf_deinit(&text);
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feeds__signals),
        cmocka_unit_test(test_feeds__a_finding_follows_the_change_and_the_policy),
        cmocka_unit_test(test_feeds__a_failure_says_of_whose_finding),
        cmocka_unit_test(test_feeds__masks),
        cmocka_unit_test(test_feeds__masks_of_inner_correlations),
        cmocka_unit_test(test_feeds__inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
