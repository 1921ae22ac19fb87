/* plan_witness.c: reads only conjunctions of comparisons with constants; what it does not
 * understand limits nothing. */
#include "policy/plan/plan_witness.h"

#include "cel/node.h"
#include "policy/plan/plan_index.h"

/* The texts that a name is compared with; count 0 is a list that holds no text. */
struct texts {
    const struct span *items;
    size_t count;
};

static bool is_ident(const struct cel_node *node, const char *name)
{
    return node->kind == CEL_NODE_IDENT && span_equals(node->name, span_view(name));
}

/* request.NAME, which every API call has; also as request.NAME.lowerAscii(). */
static bool is_request(const struct cel_node *node, const char *name)
{
    if (node->kind == CEL_NODE_CALL && node->target && node->argument_count == 0 &&
        span_equals(node->name, SPAN("lowerAscii"))) {
        node = node->target;
    }
    return node->kind == CEL_NODE_SELECT && !node->test_only && !node->optional &&
           span_equals(node->name, span_view(name)) && is_ident(node->target, "request");
}

static bool is_name(const struct cel_node *node, const char *name)
{
    static const char request[] = "request.";
    size_t length = sizeof request - 1;
    return strncmp(name, request, length) == 0 ? is_request(node, name + length)
                                               : is_ident(node, name);
}

static bool is_text(const struct cel_node *node)
{
    return node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_STRING;
}

/* False when an element is no text as written: the list then tells nothing for sure. */
static bool texts_of_list(const struct cel_node *node, struct arena *arena, struct texts *out)
{
    bool written = node->kind == CEL_NODE_LIST && !node->optional_flags;
    struct span *items = arena_array(arena, written ? node->argument_count : 0, sizeof *items);
    for (size_t i = 0; written && i < node->argument_count; i++) {
        if (!is_text(node->arguments[i])) {
            return false;
        }
        items[i] = node->arguments[i]->constant.text;
    }
    *out = (struct texts){items, written ? node->argument_count : 0};
    return written;
}

/* Whether the node says `name == 'x'`, `'x' == name` or `name in ['x', 'y']`. */
static bool texts_of(const struct cel_node *node, const char *name, struct arena *arena,
                     struct texts *out)
{
    if (node->kind != CEL_NODE_CALL || node->argument_count != 2) {
        return false;
    }
    const struct cel_node *left = node->arguments[0];
    const struct cel_node *right = node->arguments[1];
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_IN))) {
        return is_name(left, name) && texts_of_list(right, arena, out);
    }
    if (!cel_node_is_call(node, SPAN("_==_"))) {
        return false;
    }
    bool turned = is_name(right, name);
    const struct cel_node *text = turned ? left : right;
    if (!(turned || is_name(left, name)) || !is_text(text)) {
        return false;
    }
    struct span *items = arena_array(arena, 1, sizeof *items);
    *items = text->constant.text;
    *out = (struct texts){items, 1};
    return true;
}

static bool holds(const struct texts *texts, struct span text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (span_equals(texts->items[i], text)) {
            return true;
        }
    }
    return false;
}

static void keep(struct plan_names *names, const struct texts *texts, struct arena *arena)
{
    if (!names->given) {
        *names = (struct plan_names){true, texts->items, texts->count};
        return;
    }
    /* two conditions on one name: what satisfies both */
    struct span *both = arena_array(arena, names->count, sizeof *both);
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (holds(texts, names->items[i])) {
            both[count++] = names->items[i];
        }
    }
    *names = (struct plan_names){true, both, count};
}

static void keep_operations(struct plan_witness *witness, const struct texts *texts)
{
    uint32_t operations = 0;
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        if (holds(texts, change_op_name((enum change_op)op))) {
            operations |= 1U << op;
        }
    }
    witness->operations &= operations;
}

/* Recursion is bounded by CEL_HEIGHT_MAX. */
static void look_at(struct plan_witness *witness, const struct cel_node *node, struct arena *arena)
{
    struct texts texts;
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_AND))) {
        for (size_t i = 0; i < node->argument_count; i++) {
            look_at(witness, node->arguments[i], arena);
        }
    } else if (texts_of(node, "table", arena, &texts)) {
        keep(&witness->tables, &texts, arena);
    } else if (texts_of(node, "op", arena, &texts)) {
        keep_operations(witness, &texts);
    } else if (texts_of(node, "request.service", arena, &texts)) {
        keep(&witness->call_services, &texts, arena);
    } else if (texts_of(node, "request.operation", arena, &texts)) {
        keep(&witness->call_operations, &texts, arena);
    }
}

struct plan_witness plan_witness_find(const struct cel_program *condition, struct arena *arena)
{
    struct plan_witness witness = {.operations = PLAN_OPERATIONS_ALL};
    if (condition) {
        look_at(&witness, cel_program_tree(condition), arena);
    }
    return witness;
}
