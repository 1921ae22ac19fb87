/* check_default.c: what is read from a record may be anything, but what stands in for it is written
 * in the text: new.?note.orValue(0).startsWith('x') fails just when there is no note. */
#include "cel/check/check_call.h"

#include "cel/env_internal.h"
#include "cel/node.h"

/* The literal that the node gives when something is absent; NULL: none. */
static const struct cel_node *default_of(const struct cel_node *node)
{
    bool gives = (cel_node_is_call(node, SPAN("orValue")) && node->argument_count == 1) ||
                 (cel_node_is_call(node, SPAN("coalesce")) && node->argument_count > 1) ||
                 cel_node_is_call(node, SPAN(CEL_OPERATOR_CONDITIONAL));
    const struct cel_node *last = gives ? node->arguments[node->argument_count - 1] : NULL;
    return last && last->kind == CEL_NODE_CONSTANT && last->constant.kind != VALUE_NULL ? last
                                                                                        : NULL;
}

/* Unlike values may be compared for equality; and of `? :` the condition alone is looked at. */
static bool takes_anything(const struct cel_node *call, size_t operand)
{
    static const char *const names[] = {"_==_", "_!=_", CEL_OPERATOR_IN};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (cel_node_is_call(call, span_view(names[i]))) {
            return true;
        }
    }
    return cel_node_is_call(call, SPAN(CEL_OPERATOR_CONDITIONAL)) && operand > 0;
}

/* A number that stands in for an attribute becomes a decimal, as the attribute would be. */
static const struct cel_type *type_of_default(const struct cel_node *literal)
{
    bool number = literal->constant.kind == VALUE_INT || literal->constant.kind == VALUE_UINT ||
                  literal->constant.kind == VALUE_DOUBLE;
    return number ? cel_type_simple(CEL_TYPE_DECIMAL) : literal->type;
}

/* "'>'" or "startsWith()" */
static struct span name_of(struct cel_checker *checker, const struct cel_node *call)
{
    struct span sign = cel_check_symbol(call->name);
    bool operator = sign.len != call->name.len;
    return arena_printf(checker->arena, operator ? "'%.*s'" : "%.*s()", SPAN_ARG(sign));
}

static void warn(struct cel_checker *checker, const struct cel_node *call,
                 const struct cel_node *literal)
{
    struct span type = cel_check_type_text(checker, type_of_default(literal));
    struct span name = name_of(checker, call);
    cel_issue_warn(checker->issues, CEL_WARNING_NO_OVERLOAD, literal->offset, literal->length,
                   SPAN("write a default of the type that is wanted, or ask has(...) first"),
                   "%.*s does not take this default of type %.*s, and fails where it is used",
                   SPAN_ARG(name), SPAN_ARG(type));
}

void cel_check_defaults(struct cel_checker *checker, const struct cel_node *call)
{
    size_t receiver = call->target ? 1 : 0;
    for (size_t i = 0; i < call->argument_count + receiver; i++) {
        const struct cel_node *operand = i < receiver ? call->target
                                                      : call->arguments[i - receiver];
        const struct cel_node *literal = default_of(operand);
        if (literal && cel_type_is_dyn(cel_type_top(operand->type)) && !takes_anything(call, i) &&
            !cel_check_accepts(checker, call, i, type_of_default(literal))) {
            warn(checker, call, literal);
        }
    }
}
