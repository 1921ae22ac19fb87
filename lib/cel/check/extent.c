/* extent.c: nodes know only where their own name or operator stands; brackets belong to no node. */
#include "cel/check/extent.h"

#include "cel/parse/lexer.h"

/* The node of has(x.f) stands at f; the call starts before x. */
static size_t start_of_has(struct span text, size_t start)
{
    for (size_t at = start; at > 0 && start <= text.len; at--) {
        if (span_starts_with(span_of(text.ptr + at - 1, text.len - at + 1), SPAN("has"))) {
            return at - 1;
        }
    }
    return start;
}

static void widen(struct cel_extent *extent, struct span text, const struct cel_node *node)
{
    extent->start = node->offset < extent->start ? node->offset : extent->start;
    size_t end = (size_t)node->offset + node->length;
    extent->end = end > extent->end ? end : extent->end;
    if (node->target) {
        widen(extent, text, node->target);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        widen(extent, text, node->arguments[i]);
    }
    if (node->comprehension) {
        widen(extent, text, node->comprehension->range);
        widen(extent, text, node->comprehension->step);
        widen(extent, text, node->comprehension->initial);
    }
    if (node->test_only) {
        extent->start = start_of_has(text, extent->start);
    }
}

/* Brackets that close in the text without having been opened in it. */
static size_t unopened(struct span text, struct arena *arena)
{
    struct cel_issues ignored = cel_issues_in(arena);
    struct cel_lexer lexer = {.text = text, .issues = &ignored};
    size_t open = 0;
    size_t missing = 0;
    for (;;) {
        switch ((int)cel_lexer_next(&lexer).kind) {
        case CEL_TOKEN_END:
        case CEL_TOKEN_BAD:
            return missing;
        case CEL_TOKEN_LPAREN:
        case CEL_TOKEN_LBRACKET:
        case CEL_TOKEN_LBRACE:
            open++;
            break;
        case CEL_TOKEN_RPAREN:
        case CEL_TOKEN_RBRACKET:
        case CEL_TOKEN_RBRACE:
            missing += open == 0;
            open -= open > 0;
            break;
        default:
            break;
        }
    }
}

struct cel_extent cel_extent_of(struct span text, const struct cel_node *node)
{
    struct cel_extent extent = {text.len, 0};
    widen(&extent, text, node);
    return extent;
}

size_t cel_extent_start(struct span text, const struct cel_node *node, struct arena *arena)
{
    struct cel_extent extent = cel_extent_of(text, node);
    struct span inside = span_of(text.ptr + extent.start, extent.end - extent.start);
    size_t start = extent.start;
    for (size_t missing = unopened(inside, arena); missing > 0 && start > 0; start--) {
        char before = text.ptr[start - 1];
        missing -= before == '(' || before == '[' || before == '{';
    }
    return start > 0 && text.ptr[start - 1] == '.' ? start - 1 : start;
}

struct span cel_extent_replace(struct span text, struct cel_extent extent, struct span by,
                               struct arena *arena)
{
    size_t rest = text.len - extent.end;
    char *copy = arena_alloc(arena, extent.start + by.len + rest + 1);
    memcpy(copy, text.ptr, extent.start);
    memcpy(copy + extent.start, by.ptr, by.len);
    memcpy(copy + extent.start + by.len, text.ptr + extent.end, rest);
    return span_of(copy, extent.start + by.len + rest);
}
