/* plan_version.c: a policy's version covers all that it reads: its text, definitions, lists,
 * lookups, exceptions and params. */
#include "policy/plan/plan_version.h"

#include "policy/document/correlation_chain.h"
#include "policy/plan/plan_params.h"
#include "policy/plan/version.h"

/* The nodes that make up a policy: its own, and those it mentions, and those these mention. */
struct parts {
    const struct yaml_node **nodes;
    size_t count;
};

static bool mentions(const struct parts *parts, struct span name)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (version_mentions(parts->nodes[i], name)) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct parts *parts, const struct yaml_node *node)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static void add_mentioned(const struct field_records *definitions, struct parts *parts)
{
    const struct named_doc *items = definitions->items;
    for (size_t i = 0; i < definitions->count; i++) {
        const struct yaml_node *node = items[i].expression.node;
        if (node && !holds(parts, node) && mentions(parts, items[i].record.key.text)) {
            parts->nodes[parts->count++] = node;
        }
    }
}

/* Adds the definitions that the parts mention, until none is left. */
static void add_definitions(const struct plan_builder *builder, struct parts *parts)
{
    size_t count = 0;
    const struct definitions_doc *docs = policy_set_definitions(builder->set, &count);
    size_t before;
    do {
        before = parts->count;
        for (size_t i = 0; i < count; i++) {
            add_mentioned(&docs[i].definitions, parts);
        }
    } while (parts->count > before);
}

static void add_exceptions(const struct plan_builder *builder, struct span policy,
                           struct parts *parts)
{
    size_t count = 0;
    const struct exception_doc *docs = policy_set_exceptions(builder->set, &count);
    for (size_t i = 0; i < count; i++) {
        if (span_equals(docs[i].policy.text, policy)) {
            parts->nodes[parts->count++] = docs[i].record.node;
        }
    }
}

/* Lists and lookups: nothing they hold is an expression, so they are added once, last. */
static void add_data(const struct plan_builder *builder, struct parts *parts)
{
    size_t list_count = 0;
    size_t lookup_count = 0;
    const struct list_doc *lists = policy_set_lists(builder->set, &list_count);
    const struct lookup_doc *lookups = policy_set_lookups(builder->set, &lookup_count);
    size_t texts = parts->count;
    for (size_t i = 0; i < list_count; i++) {
        struct parts read = {parts->nodes, texts};
        if (mentions(&read, lists[i].id.text)) {
            parts->nodes[parts->count++] = lists[i].record.node;
        }
    }
    for (size_t i = 0; i < lookup_count; i++) {
        struct parts read = {parts->nodes, texts};
        if (mentions(&read, lookups[i].id.text)) {
            parts->nodes[parts->count++] = lookups[i].record.node;
        }
    }
}

/* The policy itself, every definition, and every document that is no policy: each at most once. */
static size_t nodes_max(const struct plan_builder *builder)
{
    size_t sum = 1;
    size_t count = 0;
    const struct definitions_doc *docs = policy_set_definitions(builder->set, &count);
    for (size_t i = 0; i < count; i++) {
        sum += docs[i].definitions.count;
    }
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        sum += kind == DOCUMENT_POLICY ? 0 : builder->set->documents[kind].count;
    }
    return sum;
}

static struct parts parts_of(const struct plan_builder *builder, const struct policy_doc *doc)
{
    struct parts parts = {arena_array(builder->arena, nodes_max(builder), sizeof *parts.nodes), 0};
    /* in this order: exceptions may mention definitions, and these lists and lookups */
    parts.nodes[parts.count++] = doc->record.node;
    add_exceptions(builder, doc->id.text, &parts);
    add_definitions(builder, &parts);
    add_data(builder, &parts);
    return parts;
}

static void add_params(struct digest_state *state, const struct value *params)
{
    struct buf text = {0};
    version_write_value(params, &text);
    digest_field(state, buf_view(&text));
    buf_deinit(&text);
}

static void add_node(struct digest_state *state, const struct yaml_node *node,
                     const char *const *without, struct arena *scratch)
{
    struct buf text = {0};
    version_write_node(node, without, scratch, &text);
    digest_field(state, buf_view(&text));
    buf_deinit(&text);
}

static void begin_version(struct digest_state *state, const struct plan_builder *builder,
                          const struct policy_doc *doc, const struct value *params)
{
    struct parts parts = parts_of(builder, doc);
    digest_init(state);
    add_params(state, params);
    for (size_t i = 0; i < parts.count; i++) {
        add_node(state, parts.nodes[i], NULL, builder->arena);
    }
}

/* Of the text what stands under other keys than those in `without`. */
static void begin_state(struct digest_state *state, const struct plan_builder *builder,
                        const struct policy_doc *doc, const struct value *params,
                        const char *const *without)
{
    digest_init(state);
    digest_field(state, doc->id.text);
    add_params(state, params);
    add_node(state, doc->record.node, without, builder->arena);
}

void plan_version_of(const struct plan_builder *builder, const struct policy_doc *doc,
                     const struct value *params, struct plan_policy *policy)
{
    struct digest_state state;
    begin_version(&state, builder, doc, params);
    policy->version = digest_finish(&state);
    begin_state(&state, builder, doc, params, version_stateless_keys);
    policy->state_id = digest_finish(&state);
}

static void add_digest(struct digest_state *state, const struct digest *digest)
{
    digest_field(state, span_of((const char *)digest->bytes, DIGEST_BYTES));
}

/* What a policy matches, however that is told. */
static struct digest matches_of(const struct plan_builder *builder, const struct policy_doc *doc)
{
    struct digest_state state;
    struct value params = plan_params_of(builder, doc);
    begin_state(&state, builder, doc, &params, version_unfound_keys);
    return digest_finish(&state);
}

/* What a policy finds: of one with a correlation also by what groups, and what those match that it
 * names. */
static struct digest finds_of(const struct plan_builder *builder, const struct policy_doc *doc)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(builder->set, &count);
    struct correlation_inputs inputs = correlation_inputs_of(&doc->correlation);
    struct digest matches = matches_of(builder, doc);
    struct digest_state state;
    if (!doc->correlation.record.node) {
        return matches;
    }
    digest_init(&state);
    add_digest(&state, &matches);
    if (correlation_groups(doc)->node) {
        add_node(&state, correlation_groups(doc)->node, NULL, builder->arena);
    }
    for (size_t i = 0; i < inputs.count; i++) {
        size_t at = policy_set_find(builder->set, inputs.items[i].policy->text);
        if (at < count) {
            struct digest found = matches_of(builder, &docs[at]);
            add_digest(&state, &found);
        }
    }
    return digest_finish(&state);
}

void plan_version_of_feed(const struct plan_builder *builder, const struct policy_doc *doc,
                          const struct value *params, const struct plan_policy *policies,
                          struct plan_policy *policy)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(builder->set, &count);
    struct correlation_inputs inputs = correlation_inputs_of(&doc->correlation);
    struct digest_state version;
    struct digest_state state;
    begin_version(&version, builder, doc, params);
    begin_state(&state, builder, doc, params, version_stateless_keys);
    for (size_t i = 0; i < inputs.count; i++) {
        size_t at = policy_set_find(builder->set, inputs.items[i].policy->text);
        if (at < count) {
            struct digest finds = finds_of(builder, &docs[at]);
            add_digest(&version, &policies[at].version);
            add_digest(&state, &finds);
        }
    }
    policy->version = digest_finish(&version);
    policy->state_id = digest_finish(&state);
}

struct digest plan_version_revision(const struct plan_builder *builder,
                                    const struct plan_policy *policies, size_t count)
{
    struct digest_state state;
    size_t lookup_count = 0;
    const struct lookup_doc *lookups = policy_set_lookups(builder->set, &lookup_count);
    digest_init(&state);
    for (size_t i = 0; i < count; i++) {
        add_digest(&state, &policies[i].version);
    }
    for (size_t i = 0; i < lookup_count; i++) {
        add_node(&state, lookups[i].record.node, NULL, builder->arena);
    }
    return digest_finish(&state);
}
