/* parse_primary.c: what begins an expression: literals, names, calls, lists, maps, messages,
 * parentheses. */
#include "cel/parse/literal.h"
#include "cel/parse/macro.h"
#include "cel/parse/parser_state.h"
#include "cel/parse/syntax.h"

/* Expressions separated by commas up to a closing bracket, which is not used. */
static bool parse_arguments(struct cel_parser *parser, enum cel_token_kind closing,
                            struct cel_node_array *array)
{
    while (parser->token.kind != closing) {
        struct cel_node *argument = cel_parse_expression(parser);
        if (!argument) {
            return false;
        }
        cel_node_array_add(parser->arena, array, argument, false);
        if (!cel_parser_accept(parser, CEL_TOKEN_COMMA)) {
            return true;
        }
        if (parser->token.kind == closing) {
            cel_parser_unexpected(parser, "one more argument, or no comma before it");
            return false;
        }
    }
    return true;
}

struct cel_node *cel_parse_call(struct cel_parser *parser, struct cel_token name,
                                struct cel_node *target, bool root)
{
    struct cel_token opening = parser->previous;
    struct cel_node_array arguments = {0};
    if (!parse_arguments(parser, CEL_TOKEN_RPAREN, &arguments) ||
        !cel_parser_close(parser, CEL_TOKEN_RPAREN, opening)) {
        return NULL;
    }
    struct cel_node place = cel_parser_place(name);
    struct cel_node *call = cel_node_call(parser->arena, &place,
                                          (struct cel_call_parts){
                                              .name = name.text,
                                              .target = target,
                                              .arguments = arguments.items,
                                              .argument_count = arguments.count,
                                          });
    call->root = root;
    if (!cel_parser_bounded(parser, call)) {
        return NULL;
    }
    return cel_parser_bounded(parser,
                              cel_macro_expand(parser->env, parser->arena, parser->issues, call));
}

static struct cel_node *parse_list(struct cel_parser *parser)
{
    struct cel_token opening = parser->previous;
    struct cel_node_array elements = {0};
    while (parser->token.kind != CEL_TOKEN_RBRACKET) {
        bool optional = cel_parser_accept(parser, CEL_TOKEN_QUESTION);
        struct cel_node *element = cel_parse_expression(parser);
        if (!element) {
            return NULL;
        }
        cel_node_array_add(parser->arena, &elements, element, optional);
        if (!cel_parser_accept(parser, CEL_TOKEN_COMMA)) {
            break;
        }
    }
    if (!cel_parser_close(parser, CEL_TOKEN_RBRACKET, opening)) {
        return NULL;
    }
    return cel_parser_node(parser, CEL_NODE_LIST, opening, &elements);
}

static bool parse_map_entry(struct cel_parser *parser, struct cel_node_array *entries,
                            bool optional)
{
    struct cel_node *key = cel_parse_expression(parser);
    if (!key) {
        return false;
    }
    if (!cel_parser_accept(parser, CEL_TOKEN_COLON)) {
        cel_parser_unexpected(parser, "':' and the value of this key");
        return false;
    }
    struct cel_node *value = cel_parse_expression(parser);
    if (!value) {
        return false;
    }
    cel_node_array_add(parser->arena, entries, key, optional);
    cel_node_array_add(parser->arena, entries, value, optional);
    return true;
}

/* optional_flags counts entries: half as many as arguments. */
static void flags_per_entry(struct cel_node_array *entries)
{
    for (size_t i = 0; i < entries->count / 2; i++) {
        entries->flags[i] = entries->flags[2 * i];
    }
}

static struct cel_node *parse_map(struct cel_parser *parser)
{
    struct cel_token opening = parser->previous;
    struct cel_node_array entries = {0};
    while (parser->token.kind != CEL_TOKEN_RBRACE) {
        bool optional = cel_parser_accept(parser, CEL_TOKEN_QUESTION);
        if (!parse_map_entry(parser, &entries, optional)) {
            return NULL;
        }
        if (!cel_parser_accept(parser, CEL_TOKEN_COMMA)) {
            break;
        }
    }
    if (!cel_parser_close(parser, CEL_TOKEN_RBRACE, opening)) {
        return NULL;
    }
    flags_per_entry(&entries);
    return cel_parser_node(parser, CEL_NODE_MAP, opening, &entries);
}

/* One "name: value" of a message; the name becomes a constant. */
static bool parse_field(struct cel_parser *parser, struct cel_node_array *fields)
{
    bool optional = cel_parser_accept(parser, CEL_TOKEN_QUESTION);
    if (!cel_parser_is_selector(parser->token.kind)) {
        cel_parser_unexpected(parser, "the name of a field");
        return false;
    }
    struct cel_node place = cel_parser_place(parser->token);
    struct value name = value_string(parser->token.text);
    cel_parser_advance(parser);
    if (!cel_parser_accept(parser, CEL_TOKEN_COLON)) {
        cel_parser_unexpected(parser, "':' and the value of this field");
        return false;
    }
    struct cel_node *value = cel_parse_expression(parser);
    if (!value) {
        return false;
    }
    cel_node_array_add(parser->arena, fields, cel_node_constant(parser->arena, &place, name),
                       optional);
    cel_node_array_add(parser->arena, fields, value, optional);
    return true;
}

struct cel_node *cel_parse_message(struct cel_parser *parser, struct cel_node *name)
{
    struct cel_token opening = parser->previous;
    struct cel_node_array fields = {0};
    while (parser->token.kind != CEL_TOKEN_RBRACE) {
        if (!parse_field(parser, &fields)) {
            return NULL;
        }
        if (!cel_parser_accept(parser, CEL_TOKEN_COMMA)) {
            break;
        }
    }
    if (!cel_parser_close(parser, CEL_TOKEN_RBRACE, opening)) {
        return NULL;
    }
    flags_per_entry(&fields);
    struct cel_node *node = cel_parser_node(parser, CEL_NODE_STRUCT, opening, &fields);
    if (node) {
        node->name = cel_node_qualified_name(parser->arena, name);
        node->root = cel_node_base_ident(name)->root;
        node->offset = name->offset;
        node->length = name->length;
    }
    return node;
}

struct cel_node *cel_parse_number(struct cel_parser *parser, bool negative)
{
    struct cel_token token = parser->token;
    struct cel_node place = cel_parser_place(token);
    if (negative) {
        place.length += place.offset - parser->previous.offset;
        place.offset = parser->previous.offset;
    }
    struct value number;
    if (cel_literal_number(token, negative, parser->arena, parser->issues, &number) != STATUS_OK) {
        return NULL;
    }
    struct cel_node *node = cel_node_constant(parser->arena, &place, number);
    if (token.kind == CEL_TOKEN_DOUBLE) {
        node->literal = negative ? arena_printf(parser->arena, "-%.*s", SPAN_ARG(token.text))
                                 : token.text;
    }
    cel_parser_advance(parser);
    return node;
}

static struct cel_node *parse_text(struct cel_parser *parser)
{
    struct value text;
    struct cel_node place = cel_parser_place(parser->token);
    if (cel_literal_text(parser->token, parser->arena, parser->issues, &text) != STATUS_OK) {
        return NULL;
    }
    cel_parser_advance(parser);
    return cel_node_constant(parser->arena, &place, text);
}

static struct cel_node *parse_word(struct cel_parser *parser, struct value meaning)
{
    struct cel_node place = cel_parser_place(parser->token);
    cel_parser_advance(parser);
    return cel_node_constant(parser->arena, &place, meaning);
}

/* A name or a global call; `root` after a leading dot. */
static struct cel_node *parse_name(struct cel_parser *parser, bool root)
{
    struct cel_token name = parser->token;
    if (name.kind != CEL_TOKEN_IDENT) {
        return cel_parser_unexpected(parser, "a name");
    }
    if (!cel_syntax_check_reserved(parser->issues, name)) {
        return NULL;
    }
    cel_parser_advance(parser);
    if (cel_parser_accept(parser, CEL_TOKEN_LPAREN)) {
        return cel_parse_call(parser, name, NULL, root);
    }
    struct cel_node place = cel_parser_place(name);
    struct cel_node *node = cel_node_ident(parser->arena, &place, name.text);
    node->root = root;
    return node;
}

static struct cel_node *parse_parentheses(struct cel_parser *parser)
{
    struct cel_token opening = parser->previous;
    struct cel_node *inner = cel_parse_expression(parser);
    return inner && cel_parser_close(parser, CEL_TOKEN_RPAREN, opening) ? inner : NULL;
}

static struct cel_node *parse_literal(struct cel_parser *parser)
{
    switch ((int)parser->token.kind) {
    case CEL_TOKEN_INT:
    case CEL_TOKEN_UINT:
    case CEL_TOKEN_DOUBLE:
        return cel_parse_number(parser, false);
    case CEL_TOKEN_STRING:
    case CEL_TOKEN_BYTES:
        return parse_text(parser);
    case CEL_TOKEN_TRUE:
        return parse_word(parser, value_bool(true));
    case CEL_TOKEN_FALSE:
        return parse_word(parser, value_bool(false));
    case CEL_TOKEN_NULL:
        return parse_word(parser, value_null());
    default:
        return cel_parser_unexpected(parser, "a value");
    }
}

static struct cel_node *parse_bare(struct cel_parser *parser)
{
    if (parser->token.kind == CEL_TOKEN_IDENT) {
        return parse_name(parser, false);
    }
    if (cel_parser_accept(parser, CEL_TOKEN_DOT)) {
        return parse_name(parser, true);
    }
    if (cel_parser_accept(parser, CEL_TOKEN_LBRACKET)) {
        return parse_list(parser);
    }
    return cel_parser_accept(parser, CEL_TOKEN_LBRACE) ? parse_map(parser) : parse_literal(parser);
}

struct cel_node *cel_parse_primary(struct cel_parser *parser)
{
    uint32_t begin = parser->token.offset;
    if (cel_parser_accept(parser, CEL_TOKEN_LPAREN)) {
        return parse_parentheses(parser);
    }
    return cel_parser_written(parser, parse_bare(parser), begin);
}
