/* parser_state.c: the token window, and the mistakes that all parts of the parser report. */
#include "cel/parse/parser_state.h"

#include "cel/parse/syntax.h"

enum { ARRAY_CAPACITY_MIN = 4 };

void cel_parser_advance(struct cel_parser *parser)
{
    parser->previous = parser->token;
    parser->token = cel_lexer_next(&parser->lexer);
}

bool cel_parser_accept(struct cel_parser *parser, enum cel_token_kind kind)
{
    if (parser->token.kind != kind) {
        return false;
    }
    cel_parser_advance(parser);
    return true;
}

struct cel_node cel_parser_place(struct cel_token token)
{
    return (struct cel_node){.offset = token.offset, .length = token.length};
}

struct cel_node *cel_parser_written(const struct cel_parser *parser, struct cel_node *node,
                                    uint32_t begin)
{
    if (node) {
        node->begin = begin;
        node->end = parser->previous.offset + parser->previous.length;
    }
    return node;
}

struct cel_node *cel_parser_unexpected(struct cel_parser *parser, const char *wanted)
{
    cel_syntax_unexpected(parser->issues, parser->previous, parser->token, wanted);
    return NULL;
}

bool cel_parser_close(struct cel_parser *parser, enum cel_token_kind closing,
                      struct cel_token opening)
{
    if (cel_parser_accept(parser, closing)) {
        return true;
    }
    if (parser->token.kind == CEL_TOKEN_END) {
        cel_issue_add(parser->issues, false, opening.offset, opening.length, span_of(NULL, 0),
                      "'%.*s' is never closed", SPAN_ARG(opening.text));
    } else {
        cel_parser_unexpected(parser, closing == CEL_TOKEN_RPAREN     ? "')'"
                                      : closing == CEL_TOKEN_RBRACKET ? "']'"
                                                                      : "'}'");
    }
    return false;
}

struct cel_node *cel_parser_too_deep(struct cel_parser *parser, uint32_t offset, uint32_t length)
{
    cel_issue_add(parser->issues, false, offset, length,
                  SPAN("split the expression into variables"),
                  "this is nested more than %d levels deep", CEL_HEIGHT_MAX);
    return NULL;
}

struct cel_node *cel_parser_bounded(struct cel_parser *parser, struct cel_node *node)
{
    if (node && node->height > CEL_HEIGHT_MAX) {
        return cel_parser_too_deep(parser, node->offset, node->length);
    }
    return node;
}

void cel_node_array_add(struct arena *arena, struct cel_node_array *array, struct cel_node *node,
                        bool flag)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity ? array->capacity * 2 : ARRAY_CAPACITY_MIN;
        struct cel_node **items = arena_array(arena, capacity, sizeof *items);
        bool *flags = arena_array(arena, capacity, sizeof *flags);
        if (array->count) {
            memcpy(items, array->items, array->count * sizeof *items);
            memcpy(flags, array->flags, array->count * sizeof *flags);
        }
        array->items = items;
        array->flags = flags;
        array->capacity = capacity;
    }
    array->items[array->count] = node;
    array->flags[array->count++] = flag;
    array->any_flag |= flag;
}

struct cel_node *cel_parser_node(struct cel_parser *parser, enum cel_node_kind kind,
                                 struct cel_token at, const struct cel_node_array *array)
{
    struct cel_node place = cel_parser_place(at);
    struct cel_node *node = cel_node_new(parser->arena, kind, &place);
    node->arguments = array->items;
    node->argument_count = array->count;
    node->optional_flags = array->any_flag ? array->flags : NULL;
    cel_node_seal(node);
    return cel_parser_bounded(parser, node);
}

bool cel_parser_is_selector(enum cel_token_kind kind)
{
    return kind == CEL_TOKEN_IDENT || kind == CEL_TOKEN_QUOTED;
}
