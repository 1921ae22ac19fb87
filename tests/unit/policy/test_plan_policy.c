#include "loading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const char head[] = "apiVersion: deltaward/v1\nkind: Policy\nid: p\n";

/* Loads a policy of these lines, after other documents; NULL: refused. */
static const struct plan_policy *load(struct loading *loading, const char *documents,
                                      const char *lines)
{
    struct buf text = {0};
    buf_printf(&text, "%s---\n%s%s", documents, head, lines);
    loading_write(loading, "policy.yaml", text.ptr);
    buf_deinit(&text);
    enum status status = loading_run(loading);
    return status == STATUS_OK ? &loading->plan->policies[0] : NULL;
}

static void test_plan_build__defaults(void **state)
{
    const struct plan_policy *policy = load(*state, "", "severity: high\nmatch: {tables: [t]}\n");
    assert_int_equal(policy->mode, PLAN_MODE_ENFORCE);
    assert_int_equal(policy->failure, PLAN_FAILURE_REPORT);
    assert_int_equal(policy->severity, PLAN_SEVERITY_HIGH);
    assert_null(policy->severity_program);
    assert_null(policy->condition);
    assert_int_equal(policy->episode_us, 15 * 60 * 1000000LL);
    assert_true(policy->summary);
    assert_false(policy->each_finding);
    assert_false(policy->group_by_given);
    assert_int_equal(policy->title.count, 1);
    assert_string_equal(policy->title.parts[0].literal.ptr, "p");
    assert_int_equal(policy->description.count, 0);
}

static void test_plan_build__suppression_forms(void **state)
{
    const struct plan_policy *policy =
        load(*state, "", "severity: low\nmatch: {tables: [t]}\nsuppression: none\n");
    assert_true(policy->each_finding);
    assert_int_equal(policy->episode_us, 0);
    policy = load(*state, "", "severity: low\nmatch: {tables: [t]}\n"
                              "suppression: {group_by: [], duration: 2h, summary: false}\n");
    assert_true(policy->group_by_given);
    assert_int_equal(policy->group_by_count, 0);
    assert_int_equal(policy->episode_us, 7200 * 1000000LL);
    assert_false(policy->summary);
}

static void test_template__parts(void **state)
{
    const struct plan_policy *policy =
        load(*state, "", "severity: low\nmatch: {tables: [t]}\nalert:\n"
                         "  title: \"{keys.sku}: {{x}} { new.`a}b` |it's {new.b|} "
                         "{old['c'].d[0]}\"\n"
                         "  description: |\n    {table}\n");
    static const struct {
        const char *literal;
        const char *source;
        const char *fallback;
    } parts[] = {
        {NULL, "keys.sku", NULL}, {": {x} ", NULL, NULL}, {NULL, "new.`a}b`", "it's {new.b|"},
        {" ", NULL, NULL},        {NULL, "old['c'].d[0]", NULL},
    };
    assert_int_equal(policy->title.count, sizeof parts / sizeof *parts);
    for (size_t i = 0; i < policy->title.count; i++) {
        const struct plan_template_part *part = &policy->title.parts[i];
        struct span shown = parts[i].literal ? part->literal : part->source;
        assert_true(span_equals(shown, span_view(parts[i].literal ? parts[i].literal
                                                                  : parts[i].source)));
        assert_int_equal(part->program == NULL, parts[i].literal != NULL);
        assert_int_equal(part->has_fallback, parts[i].fallback != NULL);
        assert_true(span_equals(part->fallback, span_view(parts[i].fallback)));
    }
    assert_int_equal(policy->description.count, 1); /* the line feed of the block is cut */
}

static void test_mask__paths(void **state)
{
    struct loading *loading = *state;
    loading->options.mask_key = SPAN("secret");
    const struct plan_policy *policy =
        load(loading, "", "severity: low\nmatch: {tables: [t]}\n"
                          "mask: {old.a: last4, 'new.card.`full.number`': hash, "
                          "keys.id: redact}\n");
    assert_int_equal(policy->mask_count, 3);
    assert_int_equal(policy->masks[1].root, PLAN_ROOT_NEW);
    assert_int_equal(policy->masks[1].kind, PLAN_MASK_HASH);
    assert_int_equal(policy->masks[1].path_length, 2);
    assert_true(span_equals(policy->masks[1].path[0], SPAN("card")));
    assert_true(span_equals(policy->masks[1].path[1], SPAN("full.number")));
    assert_int_equal(policy->masks[2].root, PLAN_ROOT_KEYS);
    assert_true(span_equals(loading->plan->mask_key, SPAN("secret")));
}

static void test_static_body__members(void **state)
{
    struct loading *loading = *state;
    loading->options.runbook_base = SPAN("https://runbooks.example.com");
    const struct plan_policy *policy =
        load(loading, "", "severity: low\nmatch: {tables: [t]}\nname: \"A \\\"b\\\"\"\nowner: o\n"
                          "version: 3\ntags: [x, y]\n"
                          "compliance: [{framework: SOX, control: '404'}]\n"
                          "alert: {runbook: p.md, routes: [r], references: [u], "
                          "false_positives: [f]}\n");
    char version[DIGEST_HEX_LENGTH + 1];
    char wanted[1024];
    digest_hex(&policy->version, version);
    snprintf(wanted, sizeof wanted,
             "\"policy\":{\"id\":\"p\",\"name\":\"A \\\"b\\\"\",\"version\":\"%s\","
             "\"author_version\":\"3\",\"owner\":\"o\"},\"tags\":[\"x\",\"y\"],"
             "\"compliance\":[{\"framework\":\"SOX\",\"control\":\"404\"}],"
             "\"runbook\":\"https://runbooks.example.com/p.md\",\"references\":[\"u\"],"
             "\"false_positives\":[\"f\"],\"routes\":[\"r\"]",
             version);
    assert_string_equal(policy->static_body.ptr, wanted);
}

static void test_plan_build__exceptions(void **state)
{
    static const char documents[] =
        "apiVersion: deltaward/v1\nkind: Exception\nid: night\npolicy: p\nowner: o\nreason: r\n"
        "condition: 'true'\n---\n"
        "apiVersion: deltaward/v1\nkind: Exception\nid: of-another\npolicy: q\nowner: o\n"
        "reason: r\ncondition: 'true'\n---\n"
        "apiVersion: deltaward/v1\nkind: Policy\nid: q\nseverity: low\nmatch: {tables: [t]}\n";
    static const char lines[] =
        "severity: low\nmatch: {tables: [t]}\nvariables: [{name: x, expression: \"op\"}]\n"
        "exceptions: [{name: inline, condition: \"variables.x == 'a'\", owner: a, reason: b, "
        "expires: 2027-01-01}]\n";
    struct loading *loading = *state;
    load(loading, documents, lines);
    const struct plan_policy *policy = &loading->plan->policies[1];
    assert_int_equal(policy->exception_count, 2);
    assert_string_equal(policy->exceptions[0].name.ptr, "inline");
    assert_int_equal(policy->exceptions[0].expires_us, 1798761600000000);
    assert_non_null(policy->exceptions[0].condition);
    assert_string_equal(policy->exceptions[1].name.ptr, "night");
    assert_true(policy->exceptions[1].expires_us == INT64_MAX);
    assert_int_equal(loading->plan->policies[0].exception_count, 1);
}

/* What an edit does to the two hashes of a policy. */
static void test_version__edits(void **state)
{
    struct loading *loading = *state;
    static const char list[] =
        "apiVersion: deltaward/v1\nkind: List\nid: admins\nvalues: [ann]\n---\n"
        "apiVersion: deltaward/v1\nkind: List\nid: other\nvalues: [x]\n---\n"
        "apiVersion: deltaward/v1\nkind: Exception\nid: e\npolicy: p\nowner: o\nreason: r\n"
        "condition: 'true'\n---\n"
        "apiVersion: deltaward/v1\nkind: Definitions\n"
        "definitions: {by_admin: \"op in lists.admins\", unused: 'true'}\n";
    static const char lines[] = "severity: low\nname: N\nmatch: {tables: [t]}\nparams: {n: 1}\n"
                                "condition: defs.by_admin\ntags: [a]\n";
    static const struct {
        const char *from;
        const char *to;
        bool version;
        bool state;
    } edits[] = {
        {"name: N", "name: \"N\" # quoted", false, false},
        {"params: {n: 1}\ncondition: defs.by_admin", "condition: defs.by_admin\nparams: {n: 1}",
         false, false},
        {"name: N", "name: M", true, false},
        {"severity: low", "severity: high", true, false},
        {"tags: [a]", "tags: [b]\nowner: o\nversion: 2", true, false},
        {"tables: [t]", "tables: [u]", true, true},
        {"n: 1", "n: 2", true, true},
        {"condition: defs.by_admin", "condition: \"!defs.by_admin\"", true, true},
        {"[ann]", "[ann, bob]", true, false},
        {"op in lists.admins", "!(op in lists.admins)", true, false},
        {"reason: r", "reason: another", true, false},
        {"[x]", "[y]", false, false},
        {"unused: 'true'", "unused: 'false'", false, false},
    };
    struct plan_policy first = *load(loading, list, lines);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char text[2048];
        snprintf(text, sizeof text, "%s---\n%s%s", list, head, lines);
        char *at = strstr(text, edits[i].from);
        assert_non_null(at);
        char rest[2048];
        snprintf(rest, sizeof rest, "%s", at + strlen(edits[i].from));
        snprintf(at, sizeof text - (size_t)(at - text), "%s%s", edits[i].to, rest);
        const struct plan_policy *policy = &loading_plan(loading, text)->policies[0];
        assert_int_equal(!digest_equals(&policy->version, &first.version), edits[i].version);
        assert_int_equal(!digest_equals(&policy->state_id, &first.state_id), edits[i].state);
    }
}

/* A correlation begins anew when what its policies find is edited, and only then. */
static void test_version__edits_of_policies_that_feed(void **state)
{
    struct loading *loading = *state;
    static const char policies[] =
        "apiVersion: deltaward/v1\nkind: Policy\nid: a\nseverity: low\nmode: signal\n"
        "match: {tables: [t]}\nparams: {n: 1}\ncondition: new.n > params.n\n"
        "variables: [{name: who, expression: new.x}]\n---\n"
        "apiVersion: deltaward/v1\nkind: Policy\nid: c\nseverity: low\n"
        "correlation: {type: event_count, policies: [a], timespan: 5m, condition: {gte: 3},\n"
        "  group_by: [user], aliases: {user: {a: variables.who}}}\n";
    static const struct {
        const char *from;
        const char *to;
        bool version;
        bool state;
    } edits[] = {
        {"mode: signal", "mode: enforce", true, false},
        {"mode: signal", "mode: signal\nname: A\nowner: o\nsuppression: none", true, false},
        {"mode: signal", "mode: signal\nfailure_policy: ignore", true, false},
        {"[t]", "[u]", true, true},
        {"new.n >", "new.n >=", true, true},
        {"n: 1", "n: 2", true, true},
        {"new.x", "new.y", true, true},
        {"{a: variables.who}", "{a: table}", true, true},
        {"gte: 3", "gte: 4", true, true},
        {"kind: Policy\nid: c", "kind: Policy\nname: C\nid: c", true, false},
    };
    struct plan_policy first = loading_plan(loading, policies)->policies[1];
    assert_true(span_equals(first.id, SPAN("c")));
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char text[2048];
        const char *at = strstr(policies, edits[i].from);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - policies), policies, edits[i].to,
                 at + strlen(edits[i].from));
        const struct plan_policy *policy = &loading_plan(loading, text)->policies[1];
        assert_int_equal(!digest_equals(&policy->version, &first.version), edits[i].version);
        assert_int_equal(!digest_equals(&policy->state_id, &first.state_id), edits[i].state);
        const struct plan_feed *feed = &loading->plan->policies[0].feeds[0];
        assert_true(digest_equals(&feed->view->state_id, &policy->state_id));
        assert_int_equal(feed->policy, 1);
    }
}

static struct value param_map(struct loading *loading, const char *policy, const char *param,
                              struct value value)
{
    struct value_entry *inner = arena_alloc(loading->arena, sizeof *inner);
    struct value_entry *outer = arena_alloc(loading->arena, sizeof *outer);
    inner->key = value_string(span_view(param));
    inner->value = value;
    outer->key = value_string(span_view(policy));
    outer->value = (struct value){.kind = VALUE_MAP, .map = {inner, 1}};
    return (struct value){.kind = VALUE_MAP, .map = {outer, 1}};
}

static void test_params__overrides(void **state)
{
    struct loading *loading = *state;
    static const char lines[] = "severity: low\nmatch: {tables: [t]}\nparams: {tolerance: 0.02}\n"
                                "condition: keys.a > params.tolerance\n";
    static const struct {
        const char *policy;
        const char *param;
        bool text;
        const char *said; /* NULL: accepted */
    } cases[] = {
        {"p", "tolerance", false, NULL},
        {"p", "tolerence", false, "the policy 'p' has no param 'tolerence'"},
        {"p", "tolerance", true,
         "the param 'tolerance' of the policy 'p' is a decimal, not a string"},
        {"q", "tolerance", false, "there is no policy 'q'"},
    };
    struct digest plain = load(loading, "", lines)->version;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value value = cases[i].text ? value_string(SPAN("x"))
                                           : value_decimal(decimal_from_int(5));
        struct value params = param_map(loading, cases[i].policy, cases[i].param, value);
        loading->options.params = &params;
        const struct plan_policy *policy = load(loading, "", lines);
        assert_int_equal(policy != NULL, cases[i].said == NULL);
        if (policy) {
            assert_false(digest_equals(&policy->version, &plain));
        } else {
            assert_non_null(strstr(loading_said(loading), cases[i].said));
        }
    }
}

/* The program of a variable's or definition's slot; NULL: the change itself gives it. */
static const struct cel_program *slot_program(const struct plan *plan, uint32_t root,
                                              const char *name)
{
    for (uint32_t i = 0; i < cel_slots_count(plan->slots); i++) {
        struct cel_slot slot = cel_slots_get(plan->slots, i);
        if (slot.root == root && span_equals(slot.member, span_view(name))) {
            return plan->slot_programs[i];
        }
    }
    return NULL;
}

static void test_slot_programs__of_each_policy_its_own(void **state)
{
    struct loading *loading = *state;
    const struct plan *plan = loading_plan(
        loading, "apiVersion: deltaward/v1\nkind: Definitions\n"
                 "definitions: {d: \"keys.a == 1\"}\n---\n"
                 "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: low\n"
                 "variables: [{name: x, expression: variables.y}, "
                 "{name: y, expression: size(op)}]\n"
                 "condition: defs.d && variables.x > 1\n---\n"
                 "apiVersion: deltaward/v1\nkind: Policy\nid: q\nseverity: low\n"
                 "variables: [{name: x, expression: \"table\"}]\ncondition: variables.x == 'a'\n");
    const struct cel_program *first = slot_program(plan, PLAN_ROOT_VARIABLES, "x");
    const struct cel_program *second = slot_program(plan, PLAN_ROOT_VARIABLES + 1, "x");
    assert_int_equal(cel_program_type(first)->kind, CEL_TYPE_INT);
    assert_int_equal(cel_program_type(second)->kind, CEL_TYPE_STRING);
    assert_non_null(slot_program(plan, PLAN_ROOT_DEFS, "d"));
    assert_null(slot_program(plan, PLAN_ROOT_KEYS, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan_build__defaults, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_build__suppression_forms, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_build__exceptions, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_template__parts, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_mask__paths, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_static_body__members, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_version__edits, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_version__edits_of_policies_that_feed, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_params__overrides, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_slot_programs__of_each_policy_its_own, loading_setup,
                                        loading_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
