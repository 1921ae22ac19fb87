/* settle.c: from the whole inwards, as long as a part takes its result from another one. */
#include "cel/explain/settle.h"

static bool mark(const struct part *part, struct scope_record *scope);

static bool is_error(const struct part_record *record)
{
    return record->reached && record->value.kind == VALUE_ERROR;
}

static bool is_bool(const struct part_record *record, bool truth)
{
    return record->reached && record->value.kind == VALUE_BOOL && record->value.boolean == truth;
}

static bool mark_itself(const struct part *part, struct scope_record *scope)
{
    record_of(scope, part)->decides = true;
    return true;
}

const struct kept *settle_elements(const struct part_record *record)
{
    bool error = is_error(record);
    if (record->settled.count && (record->decided || error)) {
        return &record->settled;
    }
    return record->chosen.count ? &record->chosen : &record->first;
}

bool settle_reached(const struct part *part, struct scope_record *scope)
{
    if (record_of(scope, part)->reached) {
        return true;
    }
    const struct part *outer = part->outer;
    bool lazy = outer && (outer->kind == PART_AND || outer->kind == PART_OR ||
                          outer->kind == PART_CHOICE || part->in_body);
    return part->constant && outer && !lazy && settle_reached(outer, scope);
}

/* Chains of one operator are one part with several below it. */
static bool is_chained(const struct part *chain, const struct part *operand)
{
    return operand->kind == chain->kind;
}

/* The first operand of a chain that failed. */
static bool mark_first_error(const struct part *chain, struct scope_record *scope)
{
    for (const struct part *part = chain->inner; part; part = part->next) {
        if (is_error(record_of(scope, part))) {
            return mark(part, scope);
        }
    }
    return false;
}

/* All, or the first whose truth is `wanted`. */
static bool mark_operands(const struct part *chain, struct scope_record *scope, bool wanted,
                          bool all)
{
    bool marked = false;
    for (const struct part *part = chain->inner; part && (all || !marked); part = part->next) {
        struct part_record *record = record_of(scope, part);
        if (!is_bool(record, wanted)) {
            continue;
        }
        marked |= is_chained(chain, part) ? mark_operands(part, scope, wanted, all)
                                          : mark(part, scope);
    }
    return marked;
}

static bool mark_chain(const struct part *chain, struct scope_record *scope)
{
    const struct part_record *record = record_of(scope, chain);
    if (is_error(record)) {
        return mark_first_error(chain, scope);
    }
    bool truth = record->value.kind == VALUE_BOOL && record->value.boolean;
    bool one_decides = truth == (chain->kind == PART_OR);
    return mark_operands(chain, scope, truth, !one_decides);
}

/* The branch that was taken; a literal has no part, and then its condition decides. */
static bool mark_choice(const struct part *choice, struct scope_record *scope)
{
    const struct cel_node *const *parts = (const struct cel_node *const *)choice->node->arguments;
    const struct part *condition = NULL;
    for (const struct part *part = choice->inner; part; part = part->next) {
        condition = part->node == parts[0] ? part : condition;
        if (part->node != parts[0] && record_of(scope, part)->reached) {
            return mark(part, scope);
        }
    }
    return condition && mark(condition, scope);
}

static bool mark_element(const struct part *loop, struct scope_record *element)
{
    for (const struct part *part = loop->inner; part; part = part->next) {
        if (part->in_body && record_of(element, part)->reached &&
            (loop->filter != part || is_error(record_of(element, part)))) {
            return mark(part, element);
        }
    }
    element->decides = true;
    return true;
}

static bool mark_loop(const struct part *loop, struct scope_record *scope)
{
    const struct part_record *record = record_of(scope, loop);
    const struct kept *kept = settle_elements(record);
    if (kept == &record->settled) {
        return mark_element(loop, kept->items[0]);
    }
    return is_error(record) && mark_first_error(loop, scope);
}

static bool mark_inside(const struct part *part, struct scope_record *scope)
{
    switch (part->kind) {
    case PART_AND:
    case PART_OR: return mark_chain(part, scope);
    case PART_CHOICE: return mark_choice(part, scope);
    case PART_LOOP: return mark_loop(part, scope);
    case PART_NOT: return part->inner && mark(part->inner, scope);
    case PART_OTHER:
    case PART_PATH: break;
    }
    return is_error(record_of(scope, part)) && mark_first_error(part, scope);
}

/* True: this part or one inside is marked. */
static bool mark(const struct part *part, struct scope_record *scope)
{
    if (part->node->kind == CEL_NODE_COMPREHENSION && part->kind == PART_OTHER) {
        /* cel.bind(name, value, body) is what its body is */
        for (const struct part *inner = part->inner; inner; inner = inner->next) {
            if (inner->node == part->node->comprehension->result) {
                return mark(inner, scope);
            }
        }
    }
    return mark_inside(part, scope) || mark_itself(part, scope);
}

void settle(const struct parts *parts, struct scope_record *scope)
{
    (void)mark(parts->root, scope);
}
