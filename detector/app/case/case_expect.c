/* case_expect.c: one comparison for each expectation; every difference becomes a row of key,
 * expected and actual. */
#include "app/case/case_expect.h"

#include "model/json.h"

#include <inttypes.h>

/* What one test may differ in, at most: fixed rows, and one for each masked path and policy. */
enum { FIXED_DIFFERENCES_MAX = 8 };

struct comparison {
    const struct policy_test *test;
    struct span policy_id;
    const struct alert *first; /* the first match of the test's policy; NULL: it did not fire */
    size_t opened;             /* alerts of the test's policy */
    struct value body;         /* of the first */
    struct arena *arena;
    struct case_differences found;
};

static void differ(struct comparison *comparison, struct span key, struct span expected,
                   struct span got)
{
    comparison->found.items[comparison->found.count++] =
        (struct case_difference){key, expected, got};
}

static void compare_text(struct comparison *comparison, struct span key, struct span expected,
                         struct span got)
{
    if (!span_equals(expected, got)) {
        differ(comparison, key, expected, got);
    }
}

static struct span yes_no(bool truth)
{
    return truth ? SPAN("true") : SPAN("false");
}

static struct span text_of(const struct value *value, struct arena *arena)
{
    struct buf text = {0};
    value_write_text(value, &text);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static struct span body_text(const struct comparison *comparison, const char *name)
{
    const struct value *value = comparison->body.kind == VALUE_MAP
                                    ? value_map_get(&comparison->body, span_view(name))
                                    : NULL;
    return value ? text_of(value, comparison->arena) : SPAN("(none)");
}

/* The word before the next dot; *path goes on behind it. */
static struct span next_word(struct span *path)
{
    const char *dot = path->len ? memchr(path->ptr, '.', path->len) : NULL;
    struct span word = span_of(path->ptr, dot ? (size_t)(dot - path->ptr) : path->len);
    size_t used = dot ? word.len + 1 : word.len;
    *path = span_of(path->ptr + used, path->len - used);
    return word;
}

static const struct value *find_change(const struct comparison *comparison, struct span name,
                                       const char *side)
{
    const struct value *changes = value_map_get(&comparison->body, SPAN("changes"));
    for (size_t i = 0; changes && changes->kind == VALUE_LIST && i < changes->list.count; i++) {
        const struct value *change = &changes->list.items[i];
        const struct value *attribute = value_map_get(change, SPAN("attribute"));
        if (attribute && span_equals(attribute->text, name)) {
            return value_map_get(change, span_view(side));
        }
    }
    return NULL;
}

/* What the alert shows under "old.account" or "keys.id". */
static struct span shown_at(const struct comparison *comparison, struct span path)
{
    if (comparison->body.kind != VALUE_MAP) {
        return SPAN("(no alert)");
    }
    struct span root = next_word(&path);
    struct span name = next_word(&path);
    const struct value *at = NULL;
    if (span_equals(root, SPAN("keys"))) {
        const struct value *keys = value_map_get(&comparison->body, SPAN("keys"));
        at = keys && keys->kind == VALUE_MAP ? value_map_get(keys, name) : NULL;
    } else {
        at = find_change(comparison, name,
                         span_equals(root, SPAN("old")) ? "before" : "after");
    }
    while (at && path.len) {
        struct span word = next_word(&path);
        at = at->kind == VALUE_MAP ? value_map_get(at, word) : NULL;
    }
    return at ? text_of(at, comparison->arena) : SPAN("(not shown)");
}

static void compare_masked(struct comparison *comparison)
{
    const struct value *masked = comparison->test->expect.masked;
    for (size_t i = 0; masked && i < masked->map.count; i++) {
        struct span path = masked->map.entries[i].key.text;
        compare_text(comparison,
                     arena_printf(comparison->arena, "masked %.*s", SPAN_ARG(path)),
                     text_of(&masked->map.entries[i].value, comparison->arena),
                     shown_at(comparison, path));
    }
}

static void compare_alert(struct comparison *comparison)
{
    const struct policy_test_expect *expect = &comparison->test->expect;
    const struct alert *first = comparison->first;
    struct span none = SPAN("(no alert)");
    if (expect->severity_given) {
        compare_text(comparison, SPAN("severity"), plan_severity_name(expect->severity),
                     first ? first->signal.severity : none);
    }
    if (expect->title.len) {
        compare_text(comparison, SPAN("title"), expect->title,
                     first ? body_text(comparison, "title") : none);
    }
    if (expect->group.len) {
        compare_text(comparison, SPAN("group"), expect->group,
                     first ? first->signal.group_key : none);
    }
    compare_masked(comparison);
}

static bool may_fire(const struct policy_test_expect *expect, struct span id)
{
    for (size_t i = 0; i < expect->only_count; i++) {
        if (span_equals(expect->only[i], id)) {
            return true;
        }
    }
    return false;
}

/* Other policies that fired although the test does not list them, joined by commas. */
static void compare_only(struct comparison *comparison, const struct case_result *result)
{
    const struct policy_test_expect *expect = &comparison->test->expect;
    struct buf listed = {0};
    struct buf fired = {0};
    for (size_t i = 0; i < expect->only_count; i++) {
        buf_printf(&listed, "%s%.*s", i ? ", " : "", SPAN_ARG(expect->only[i]));
    }
    for (size_t i = 0; i < result->count; i++) {
        struct span id = result->alerts[i].signal.policy_id;
        if (!may_fire(expect, id)) {
            buf_printf(&fired, "%s%.*s", fired.len ? ", " : "", SPAN_ARG(id));
        }
    }
    if (expect->only_given && fired.len) {
        differ(comparison, SPAN("expect_only"), arena_copy(comparison->arena, buf_view(&listed)),
               arena_printf(comparison->arena, "also %.*s", SPAN_ARG(buf_view(&fired))));
    }
    buf_deinit(&listed);
    buf_deinit(&fired);
}

/* A condition without a value is never a silent false. */
static void note_not_evaluable(struct comparison *comparison, const struct alert *alert)
{
    struct json_error error;
    struct value body;
    struct span problem = SPAN("not evaluable");
    if (json_read(alert->signal.body, JSON_NUMBERS_DECIMAL, comparison->arena, &error, &body) ==
            STATUS_OK &&
        body.kind == VALUE_MAP && value_map_get(&body, SPAN("problem"))) {
        problem = text_of(value_map_get(&body, SPAN("problem")), comparison->arena);
    }
    differ(comparison, SPAN("condition"), SPAN("true or false"), problem);
}

/* Picks the first alert of the test's policy and counts them. */
static void look_at_alerts(struct comparison *comparison, const struct case_result *result)
{
    struct json_error error;
    bool noted = false;
    for (size_t i = 0; i < result->count; i++) {
        const struct alert *alert = &result->alerts[i];
        if (!span_equals(alert->signal.policy_id, comparison->policy_id)) {
            continue;
        }
        if (alert->signal.kind == SIGNAL_NOT_EVALUABLE) {
            if (!noted) {
                note_not_evaluable(comparison, alert);
            }
            noted = true;
            continue;
        }
        comparison->opened++;
        comparison->first = comparison->first ? comparison->first : alert;
    }
    if (comparison->first &&
        json_read(comparison->first->signal.body, JSON_NUMBERS_DECIMAL, comparison->arena, &error,
                  &comparison->body) != STATUS_OK) {
        comparison->body = value_null();
    }
}

static void compare_counts(struct comparison *comparison)
{
    const struct policy_test_expect *expect = &comparison->test->expect;
    bool fired = comparison->opened > 0;
    if (expect->fired_given && expect->fired != fired) {
        differ(comparison, SPAN("fired"), yes_no(expect->fired), yes_no(fired));
        if (fired) {
            differ(comparison, SPAN("alert"), SPAN("(none)"), body_text(comparison, "title"));
        }
    }
    if (expect->count >= 0 && (size_t)expect->count != comparison->opened) {
        differ(comparison, SPAN("count"),
               arena_printf(comparison->arena, "%" PRId64, expect->count),
               arena_printf(comparison->arena, "%zu", comparison->opened));
    }
}

struct case_differences case_compare(const struct plan *plan, const struct policy_test *test,
                                     const struct case_result *result, struct arena *arena)
{
    size_t masked = test->expect.masked ? test->expect.masked->map.count : 0;
    struct comparison comparison = {
        .test = test,
        .policy_id = plan->policies[test->policy].id,
        .body = value_null(),
        .arena = arena,
        .found.items = arena_array(arena, FIXED_DIFFERENCES_MAX + masked,
                                   sizeof(struct case_difference)),
    };
    if (result->refused.len) {
        differ(&comparison, SPAN("test"), SPAN("runs"), result->refused);
        return comparison.found;
    }
    look_at_alerts(&comparison, result);
    compare_counts(&comparison);
    compare_alert(&comparison);
    compare_only(&comparison, result);
    return comparison.found;
}
