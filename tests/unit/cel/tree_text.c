#include "tree_text.h"

static void append_number(const struct value *number, struct buf *out)
{
    switch ((int)number->kind) {
    case VALUE_INT:
        buf_printf(out, "%lld", (long long)number->integer);
        return;
    case VALUE_UINT:
        buf_printf(out, "%lluu", (unsigned long long)number->unsigned_integer);
        return;
    default:
        buf_printf(out, "%g", number->real);
    }
}

static void append_bytes(struct span bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        if (byte < ' ' || byte == '"' || byte == '\\' || byte >= 0x7F) {
            buf_printf(out, "\\x%02X", byte);
        } else {
            buf_append_char(out, (char)byte);
        }
    }
}

static void append_constant(const struct value *constant, struct buf *out)
{
    switch ((int)constant->kind) {
    case VALUE_NULL:
        buf_printf(out, "null");
        return;
    case VALUE_BOOL:
        buf_printf(out, constant->boolean ? "true" : "false");
        return;
    case VALUE_STRING:
    case VALUE_BYTES:
        buf_printf(out, constant->kind == VALUE_BYTES ? "b\"" : "\"");
        append_bytes(constant->text, out);
        buf_append_char(out, '"');
        return;
    default:
        append_number(constant, out);
    }
}

static void append_arguments(const struct cel_node *node, size_t per_flag, struct buf *out)
{
    for (size_t i = 0; i < node->argument_count; i++) {
        bool marked = node->optional_flags && i % per_flag == 0 &&
                      node->optional_flags[i / per_flag];
        buf_printf(out, marked ? " ?" : " ");
        tree_text_append(node->arguments[i], out);
    }
    buf_append_char(out, ')');
}

static void append_select(const struct cel_node *node, struct buf *out)
{
    buf_printf(out, node->test_only ? "(has" : "(select");
    buf_printf(out, node->optional ? "? " : " ");
    tree_text_append(node->target, out);
    buf_printf(out, " %.*s)", SPAN_ARG(node->name));
}

static void append_call(const struct cel_node *node, struct buf *out)
{
    buf_printf(out, node->root ? "(.%.*s" : "(%.*s", SPAN_ARG(node->name));
    if (node->target) {
        buf_printf(out, " @");
        tree_text_append(node->target, out);
    }
    append_arguments(node, 1, out);
}

static void append_index(const struct cel_node *node, struct buf *out)
{
    buf_printf(out, node->optional ? "(index? " : "(index ");
    tree_text_append(node->target, out);
    append_arguments(node, 1, out);
}

static void append_fold(const struct cel_comprehension *fold, struct buf *out)
{
    const struct cel_node *parts[] = {fold->condition, fold->step, fold->result};
    buf_printf(out, "(fold %.*s", SPAN_ARG(fold->variable));
    if (fold->second_variable.len) {
        buf_printf(out, ",%.*s", SPAN_ARG(fold->second_variable));
    }
    buf_append_char(out, ' ');
    tree_text_append(fold->range, out);
    buf_printf(out, " %.*s=", SPAN_ARG(fold->accumulator));
    tree_text_append(fold->initial, out);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_append_char(out, ' ');
        tree_text_append(parts[i], out);
    }
    buf_append_char(out, ')');
}

void tree_text_append(const struct cel_node *node, struct buf *out)
{
    switch (node->kind) {
    case CEL_NODE_CONSTANT:
        append_constant(&node->constant, out);
        return;
    case CEL_NODE_IDENT:
        buf_printf(out, node->root ? ".%.*s" : "%.*s", SPAN_ARG(node->name));
        return;
    case CEL_NODE_SELECT:
        append_select(node, out);
        return;
    case CEL_NODE_INDEX:
        append_index(node, out);
        return;
    case CEL_NODE_CALL:
        append_call(node, out);
        return;
    case CEL_NODE_LIST:
        buf_printf(out, "(list");
        append_arguments(node, 1, out);
        return;
    case CEL_NODE_MAP:
        buf_printf(out, "(map");
        append_arguments(node, 2, out);
        return;
    case CEL_NODE_STRUCT:
        buf_printf(out, "(message %.*s", SPAN_ARG(node->name));
        append_arguments(node, 2, out);
        return;
    case CEL_NODE_COMPREHENSION:
        append_fold(node->comprehension, out);
        return;
    }
}
