/* check_call.c: tries every overload; beside a decimal, literals and ints are tried as decimals
 * too. */
#include "cel/check/check_call.h"

#include "cel/env_internal.h"
#include "cel/parse/macro.h"
#include "cel/node.h"

/* A hint is one line. */
enum { OVERLOADS_SHOWN_MAX = 4 };

/* Receiver and arguments of a call, and their types. */
struct operands {
    struct cel_node **nodes;
    const struct cel_type **types;
    size_t count;
};

static struct operands operands_of(struct cel_checker *checker, const struct cel_node *call)
{
    size_t receiver = call->target ? 1 : 0;
    size_t count = call->argument_count + receiver;
    struct operands operands = {
        .nodes = arena_array(checker->arena, count + 1, sizeof *operands.nodes),
        .types = arena_array(checker->arena, count + 1, sizeof *operands.types),
        .count = count,
    };
    for (size_t i = 0; i < count; i++) {
        operands.nodes[i] = i < receiver ? call->target : call->arguments[i - receiver];
        operands.types[i] = cel_type_top(operands.nodes[i]->type);
    }
    return operands;
}

static bool count_fits(const struct cel_signature *signature, size_t count)
{
    return signature->takes_anything || signature->parameter_count == count ||
           (signature->repeated && count >= signature->parameter_count);
}

/* The result of one overload for these types; NULL when it does not take them. */
static const struct cel_type *try_overload(struct cel_checker *checker,
                                           const struct cel_signature *signature,
                                           const struct cel_node *call,
                                           const struct operands *operands)
{
    struct cel_type_names names = {.count = 0};
    if (!count_fits(signature, operands->count)) {
        return NULL;
    }
    if (signature->takes_anything) {
        const struct cel_type *known =
            signature->result_of ? signature->result_of(signature->context, call) : NULL;
        return known ? known : signature->result;
    }
    const struct cel_type **wanted =
        arena_array(checker->arena, operands->count + 1, sizeof *wanted);
    for (size_t i = 0; i < operands->count; i++) {
        /* a repeated parameter stands for all further arguments */
        size_t last = signature->parameter_count - 1;
        wanted[i] = cel_type_instantiate(&checker->matcher,
                                         signature->parameters[i < last ? i : last], &names);
    }
    if (!cel_type_assignable_all(&checker->matcher, operands->types, wanted, operands->count)) {
        return NULL;
    }
    const struct cel_type *result =
        cel_type_instantiate(&checker->matcher, signature->result, &names);
    return cel_type_resolved(&checker->matcher, result, false);
}

/* Overloads that fit and differ in their results leave the type open. */
static const struct cel_type *either(const struct cel_type *a, const struct cel_type *b)
{
    if (!a || !b) {
        return a ? a : b;
    }
    return cel_type_same(a, b) ? a : cel_type_simple(CEL_TYPE_DYN);
}

static bool mentions_decimal(const struct cel_signature *signature)
{
    for (size_t i = 0; i < signature->parameter_count; i++) {
        if (signature->parameters[i]->kind == CEL_TYPE_DECIMAL) {
            return true;
        }
    }
    return false;
}

/* The result of all overloads that take these types; NULL when none does. `decimals`: only those
 * that are made for decimals. */
static const struct cel_type *try_overloads(struct cel_checker *checker,
                                            const struct cel_node *call,
                                            const struct operands *operands, bool decimals)
{
    const struct cel_type *result = NULL;
    struct cel_signature_cursor cursor = cel_signatures_of(checker->env, call->resolved);
    const struct cel_signature *signature;
    while ((signature = cel_signature_next(&cursor))) {
        if (signature->receiver == (call->target != NULL) &&
            (!decimals || mentions_decimal(signature))) {
            result = either(result, try_overload(checker, signature, call, operands));
        }
    }
    return result;
}

static bool is_comparison(struct span name)
{
    static const char *const names[] = {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (span_equals(name, span_view(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_operator(struct span name)
{
    return name.len > 0 && (name.ptr[0] == '_' || name.ptr[name.len - 1] == '_' ||
                            span_equals(name, SPAN(CEL_OPERATOR_IN)));
}

/* A number as it is written, or sums and products of such: programs compute those exactly. */
static bool is_literal(const struct cel_node *node)
{
    static const char *const names[] = {"_+_", "_-_", "_*_", "_/_", CEL_OPERATOR_NEGATE};
    if (node->kind != CEL_NODE_CALL) {
        return node->kind == CEL_NODE_CONSTANT;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        known |= span_equals(node->name, span_view(names[i]));
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        known = known && is_literal(node->arguments[i]);
    }
    return known;
}

/* The type that a number takes beside a decimal: ints widen, a literal is read exactly, a double
 * that was computed may only be compared. */
static const struct cel_type *beside_decimal(struct cel_checker *checker,
                                             const struct cel_node *node,
                                             const struct cel_type *type, bool comparison)
{
    type = cel_type_unwrapped(type);
    bool literal = node && is_literal(node);
    if (type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT ||
        (type->kind == CEL_TYPE_DOUBLE && (literal || comparison))) {
        return cel_type_simple(CEL_TYPE_DECIMAL);
    }
    if (comparison && type->kind == CEL_TYPE_LIST) {
        return cel_type_list(checker->arena,
                             beside_decimal(checker, NULL, type->parameters[0], true));
    }
    return type;
}

static bool may_meet_decimal(const struct cel_type *type)
{
    type = cel_type_unwrapped(type);
    bool holder = type->kind == CEL_TYPE_LIST || type->kind == CEL_TYPE_OPTIONAL;
    return cel_type_is_dyn(type) || type->kind == CEL_TYPE_DECIMAL ||
           (holder && may_meet_decimal(type->parameters[0]));
}

/* The same operands read as decimals; false when none of them is or may be one. */
static bool decimal_operands(struct cel_checker *checker, const struct cel_node *call,
                             const struct operands *operands, struct operands *out)
{
    bool any = false;
    bool comparison = is_comparison(call->name);
    *out = *operands;
    out->types = arena_array(checker->arena, operands->count + 1, sizeof *out->types);
    for (size_t i = 0; i < operands->count; i++) {
        any |= may_meet_decimal(operands->types[i]);
        out->types[i] = beside_decimal(checker, operands->nodes[i], operands->types[i], comparison);
    }
    return any;
}

struct span cel_check_type_text(struct cel_checker *checker, const struct cel_type *type)
{
    const struct cel_type *known = cel_type_resolved(&checker->matcher, type, true);
    return cel_type_format(checker->arena, cel_type_unwrapped(known));
}

struct span cel_check_symbol(struct span name)
{
    if (span_equals(name, SPAN(CEL_OPERATOR_CONDITIONAL))) {
        return SPAN("? :");
    }
    while (name.len > 1 && (name.ptr[0] == '_' || name.ptr[0] == '@')) {
        name = span_of(name.ptr + 1, name.len - 1);
    }
    while (name.len > 1 && name.ptr[name.len - 1] == '_') {
        name.len--;
    }
    return name;
}

static struct span join_types(struct cel_checker *checker, const struct operands *operands)
{
    struct span text = SPAN("");
    for (size_t i = 0; i < operands->count; i++) {
        struct span type = cel_check_type_text(checker, operands->types[i]);
        text = arena_printf(checker->arena, "%.*s%s%.*s", SPAN_ARG(text), i ? ", " : "",
                            SPAN_ARG(type));
    }
    return text;
}

static bool is_number(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT ||
           type->kind == CEL_TYPE_DOUBLE || type->kind == CEL_TYPE_DECIMAL;
}

static bool is_equality(struct span name)
{
    return span_equals(name, SPAN("_==_")) || span_equals(name, SPAN("_!=_")) ||
           span_equals(name, SPAN(CEL_OPERATOR_IN));
}

static bool is_connective(struct span name)
{
    return span_equals(name, SPAN(CEL_OPERATOR_AND)) || span_equals(name, SPAN(CEL_OPERATOR_OR));
}

static bool names_kind(const struct cel_signature *signature, const struct operands *operands)
{
    for (size_t i = 0; i < operands->count && i < signature->parameter_count; i++) {
        if (signature->parameters[i]->kind == cel_type_unwrapped(operands->types[i])->kind) {
            return true;
        }
    }
    return false;
}

/* "'+' takes (int, int), (string, string)": the overloads that name one of the types; all, when
 * none does; at most four. */
static struct span overloads_of(struct cel_checker *checker, const struct cel_node *call,
                                const struct operands *operands, bool all)
{
    struct span text = SPAN("");
    size_t count = 0;
    struct cel_signature_cursor cursor = cel_signatures_of(checker->env, call->resolved);
    const struct cel_signature *signature;
    while ((signature = cel_signature_next(&cursor)) && count < OVERLOADS_SHOWN_MAX) {
        if (signature->parameter_count != operands->count ||
            (!all && !names_kind(signature, operands))) {
            continue;
        }
        struct operands wanted = {.types = (const struct cel_type **)signature->parameters,
                                  .count = signature->parameter_count};
        struct span types = join_types(checker, &wanted);
        text = arena_printf(checker->arena, "%.*s%s(%.*s)", SPAN_ARG(text), count ? ", " : "",
                            SPAN_ARG(types));
        count++;
    }
    return text;
}

static struct span hint_of_overloads(struct cel_checker *checker, const struct cel_node *call,
                                     const struct operands *operands)
{
    struct span text = overloads_of(checker, call, operands, false);
    if (text.len == 0) {
        text = overloads_of(checker, call, operands, true);
    }
    struct span sign = cel_check_symbol(call->name);
    return arena_printf(checker->arena, "'%.*s' takes %.*s", SPAN_ARG(sign), SPAN_ARG(text));
}

/* What to do where the operator does not take these types. */
static struct span hint_for_operator(struct cel_checker *checker, const struct cel_node *call,
                                     const struct operands *operands)
{
    const struct cel_type *left = cel_type_unwrapped(operands->types[0]);
    const struct cel_type *right = cel_type_unwrapped(operands->types[operands->count - 1]);
    if (left->kind == CEL_TYPE_OPTIONAL || right->kind == CEL_TYPE_OPTIONAL) {
        return SPAN("an optional is read by .orValue(...), or asked by .hasValue()");
    }
    if (operands->count != 2 || is_connective(call->name)) {
        return hint_of_overloads(checker, call, operands);
    }
    if (is_number(left) && is_number(right)) {
        return left->kind == CEL_TYPE_DECIMAL || right->kind == CEL_TYPE_DECIMAL
                   ? SPAN("make the double exact: decimal(x)")
                   : SPAN("make both the same: int(x), uint(x), double(x) or decimal(x)");
    }
    bool text = (is_number(left) && right->kind == CEL_TYPE_STRING) ||
                (left->kind == CEL_TYPE_STRING && is_number(right));
    if (is_equality(call->name)) {
        return text ? SPAN("values of unlike types are never equal; write string(x) or decimal(x)")
                    : SPAN("values of unlike types are never equal");
    }
    return text ? SPAN("make both the same: string(x) or decimal(x)")
                : hint_of_overloads(checker, call, operands);
}

/* "takes (string, string) or (bytes)": the overloads that there are, at most three. */
static struct span hint_for_function(struct cel_checker *checker, const struct cel_node *call)
{
    struct span text = SPAN("");
    size_t count = 0;
    struct cel_signature_cursor cursor = cel_signatures_of(checker->env, call->resolved);
    const struct cel_signature *signature;
    while ((signature = cel_signature_next(&cursor)) && count < 3) {
        struct operands wanted = {.types = (const struct cel_type **)signature->parameters,
                                  .count = signature->parameter_count};
        struct span types = SPAN("");
        for (size_t i = signature->receiver ? 1 : 0; i < wanted.count; i++) {
            struct span type = cel_type_format(checker->arena, wanted.types[i]);
            types = arena_printf(checker->arena, "%.*s%s%.*s", SPAN_ARG(types),
                                 types.len ? ", " : "", SPAN_ARG(type));
        }
        struct span receiver = signature->receiver
                                   ? cel_type_format(checker->arena, wanted.types[0])
                                   : span_of(NULL, 0);
        text = arena_printf(checker->arena, "%.*s%s%.*s%s%.*s(%.*s%s)", SPAN_ARG(text),
                            count ? ", " : "write ", SPAN_ARG(receiver), receiver.len ? "." : "",
                            SPAN_ARG(call->resolved), SPAN_ARG(types),
                            signature->repeated ? "..." : "");
        count++;
    }
    return text;
}

/* A condition that is none, or two cases that do not fit together. */
static void report_conditional(struct cel_checker *checker, const struct cel_node *call,
                               const struct operands *operands)
{
    const struct cel_node *condition = operands->nodes[0];
    if (!cel_type_is_dyn(operands->types[0]) && operands->types[0]->kind != CEL_TYPE_BOOL) {
        struct span type = cel_check_type_text(checker, operands->types[0]);
        cel_issue_add(checker->issues, false, condition->offset, condition->length,
                      span_of(NULL, 0), "the condition before '?' is of type %.*s, not bool",
                      SPAN_ARG(type));
        return;
    }
    struct span first = cel_check_type_text(checker, operands->types[1]);
    struct span second = cel_check_type_text(checker, operands->types[2]);
    cel_issue_add(checker->issues, false, call->offset, call->length,
                  SPAN("dyn(x) around one of them allows both"),
                  "the cases of '? :' are of types %.*s and %.*s", SPAN_ARG(first),
                  SPAN_ARG(second));
}

static void report_no_overload(struct cel_checker *checker, const struct cel_node *call,
                               const struct operands *operands)
{
    struct span types = join_types(checker, operands);
    if (span_equals(call->name, SPAN(CEL_OPERATOR_CONDITIONAL))) {
        report_conditional(checker, call, operands);
        return;
    }
    if (is_operator(call->name)) {
        struct span sign = cel_check_symbol(call->name);
        cel_issue_add(checker->issues, false, call->offset, call->length,
                      hint_for_operator(checker, call, operands), "'%.*s' does not take (%.*s)",
                      SPAN_ARG(sign), SPAN_ARG(types));
        return;
    }
    cel_issue_add(checker->issues, false, call->offset, call->length,
                  hint_for_function(checker, call), "%.*s() does not take (%.*s)",
                  SPAN_ARG(call->name), SPAN_ARG(types));
}

void cel_check_unknown_function(struct cel_checker *checker, const struct cel_node *call,
                                struct span name)
{
    struct span hint = cel_macro_usage(call->name);
    struct span near = cel_env_nearest_function(checker->env, checker->arena, name);
    if (hint.len == 0 && near.len) {
        hint = arena_printf(checker->arena, "did you mean %.*s()?", SPAN_ARG(near));
    }
    cel_issue_add(checker->issues, false, call->offset, call->length, hint,
                  "there is no function %.*s()", SPAN_ARG(name));
}

/* The number of a literal as a decimal; false when it has more digits than one holds. */
static bool exact_value(const struct cel_node *literal, struct value *out)
{
    struct decimal number;
    if (literal->constant.kind == VALUE_INT) {
        number = decimal_from_int(literal->constant.integer);
    } else if (literal->constant.kind == VALUE_UINT) {
        number = decimal_from_uint(literal->constant.unsigned_integer);
    } else if (decimal_parse(literal->literal, &number) != STATUS_OK) {
        return false;
    }
    *out = value_decimal(number);
    return true;
}

/* Makes the literals decimals that stand where a decimal is wanted: `new.?price.orValue(0)` is one
 * either way. False when a number that is no literal stands there. */
static bool make_literals_exact(const struct operands *operands, const struct operands *decimals)
{
    bool all = true;
    for (size_t i = 0; i < operands->count; i++) {
        struct cel_node *node = operands->nodes[i];
        if (cel_type_same(operands->types[i], decimals->types[i])) {
            continue;
        }
        if (node->kind == CEL_NODE_CONSTANT && exact_value(node, &node->constant)) {
            node->type = cel_type_simple(CEL_TYPE_DECIMAL);
        } else {
            all = false;
        }
    }
    return all;
}

/* The result for operands of which some are or may be decimals; NULL when there is none. */
static const struct cel_type *try_decimals(struct cel_checker *checker, const struct cel_node *call,
                                           const struct operands *operands,
                                           const struct cel_type *plain)
{
    struct operands decimals;
    if (!decimal_operands(checker, call, operands, &decimals)) {
        return plain;
    }
    const struct cel_type *result =
        either(plain, try_overloads(checker, call, &decimals, !is_comparison(call->name)));
    if (result) {
        return result;
    }
    result = try_overloads(checker, call, &decimals, false);
    return !result || make_literals_exact(operands, &decimals) ? result
                                                               : cel_type_simple(CEL_TYPE_DYN);
}

const struct cel_type *cel_check_call(struct cel_checker *checker, const struct cel_node *call)
{
    if (call->resolved.len == 0) {
        cel_check_unknown_function(checker, call, call->name);
        return cel_type_simple(CEL_TYPE_ERROR);
    }
    struct operands operands = operands_of(checker, call);
    const struct cel_type *result = try_overloads(checker, call, &operands, false);
    result = try_decimals(checker, call, &operands, result);
    if (!result) {
        report_no_overload(checker, call, &operands);
        return cel_type_simple(CEL_TYPE_ERROR);
    }
    return result;
}

bool cel_check_accepts(struct cel_checker *checker, const struct cel_node *call, size_t operand,
                       const struct cel_type *type)
{
    struct cel_type_mark mark = cel_type_mark(&checker->matcher);
    struct operands operands = operands_of(checker, call);
    struct operands decimals;
    operands.types[operand] = type;
    bool accepts = try_overloads(checker, call, &operands, false) != NULL;
    if (!accepts && decimal_operands(checker, call, &operands, &decimals)) {
        accepts = try_overloads(checker, call, &decimals, false) != NULL;
    }
    cel_type_undo(&checker->matcher, mark);
    return accepts;
}
