/* build_logic.c: &&, || and ?: become closures. Where a constant decides, the other side, with its
 * mistakes, does not count. */
#include "cel/run/build.h"

#include "cel/library/library_functions.h"

/* --- parts that may not count --- */

/* A side of && or ||, a branch of ?:, with what it added to the builder. */
struct part {
    struct closure *closure;
    struct cel_issues issues;
    uint64_t unknowns;
    uint32_t outermost;
};

static struct part build_part(struct builder *builder, const struct cel_node *node)
{
    struct part part = {.issues = cel_issues_in(builder->arena)};
    struct cel_issues *issues = builder->issues;
    uint64_t unknowns = builder->unknowns;
    uint32_t outermost = builder->outermost;
    builder->issues = &part.issues;
    builder->outermost = BUILD_LOCAL_NONE;
    builder->forgiving++;
    part.closure = build_node(builder, node);
    builder->forgiving--;
    part.unknowns = builder->unknowns - unknowns;
    part.outermost = builder->outermost;
    builder->issues = issues;
    builder->unknowns = unknowns;
    builder->outermost = outermost;
    return part;
}

/* The part counts. */
static void keep(struct builder *builder, const struct part *part)
{
    for (size_t i = 0; i < part->issues.count; i++) {
        const struct cel_issue *issue = &part->issues.items[i];
        cel_issue_add(builder->issues, issue->warning, issue->offset, issue->length, issue->hint,
                      "%.*s", SPAN_ARG(issue->message));
    }
    builder->unknowns += part->unknowns;
    if (part->outermost < builder->outermost) {
        builder->outermost = part->outermost;
    }
}

static bool is_constant_bool(const struct closure *closure, bool wanted)
{
    return closure->constant && closure->constant->kind == VALUE_BOOL &&
           closure->constant->boolean == wanted;
}

/* --- && and || --- */

/* A side that gives a truth or an error, never another kind of value. */
static bool gives_truth(const struct closure *closure)
{
    return closure->value == closure_value_from_truth;
}

static struct closure *decided(struct builder *builder, struct closure *closure, bool truth)
{
    struct value value = value_bool(truth);
    struct closure *constant = closure_constant(builder->arena, &value);
    if (builder->generic) {
        closure->constant = constant->constant;
        return closure;
    }
    return constant;
}

/* `decider`: false for &&, true for ||. */
static struct closure *build_pair(struct builder *builder, const struct cel_node *node,
                                  bool decider)
{
    struct part left = build_part(builder, node->arguments[0]);
    struct part right = build_part(builder, node->arguments[1]);
    struct closure *both = decider ? closure_or(builder->arena, left.closure, right.closure)
                                   : closure_and(builder->arena, left.closure, right.closure);
    if (is_constant_bool(left.closure, decider) || is_constant_bool(right.closure, decider)) {
        return decided(builder, both, decider);
    }
    keep(builder, &left);
    keep(builder, &right);
    if (builder->generic) {
        return both;
    }
    if (is_constant_bool(left.closure, !decider) && gives_truth(right.closure)) {
        return right.closure;
    }
    bool left_alone = is_constant_bool(right.closure, !decider) && gives_truth(left.closure);
    return left_alone ? left.closure : both;
}

/* --- alternatives: a ? b : c, orValue, coalesce --- */

const struct closure *build_exact(const struct closure *closure)
{
    return closure->exact ? closure->exact : closure;
}

bool build_any_attribute(const struct closure *const *alternatives, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (alternatives[i]->attribute) {
            return true;
        }
    }
    return false;
}

/* A literal that stands in for an attribute is a decimal, as the attribute would be: else an absent
 * attribute would change the kind of number, and what is computed from it would fail. */
static const struct closure *as_attribute(struct builder *builder, const struct closure *closure)
{
    struct decimal number;
    if (!closure->constant || !closure_exact_number(closure, &number)) {
        return closure;
    }
    if (builder->generic) {
        const struct closure *literal = build_exact(closure);
        struct closure *call =
            closure_library_call(builder->arena, library_decimal, &literal, 1);
        return build_folded(builder, call);
    }
    struct value exact = value_decimal(number);
    return closure_constant(builder->arena, &exact);
}

void build_unify(struct builder *builder, const struct closure **alternatives, size_t count)
{
    if (build_any_attribute(alternatives, count)) {
        for (size_t i = 0; i < count; i++) {
            alternatives[i] = as_attribute(builder, alternatives[i]);
        }
    }
}

/* The closure of `condition ? branches[0] : branches[1]`. */
static struct closure *choice_of(struct builder *builder, const struct closure *condition,
                                 const struct closure *const *branches)
{
    struct closure *choice =
        closure_choice(builder->arena, condition, branches[0], branches[1]);
    choice->attribute = build_any_attribute(branches, 2);
    if (branches[0]->exact || branches[1]->exact) {
        choice->exact = closure_choice(builder->arena, condition, build_exact(branches[0]),
                                       build_exact(branches[1]));
    }
    return choice;
}

/* The condition is constant: so is the choice, where its branch is. */
static struct closure *constant_choice(struct builder *builder, struct closure *choice,
                                       const struct closure *chosen)
{
    if (choice->exact) {
        choice->exact = build_exact(chosen);
    }
    if (builder->generic) {
        choice->constant = chosen->constant;
        return choice;
    }
    struct closure *constant = closure_constant(builder->arena, chosen->constant);
    constant->exact = choice->exact;
    constant->attribute = choice->attribute;
    return constant;
}

static struct closure *build_taken(struct builder *builder, struct closure *choice,
                                   const struct closure *taken, const struct part *part)
{
    if (taken->constant) {
        return constant_choice(builder, choice, taken);
    }
    bool alone = !builder->generic && taken == part->closure &&
                 taken->attribute == choice->attribute;
    return alone ? part->closure : choice;
}

static struct closure *build_choice(struct builder *builder, const struct cel_node *node)
{
    const struct closure *condition = build_node(builder, node->arguments[0]);
    struct part parts[2] = {build_part(builder, node->arguments[1]),
                            build_part(builder, node->arguments[2])};
    const struct closure *branches[2] = {parts[0].closure, parts[1].closure};
    build_unify(builder, branches, 2);
    struct closure *choice = choice_of(builder, condition, branches);
    bool known = is_constant_bool(condition, true) || is_constant_bool(condition, false);
    if (known) {
        size_t taken = condition->constant->boolean ? 0 : 1;
        keep(builder, &parts[taken]);
        return build_taken(builder, choice, branches[taken], &parts[taken]);
    }
    keep(builder, &parts[0]);
    keep(builder, &parts[1]);
    return choice;
}

struct closure *build_logic(struct builder *builder, const struct cel_node *node)
{
    if (node->argument_count == 2 && cel_node_is_call(node, SPAN(CEL_OPERATOR_AND))) {
        return build_pair(builder, node, false);
    }
    if (node->argument_count == 2 && cel_node_is_call(node, SPAN(CEL_OPERATOR_OR))) {
        return build_pair(builder, node, true);
    }
    bool is_choice =
        node->argument_count == 3 && cel_node_is_call(node, SPAN(CEL_OPERATOR_CONDITIONAL));
    return is_choice ? build_choice(builder, node) : NULL;
}
