/* correlation_inputs.c: a policy that correlates others has nothing to look at itself: every key
 * that would say what is told to stand in the policies it names. */
#include "policy/document/correlation_inputs.h"

#include "policy/document/correlation_chain.h"
#include "policy/document/policy_check.h"
#include "policy/document/report.h"

static const struct span NO_HINT = {0};

/* Where the inputs of one correlation or part go. */
struct gathering {
    struct correlation_inputs *inputs;
    uint32_t end;   /* of this one's */
    uint32_t first; /* the number of its first */
    uint32_t part;
    bool counted;   /* each has a number of its own */
};

static void add_input(struct gathering *gathering, const struct field_text *policy, uint32_t min)
{
    struct correlation_inputs *inputs = gathering->inputs;
    if (inputs->count < gathering->end) {
        uint32_t place = inputs->count + CORRELATION_INPUTS_MAX - gathering->end;
        inputs->items[inputs->count++] = (struct correlation_input){
            policy, min, gathering->first + (gathering->counted ? place : 0), gathering->part};
    }
}

static void add_texts(struct gathering *gathering, const struct field_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        add_input(gathering, &texts->items[i], 1);
    }
}

static void add_steps(struct gathering *gathering, const struct field_records *steps)
{
    const struct correlation_step_doc *docs = steps->items;
    for (size_t i = 0; i < steps->count; i++) {
        if (docs[i].policy.node) {
            add_input(gathering, &docs[i].policy, (uint32_t)docs[i].min.number);
        }
    }
}

/* Adds those of one correlation or part; gives the number behind its last. */
static uint32_t gather(struct correlation_inputs *inputs, const struct correlation_doc *doc,
                       uint32_t part, uint32_t first)
{
    const struct correlation rule = {.type = (enum correlation_type)doc->type.value};
    uint32_t before = inputs->count;
    struct gathering gathering = {inputs, before + CORRELATION_INPUTS_MAX, first, part,
                                  correlation_has_inputs(&rule)};
    add_texts(&gathering, &doc->policies);
    uint32_t named = inputs->count;
    add_texts(&gathering, &doc->without);
    inputs->without = inputs->count - named;
    add_steps(&gathering, &doc->steps);
    return first + (gathering.counted ? inputs->count - before : 1);
}

struct correlation_inputs correlation_inputs_of(const struct correlation_doc *doc)
{
    struct correlation_inputs inputs = {0};
    const struct correlation_doc *parts = doc->all.items;
    uint32_t next = 0;
    if (!doc->all.node) {
        (void)gather(&inputs, doc, 0, 0);
        return inputs;
    }
    for (uint32_t i = 0; i < doc->all.count && i < CORRELATION_PARTS_MAX; i++) {
        next = gather(&inputs, &parts[i], i, next);
    }
    return inputs;
}

void correlation_inputs_write(const struct correlation_doc *doc, struct correlation *out)
{
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    out->input_count = inputs.count;
    out->without_count = inputs.without;
    for (size_t i = 0; i < inputs.count; i++) {
        out->mins[i] = inputs.items[i].min;
    }
}

bool correlation_is_over_policies(const struct correlation_doc *doc)
{
    const struct yaml_node *node = doc->record.node;
    const struct correlation_doc *parts = doc->all.items;
    for (size_t i = 0; i < doc->all.count; i++) {
        if (correlation_is_over_policies(&parts[i])) {
            return true;
        }
    }
    return node && node->kind == YAML_KIND_MAP &&
           (yaml_get(node, "policies") || yaml_get(node, "without") || yaml_get(node, "steps"));
}

const struct yaml_node *correlation_alias_for(const struct yaml_node *alias, struct span policy)
{
    for (size_t i = 0; alias->kind == YAML_KIND_MAP && i < alias->count; i++) {
        if (span_equals(alias->entries[i].key->text, policy)) {
            return alias->entries[i].value;
        }
    }
    return NULL;
}

/* -- keys */

/* What the policy itself would look at. */
static void check_own_keys(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct {
        const char *key;
        const struct yaml_node *node;
        struct span hint;
    } own[] = {
        {"match", policy->match.record.node, SPAN("each of the policies has its own")},
        {"condition", policy->condition.node, SPAN("each of the policies has its own")},
        {"attributes", policy->attributes.node, SPAN("those of the policies count")},
        {"variables", policy->variables.node,
         SPAN("variables.NAME means that of the policy whose finding is looked at")},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (own[i].node) {
            report_error(set->diags, yaml_place(own[i].node), own[i].hint,
                         "a correlation over other policies' findings goes without '%s'",
                         own[i].key);
        }
    }
}

void policy_check_inputs_needed(const struct policy_set *set, const struct correlation_doc *doc)
{
    const struct {
        int type;
        const char *key;
        size_t count;
        size_t wanted;
        struct span hint;
    } needs[] = {
        {CORRELATION_TEMPORAL, "policies", doc->policies.count, 2, SPAN("write policies: [a, b]")},
        {CORRELATION_TEMPORAL_ORDERED, "steps", doc->steps.count, 2,
         SPAN("write steps: [{policy: a}, {policy: b}]")},
        {CORRELATION_ABSENCE, "policies", doc->policies.count, 1, SPAN("write policies: [a]")},
        {CORRELATION_ABSENCE, "without", doc->without.count, 1, SPAN("write without: [b]")},
    };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        const struct yaml_node *node = yaml_get(doc->record.node, needs[i].key);
        if (needs[i].type != doc->type.value || needs[i].count >= needs[i].wanted) {
            continue;
        }
        if (!node) {
            report_error(set->diags, yaml_place(doc->record.node), needs[i].hint,
                         "'%s' is missing in a correlation of type %.*s", needs[i].key,
                         SPAN_ARG(doc->type.node->text));
        } else if (needs[i].count > 0) { /* an empty list was refused already */
            report_error(set->diags, yaml_place(node), needs[i].hint,
                         "'type: %.*s' takes %zu '%s' or more", SPAN_ARG(doc->type.node->text),
                         needs[i].wanted, needs[i].key);
        }
    }
}

/* -- the policies named */

static const struct policy_doc *find_policy(const struct policy_set *set, struct span id)
{
    size_t at = policy_set_find(set, id);
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(set, &count);
    return at < count ? &docs[at] : NULL;
}

/* The way from one policy to another through what correlations name; each is passed once. */
struct way {
    const struct policy_set *set;
    struct span to;
    bool *passed; /* by policy of the set */
    struct span *ids;
    size_t count;
};

static bool find_way(struct way *way, struct span from)
{
    size_t at = policy_set_find(way->set, from);
    const struct policy_doc *doc = find_policy(way->set, from);
    if (!doc || way->passed[at]) {
        return false;
    }
    way->passed[at] = true;
    way->ids[way->count++] = from;
    struct correlation_inputs inputs = correlation_inputs_of(&doc->correlation);
    for (size_t i = 0; i < inputs.count; i++) {
        struct span next = inputs.items[i].policy->text;
        if (span_equals(next, way->to) || find_way(way, next)) {
            return true;
        }
    }
    way->count--;
    return false;
}

/* The input must not lead back to the policy. */
static void check_circle(const struct policy_set *set, const struct policy_doc *policy,
                         const struct field_text *input)
{
    size_t count = 0;
    policy_set_policies(set, &count);
    struct way way = {
        .set = set,
        .to = policy->id.text,
        .passed = arena_array(set->arena, count, sizeof *way.passed),
        .ids = arena_array(set->arena, count, sizeof *way.ids),
    };
    if (!find_way(&way, input->text)) {
        return;
    }
    struct buf chain = {0};
    buf_append(&chain, policy->id.text);
    for (size_t i = 0; i < way.count; i++) {
        buf_printf(&chain, " -> %.*s", SPAN_ARG(way.ids[i]));
    }
    buf_printf(&chain, " -> %.*s", SPAN_ARG(policy->id.text));
    report_error(set->diags, yaml_place(input->node),
                 SPAN("one of them must do without the others"),
                 "correlations go round in a circle: %s", chain.ptr);
    buf_deinit(&chain);
}

static void check_input(const struct policy_set *set, const struct policy_doc *policy,
                        const struct field_text *input)
{
    const struct policy_doc *named = find_policy(set, input->text);
    if (span_equals(input->text, policy->id.text)) {
        report_error(set->diags, yaml_place(input->node),
                     SPAN("over its own matches a correlation goes without 'policies'"),
                     "a policy cannot watch its own findings");
    } else if (!named) {
        policy_check_reference(set, input->node, DOCUMENT_POLICY);
    } else {
        check_circle(set, policy, input);
    }
}

/* Each is one input: a finding that is of two steps would follow itself. */
static void check_twice(const struct policy_set *set, const struct correlation_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct field_text *input = inputs->items[i].policy;
            if (span_equals(input->text, inputs->items[k].policy->text)) {
                report_error(set->diags, yaml_place(input->node), NO_HINT,
                             "the policy '%.*s' is named twice",
                             SPAN_ARG(report_cut(input->text)));
                break;
            }
        }
    }
}

static bool is_off(const struct policy_doc *policy)
{
    return policy->mode.value == PLAN_MODE_SHADOW || policy->mode.value == PLAN_MODE_DISABLED;
}

/* What never comes is always missing. */
static void check_without(const struct policy_set *set, const struct policy_doc *policy,
                          const struct correlation_doc *doc)
{
    const struct field_texts *without = &doc->without;
    for (size_t i = 0; i < without->count && !is_off(policy); i++) {
        const struct policy_doc *named = find_policy(set, without->items[i].text);
        if (named && is_off(named)) {
            report_error(set->diags, yaml_place(without->items[i].node),
                         SPAN("mode: signal feeds correlations and alerts nobody"),
                         "'%.*s' has mode %.*s: its findings would always be missing",
                         SPAN_ARG(without->items[i].text), SPAN_ARG(named->mode.node->text));
        }
    }
}

/* What the policies look at; of those over others' findings these, as deep as there may be some. */
static void see_sources(const struct policy_set *set, const struct correlation_inputs *inputs,
                        int depth, bool *seen)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const struct policy_doc *named = find_policy(set, inputs->items[i].policy->text);
        if (depth > 0 && named && correlation_is_over_policies(&named->correlation)) {
            struct correlation_inputs further = correlation_inputs_of(&named->correlation);
            see_sources(set, &further, depth - 1, seen);
        } else {
            seen[named ? named->match.source.value : PLAN_SOURCE_JOINED] = true;
        }
    }
}

/* By default groups are items, or what a call was and who made it. */
static void check_group_by(const struct policy_set *set, const struct policy_doc *policy,
                           const struct correlation_inputs *inputs)
{
    bool seen[PLAN_SOURCE_JOINED + 1] = {false};
    see_sources(set, inputs, 1, seen);
    if (seen[PLAN_SOURCE_ITEM_CHANGE] && seen[PLAN_SOURCE_API_CALL] &&
        !yaml_get(policy->correlation.record.node, "group_by") &&
        !policy->suppression.group_by.node) {
        report_error(set->diags, yaml_place(policy->correlation.record.node),
                     SPAN("add group_by; 'aliases' name what is called differently in each"),
                     "by default changes of items and API calls never share a group");
    }
}

/* -- aliases */

/* True when it is one of the inputs. */
static bool is_input(const struct correlation_inputs *inputs, struct span policy)
{
    bool found = false;
    for (size_t i = 0; i < inputs->count && !found; i++) {
        found = span_equals(inputs->items[i].policy->text, policy);
    }
    return found;
}

static void check_alias_entry(const struct policy_set *set,
                              const struct correlation_inputs *inputs,
                              const struct yaml_entry *entry)
{
    struct span names[CORRELATION_INPUTS_MAX];
    for (size_t i = 0; i < inputs->count; i++) {
        names[i] = inputs->items[i].policy->text;
    }
    if (!is_input(inputs, entry->key->text)) {
        report_error(set->diags, yaml_place(entry->key),
                     report_nearest(set->diags, entry->key->text, names, inputs->count),
                     "the correlation names no policy '%.*s'",
                     SPAN_ARG(report_cut(entry->key->text)));
    }
    if (entry->value->kind != YAML_KIND_SCALAR || entry->value->text.len == 0) {
        report_error(set->diags, yaml_place(entry->value), NO_HINT,
                     "expected an expression, not %s", yaml_describe(entry->value));
    }
}

static void check_alias(const struct policy_set *set, const struct correlation_inputs *inputs,
                        const struct yaml_entry *alias)
{
    if (!fields_is_identifier(alias->key->text)) {
        report_error(set->diags, yaml_place(alias->key),
                     SPAN("letters, digits and '_', beginning with no digit"),
                     "expected a name that expressions can say, not '%.*s'",
                     SPAN_ARG(report_cut(alias->key->text)));
    }
    if (alias->value->kind != YAML_KIND_MAP) {
        report_error(set->diags, yaml_place(alias->value),
                     SPAN("write user: {policy-a: actor.principal, policy-b: new.email}"),
                     "an alias has an expression for each policy");
        return;
    }
    for (size_t i = 0; i < alias->value->count; i++) {
        check_alias_entry(set, inputs, &alias->value->entries[i]);
    }
    for (size_t i = 0; i < inputs->count; i++) {
        struct span policy = inputs->items[i].policy->text;
        if (!correlation_alias_for(alias->value, policy)) {
            report_error(set->diags, yaml_place(alias->key), NO_HINT,
                         "the alias '%.*s' has no expression for the policy '%.*s'",
                         SPAN_ARG(report_cut(alias->key->text)), SPAN_ARG(report_cut(policy)));
            return;
        }
    }
}

static void check_aliases(const struct policy_set *set, const struct correlation_doc *doc,
                          const struct correlation_inputs *inputs)
{
    for (size_t i = 0; doc->aliases && i < doc->aliases->count; i++) {
        check_alias(set, inputs, &doc->aliases->entries[i]);
    }
}

/* -- all of it */

/* The policies that a correlation without parts, or a part, names. */
static void check_named(const struct policy_set *set, const struct policy_doc *policy,
                        const struct correlation_doc *doc)
{
    struct correlation_inputs inputs = {0};
    (void)gather(&inputs, doc, 0, 0);
    if (doc->policies.count + doc->without.count > CORRELATION_INPUTS_MAX) {
        report_error(set->diags, yaml_place(doc->without.node), NO_HINT,
                     "a correlation names at most %d policies", CORRELATION_INPUTS_MAX);
    }
    for (size_t i = 0; i < inputs.count; i++) {
        check_input(set, policy, inputs.items[i].policy);
    }
    check_twice(set, &inputs);
    check_without(set, policy, doc);
}

void policy_check_inputs(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct correlation_doc *doc = &policy->correlation;
    const struct correlation_doc *parts = doc->all.items;
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    if (!correlation_is_over_policies(doc)) {
        if (doc->aliases) {
            report_error(set->diags, yaml_place(doc->aliases), SPAN("write the expression itself"),
                         "'aliases' goes with 'policies' or 'steps'");
        }
        return;
    }
    size_t errors = set->diags->errors;
    check_own_keys(set, policy);
    check_named(set, policy, doc);
    for (size_t i = 0; i < doc->all.count; i++) {
        check_named(set, policy, &parts[i]);
    }
    if (set->diags->errors == errors) { /* they do not go round in a circle */
        check_group_by(set, policy, &inputs);
        policy_check_chain(set, policy);
    }
    check_aliases(set, doc, &inputs);
}

void policy_lint_inputs(const struct policy_set *set, const struct policy_doc *policy)
{
    struct correlation_inputs inputs = correlation_inputs_of(&policy->correlation);
    for (size_t i = 0; i < inputs.count && !is_off(policy); i++) {
        const struct field_text *input = inputs.items[i].policy;
        const struct policy_doc *named = find_policy(set, input->text);
        if (named && is_off(named)) {
            report_warning(set->diags, "feeds-nothing", yaml_place(input->node),
                           SPAN("mode: signal feeds correlations and alerts nobody"),
                           "'%.*s' has mode %.*s: its findings are not correlated",
                           SPAN_ARG(input->text), SPAN_ARG(named->mode.node->text));
        }
    }
}
