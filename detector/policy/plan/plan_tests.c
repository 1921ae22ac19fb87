/* plan_tests.c: events, rows and expectations as values that outlive the YAML. */
#include "policy/plan/plan_tests.h"

#include "policy/document/correlation_inputs.h"
#include "policy/plan/plan_owner.h"

/* Places outlive the plan's diagnostics, so they name the file and leave its text out. */
static struct place place_of(const struct plan_builder *builder, const struct yaml_node *node)
{
    struct place place = yaml_place(node);
    place.file = arena_copy(builder->arena, place.file);
    place.source = (struct span){0};
    return place;
}

/* NULL when it was not given, or is no value: then that was reported. */
static const struct value *value_of(const struct plan_builder *builder,
                                    const struct yaml_node *node)
{
    struct value *value = arena_alloc(builder->arena, sizeof *value);
    bool given = node && yaml_value(node, builder->arena, builder->diags, value) == STATUS_OK;
    return given ? value : NULL;
}

static void build_events(const struct plan_builder *builder, const struct test_doc *doc,
                         struct policy_test *test)
{
    const struct test_event_doc *docs = doc->events.items;
    struct policy_test_event *events =
        arena_array(builder->arena, doc->events.count, sizeof *events);
    for (size_t i = 0; i < doc->events.count; i++) {
        events[i] = (struct policy_test_event){
            .at_us = docs[i].at.number,
            .op = (enum change_op)docs[i].op.value,
            .table = docs[i].table.text,
            .ttl_expiry = docs[i].ttl.truth,
            .keys = value_of(builder, docs[i].keys),
            .old_image = value_of(builder, docs[i].old_image),
            .new_image = value_of(builder, docs[i].new_image),
            .api_call = value_of(builder, docs[i].api_call),
            .place = place_of(builder, docs[i].record.node),
        };
    }
    test->events = events;
    test->event_count = doc->events.count;
}

/* A policy may have lookups of its own under the same id, so one id may stand for several. */
static size_t add_lookups(const struct plan_builder *builder, const struct yaml_entry *entry,
                          struct policy_test_lookup *lookups)
{
    size_t count = 0;
    const struct value *rows = value_of(builder, entry->value);
    for (uint32_t i = 0; rows && i < builder->lookup_count; i++) {
        if (span_equals(builder->lookups[i].id, entry->key->text)) {
            lookups[count++] =
                (struct policy_test_lookup){i, *rows, place_of(builder, entry->value)};
        }
    }
    return count;
}

static void build_lookups(const struct plan_builder *builder, const struct test_doc *doc,
                          struct policy_test *test)
{
    size_t given = doc->lookups ? doc->lookups->count : 0;
    struct policy_test_lookup *lookups =
        arena_array(builder->arena, given ? builder->lookup_count : 0, sizeof *lookups);
    size_t count = 0;
    for (size_t i = 0; i < given; i++) {
        count += add_lookups(builder, &doc->lookups->entries[i], lookups + count);
    }
    test->lookups = lookups;
    test->lookup_count = count;
}

static void build_expect(const struct plan_builder *builder, const struct expect_doc *doc,
                         struct policy_test_expect *expect)
{
    struct span *only = arena_array(builder->arena, doc->expect_only.count, sizeof *only);
    for (size_t i = 0; i < doc->expect_only.count; i++) {
        only[i] = doc->expect_only.items[i].text;
    }
    *expect = (struct policy_test_expect){
        .fired_given = doc->fired.node != NULL,
        .fired = doc->fired.truth,
        .count = doc->count.node ? doc->count.number : -1,
        .severity_given = doc->severity.node != NULL,
        .severity = (enum plan_severity)doc->severity.value,
        .title = doc->title.text,
        .group = doc->group.text,
        .masked = value_of(builder, doc->masked),
        .only = only,
        .only_count = doc->expect_only.count,
        .only_given = doc->expect_only.node != NULL,
    };
}

/* A name that the glob matches: "orders*" gives "orders". */
static struct span name_of_glob(struct span glob, struct arena *arena)
{
    char *name = arena_alloc(arena, glob.len + 1);
    size_t length = 0;
    for (size_t i = 0; i < glob.len; i++) {
        if (glob.ptr[i] != '*') {
            name[length++] = glob.ptr[i] == '?' ? 'x' : glob.ptr[i];
        }
    }
    return length ? span_of(name, length) : SPAN("table");
}

/* Empty when there is none. */
static struct span first_exact(const struct field_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct span text = texts->items[i].text;
        if (!memchr(text.ptr, '*', text.len) && !memchr(text.ptr, '?', text.len)) {
            return text;
        }
    }
    return span_of(NULL, 0);
}

static struct span default_table(const struct policy_doc *policy, struct arena *arena)
{
    size_t count = policy->match.tables.count;
    struct span exact = first_exact(&policy->match.tables);
    if (exact.len) {
        return exact;
    }
    return count ? name_of_glob(policy->match.tables.items[0].text, arena) : SPAN("table");
}

/* The policy that events are by default for: of one over others' findings the first of those, and
 * of these, as deep as there may be some. NULL: it says nothing of what it is for. */
static const struct policy_doc *first_match(const struct plan_builder *builder,
                                            const struct policy_doc *policy, int depth)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(builder->set, &count);
    struct correlation_inputs inputs = correlation_inputs_of(&policy->correlation);
    const struct policy_doc *found = NULL;
    if (policy->match.tables.count || policy->match.services.count) {
        return policy;
    }
    for (size_t i = 0; i < inputs.count && depth > 0 && !found; i++) {
        size_t at = policy_set_find(builder->set, inputs.items[i].policy->text);
        found = at < count ? first_match(builder, &docs[at], depth - 1) : NULL;
    }
    return found;
}

static const struct policy_doc *looks_at(const struct plan_builder *builder,
                                         const struct policy_doc *policy)
{
    const struct policy_doc *found = first_match(builder, policy, 2);
    return found ? found : policy;
}

static void build_test(const struct plan_builder *builder, const struct policy_doc *policy,
                       const struct test_doc *doc, struct policy_test *test)
{
    const struct policy_doc *subject = looks_at(builder, policy);
    test->name = doc->name.text;
    test->place = place_of(builder, doc->record.node);
    test->table = default_table(subject, builder->arena);
    test->service = first_exact(&subject->match.services);
    build_lookups(builder, doc, test);
    build_events(builder, doc, test);
    build_expect(builder, &doc->expect, &test->expect);
}

void plan_tests_build(const struct plan_builder *builder, struct plan *plan)
{
    size_t policy_count = 0;
    size_t capacity = 0;
    const struct policy_doc *policies = policy_set_policies(builder->set, &policy_count);
    for (size_t i = 0; i < policy_count; i++) {
        capacity += policies[i].tests.count;
    }
    struct policy_test *tests = arena_array(builder->arena, capacity, sizeof *tests);
    size_t count = 0;
    for (uint32_t i = 0; i < policy_count; i++) {
        const struct test_doc *docs = policies[i].tests.items;
        for (size_t k = 0; k < policies[i].tests.count; k++) {
            tests[count].policy = i;
            build_test(builder, &policies[i], &docs[k], &tests[count++]);
        }
    }
    plan->owner->tests = tests;
    plan->owner->test_count = count;
}
