/* node.c: makers keep each node's height, which bounds every recursion over the tree. */
#include "cel/node.h"

static uint32_t higher(uint32_t height, const struct cel_node *child)
{
    return child && child->height > height ? child->height : height;
}

static uint32_t fold_height(const struct cel_comprehension *fold)
{
    uint32_t height = higher(0, fold->range);
    height = higher(height, fold->initial);
    height = higher(height, fold->condition);
    height = higher(height, fold->step);
    return higher(height, fold->result);
}

void cel_node_seal(struct cel_node *node)
{
    uint32_t height = higher(0, node->target);
    for (size_t i = 0; i < node->argument_count; i++) {
        height = higher(height, node->arguments[i]);
    }
    if (node->comprehension) {
        uint32_t fold = fold_height(node->comprehension);
        height = fold > height ? fold : height;
    }
    node->height = height + 1;
}

struct cel_node *cel_node_new(struct arena *arena, enum cel_node_kind kind,
                              const struct cel_node *at)
{
    struct cel_node *node = arena_alloc(arena, sizeof *node);
    node->kind = kind;
    node->height = 1;
    node->offset = at->offset;
    node->length = at->length;
    return node;
}

struct cel_node *cel_node_constant(struct arena *arena, const struct cel_node *at,
                                   struct value constant)
{
    struct cel_node *node = cel_node_new(arena, CEL_NODE_CONSTANT, at);
    node->constant = constant;
    return node;
}

struct cel_node *cel_node_ident(struct arena *arena, const struct cel_node *at, struct span name)
{
    struct cel_node *node = cel_node_new(arena, CEL_NODE_IDENT, at);
    node->name = name;
    return node;
}

struct cel_node *cel_node_select(struct arena *arena, const struct cel_node *at,
                                 struct cel_node *target, struct span name)
{
    struct cel_node *node = cel_node_new(arena, CEL_NODE_SELECT, at);
    node->target = target;
    node->name = name;
    cel_node_seal(node);
    return node;
}

struct cel_node *cel_node_call(struct arena *arena, const struct cel_node *at,
                               struct cel_call_parts parts)
{
    struct cel_node *node = cel_node_new(arena, CEL_NODE_CALL, at);
    node->name = parts.name;
    node->target = parts.target;
    node->argument_count = parts.argument_count;
    if (parts.argument_count) {
        size_t size = parts.argument_count * sizeof *parts.arguments;
        node->arguments = arena_alloc(arena, size);
        memcpy(node->arguments, parts.arguments, size);
    }
    cel_node_seal(node);
    return node;
}

struct cel_node *cel_node_unary(struct arena *arena, const struct cel_node *at, struct span name,
                                struct cel_node *operand)
{
    struct cel_call_parts parts = {.name = name, .arguments = &operand, .argument_count = 1};
    return cel_node_call(arena, at, parts);
}

struct cel_node *cel_node_binary(struct arena *arena, const struct cel_node *at, struct span name,
                                 struct cel_node *left, struct cel_node *right)
{
    struct cel_node *operands[] = {left, right};
    struct cel_call_parts parts = {.name = name, .arguments = operands, .argument_count = 2};
    return cel_node_call(arena, at, parts);
}

struct cel_node *cel_node_conditional(struct arena *arena, const struct cel_node *at,
                                      struct cel_node *const parts[3])
{
    return cel_node_call(arena, at,
                         (struct cel_call_parts){.name = SPAN(CEL_OPERATOR_CONDITIONAL),
                                                 .arguments = parts,
                                                 .argument_count = 3});
}

struct cel_node *cel_node_list(struct arena *arena, const struct cel_node *at,
                               struct cel_node *element)
{
    struct cel_node *node = cel_node_new(arena, CEL_NODE_LIST, at);
    if (element) {
        node->arguments = arena_alloc(arena, sizeof *node->arguments);
        node->arguments[0] = element;
        node->argument_count = 1;
        cel_node_seal(node);
    }
    return node;
}

struct cel_node *cel_node_fold(struct arena *arena, const struct cel_node *at,
                               struct cel_comprehension fold)
{
    struct cel_node *node = cel_node_new(arena, CEL_NODE_COMPREHENSION, at);
    node->comprehension = arena_alloc(arena, sizeof fold);
    *node->comprehension = fold;
    cel_node_seal(node);
    return node;
}

struct cel_node *cel_node_bind(struct arena *arena, const struct cel_node *at, struct span variable,
                               struct cel_node *initial, struct cel_node *body)
{
    return cel_node_fold(arena, at,
                         (struct cel_comprehension){
                             .variable = SPAN(CEL_NAME_UNUSED),
                             .range = cel_node_list(arena, at, NULL),
                             .accumulator = variable,
                             .initial = initial,
                             .condition = cel_node_constant(arena, at, value_bool(false)),
                             .step = cel_node_ident(arena, at, variable),
                             .result = body,
                         });
}

bool cel_comprehension_is_bind(const struct cel_comprehension *comprehension)
{
    return span_equals(comprehension->variable, SPAN(CEL_NAME_UNUSED));
}

bool cel_node_is_call(const struct cel_node *node, struct span name)
{
    return node->kind == CEL_NODE_CALL && span_equals(node->name, name);
}

/* Whether a quoted name needed its quotes. */
static bool is_identifier(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@';
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_plain_select(const struct cel_node *node)
{
    return node->kind == CEL_NODE_SELECT && !node->test_only && !node->optional &&
           is_identifier(node->name);
}

struct span cel_node_qualified_name(struct arena *arena, const struct cel_node *node)
{
    size_t length = 0;
    const struct cel_node *at = node;
    for (; is_plain_select(at); at = at->target) {
        length += at->name.len + 1;
    }
    if (at->kind != CEL_NODE_IDENT) {
        return span_of(NULL, 0);
    }
    length += at->name.len;
    char *text = arena_alloc(arena, length + 1);
    char *end = text + length;
    for (at = node; at->kind == CEL_NODE_SELECT; at = at->target) {
        end -= at->name.len;
        memcpy(end, at->name.ptr, at->name.len);
        *--end = '.';
    }
    memcpy(text, at->name.ptr, at->name.len);
    return span_of(text, length);
}

const struct cel_node *cel_node_base_ident(const struct cel_node *node)
{
    while (node->kind == CEL_NODE_SELECT || node->kind == CEL_NODE_INDEX) {
        node = node->target;
    }
    return node->kind == CEL_NODE_IDENT ? node : NULL;
}
