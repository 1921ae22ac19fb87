/* parser.c: recursive descent by precedence: conditional, or, and, comparison, sum, product, unary,
 * postfix. */
#include "cel/parse/parser.h"

#include "cel/parse/parser_state.h"
#include "cel/parse/syntax.h"

enum { ARITHMETIC_LEVEL_FIRST = 3, ARITHMETIC_LEVEL_LAST = 5 };

static const struct {
    enum cel_token_kind token;
    int level; /* the higher binds tighter */
    struct span name;
} BINARY_OPERATORS[] = {
    {CEL_TOKEN_LESS, 3, {"_<_", 3}},         {CEL_TOKEN_LESS_EQUAL, 3, {"_<=_", 4}},
    {CEL_TOKEN_GREATER, 3, {"_>_", 3}},      {CEL_TOKEN_GREATER_EQUAL, 3, {"_>=_", 4}},
    {CEL_TOKEN_EQUAL, 3, {"_==_", 4}},       {CEL_TOKEN_NOT_EQUAL, 3, {"_!=_", 4}},
    {CEL_TOKEN_IN, 3, {CEL_OPERATOR_IN, 3}}, {CEL_TOKEN_PLUS, 4, {"_+_", 3}},
    {CEL_TOKEN_MINUS, 4, {"_-_", 3}},        {CEL_TOKEN_STAR, 5, {"_*_", 3}},
    {CEL_TOKEN_SLASH, 5, {"_/_", 3}},        {CEL_TOKEN_PERCENT, 5, {"_%_", 3}},
};

static struct cel_node *parse_unary(struct cel_parser *parser);

/* After the dot: .name, .?name, .name(...) */
static struct cel_node *parse_member(struct cel_parser *parser, struct cel_node *target)
{
    bool optional = cel_parser_accept(parser, CEL_TOKEN_QUESTION);
    struct cel_token name = parser->token;
    if (!cel_parser_is_selector(name.kind)) {
        return cel_parser_unexpected(parser, "a name after '.'");
    }
    cel_parser_advance(parser);
    if (!optional && name.kind == CEL_TOKEN_IDENT && cel_parser_accept(parser, CEL_TOKEN_LPAREN)) {
        return cel_parse_call(parser, name, target, false);
    }
    struct cel_node place = cel_parser_place(name);
    struct cel_node *node = cel_node_select(parser->arena, &place, target, name.text);
    node->optional = optional;
    return cel_parser_bounded(parser, node);
}

/* After the bracket: [index], [?index] */
static struct cel_node *parse_index(struct cel_parser *parser, struct cel_node *target)
{
    struct cel_token opening = parser->previous;
    bool optional = cel_parser_accept(parser, CEL_TOKEN_QUESTION);
    struct cel_node_array index = {0};
    struct cel_node *key = cel_parse_expression(parser);
    if (!key || !cel_parser_close(parser, CEL_TOKEN_RBRACKET, opening)) {
        return NULL;
    }
    cel_node_array_add(parser->arena, &index, key, false);
    struct cel_node *node = cel_parser_node(parser, CEL_NODE_INDEX, opening, &index);
    if (!node) {
        return NULL;
    }
    node->target = target;
    node->optional = optional;
    cel_node_seal(node);
    return cel_parser_bounded(parser, node);
}

/* Name{...}: a brace behind a plain name begins a message, which the checker then refuses. */
static bool names_message(struct cel_parser *parser, const struct cel_node *node)
{
    return parser->token.kind == CEL_TOKEN_LBRACE &&
           cel_node_qualified_name(parser->arena, node).len > 0;
}

static struct cel_node *parse_postfix(struct cel_parser *parser, struct cel_node *node,
                                      uint32_t begin)
{
    while (node) {
        if (cel_parser_accept(parser, CEL_TOKEN_DOT)) {
            node = parse_member(parser, node);
        } else if (cel_parser_accept(parser, CEL_TOKEN_LBRACKET)) {
            node = parse_index(parser, node);
        } else if (names_message(parser, node)) {
            cel_parser_advance(parser);
            node = cel_parse_message(parser, node);
        } else {
            return node;
        }
        node = cel_parser_written(parser, node, begin);
    }
    return NULL;
}

static bool is_number(enum cel_token_kind kind)
{
    return kind == CEL_TOKEN_INT || kind == CEL_TOKEN_DOUBLE;
}

/* '!' or '-' was read. The sign of a literal belongs to it: -9223372036854775808 is an int. */
static struct cel_node *parse_operand(struct cel_parser *parser, struct cel_token sign)
{
    if (sign.kind == CEL_TOKEN_MINUS && is_number(parser->token.kind)) {
        struct cel_node *number = cel_parse_number(parser, true);
        return parse_postfix(parser, cel_parser_written(parser, number, sign.offset), sign.offset);
    }
    struct cel_node *operand = parse_unary(parser);
    if (!operand) {
        return NULL;
    }
    struct cel_node place = cel_parser_place(sign);
    struct span name = sign.kind == CEL_TOKEN_NOT ? SPAN(CEL_OPERATOR_NOT)
                                                  : SPAN(CEL_OPERATOR_NEGATE);
    struct cel_node *node = cel_node_unary(parser->arena, &place, name, operand);
    return cel_parser_bounded(parser, cel_parser_written(parser, node, sign.offset));
}

static struct cel_node *parse_unary(struct cel_parser *parser)
{
    struct cel_token sign = parser->token;
    if (sign.kind != CEL_TOKEN_NOT && sign.kind != CEL_TOKEN_MINUS) {
        return parse_postfix(parser, cel_parse_primary(parser), sign.offset);
    }
    if (++parser->depth > CEL_HEIGHT_MAX) {
        return cel_parser_too_deep(parser, sign.offset, sign.length);
    }
    cel_parser_advance(parser);
    struct cel_node *node = parse_operand(parser, sign);
    parser->depth--;
    return node;
}

/* The operator that stands here, if it is one of this level; its name. */
static bool operator_here(const struct cel_parser *parser, int level, struct span *name)
{
    for (size_t i = 0; i < sizeof BINARY_OPERATORS / sizeof *BINARY_OPERATORS; i++) {
        if (BINARY_OPERATORS[i].token == parser->token.kind && BINARY_OPERATORS[i].level == level) {
            *name = BINARY_OPERATORS[i].name;
            return true;
        }
    }
    return false;
}

/* Comparisons, sums and products: all lean to the left. */
static struct cel_node *parse_arithmetic(struct cel_parser *parser, int level)
{
    if (level > ARITHMETIC_LEVEL_LAST) {
        return parse_unary(parser);
    }
    struct span name;
    uint32_t begin = parser->token.offset;
    struct cel_node *left = parse_arithmetic(parser, level + 1);
    while (left && operator_here(parser, level, &name)) {
        struct cel_node place = cel_parser_place(parser->token);
        cel_parser_advance(parser);
        struct cel_node *right = parse_arithmetic(parser, level + 1);
        left = right ? cel_node_binary(parser->arena, &place, name, left, right) : NULL;
        left = cel_parser_bounded(parser, cel_parser_written(parser, left, begin));
    }
    return left;
}

/* A balanced tree over terms [first, last]: operators[i] stands before term i, and knows where the
 * term begins and ends. */
static struct cel_node *balance(struct arena *arena, const struct cel_node_array *terms,
                                const struct cel_node_array *operators, size_t first, size_t last)
{
    if (first == last) {
        return terms->items[first];
    }
    size_t middle = first + (last - first + 1) / 2;
    struct cel_node *at = operators->items[middle];
    struct cel_node *node =
        cel_node_binary(arena, at, at->name, balance(arena, terms, operators, first, middle - 1),
                        balance(arena, terms, operators, middle, last));
    node->begin = operators->items[first]->begin;
    node->end = operators->items[last]->end;
    return node;
}

/* || over && over comparisons. The order of evaluation is free, so long chains become balanced
 * trees, which keeps them low. */
static struct cel_node *parse_logical(struct cel_parser *parser, bool or)
{
    struct cel_node_array terms = {0};
    struct cel_node_array operators = {0};
    struct span name = or ? SPAN(CEL_OPERATOR_OR) : SPAN(CEL_OPERATOR_AND);
    struct cel_token at;
    do {
        at = parser->previous;
        uint32_t begin = parser->token.offset;
        struct cel_node *term = or ? parse_logical(parser, false)
                                   : parse_arithmetic(parser, ARITHMETIC_LEVEL_FIRST);
        if (!term) {
            return NULL;
        }
        struct cel_node place = cel_parser_place(at);
        cel_node_array_add(parser->arena, &terms, term, false);
        struct cel_node *operator = cel_node_ident(parser->arena, &place, name);
        cel_node_array_add(parser->arena, &operators, cel_parser_written(parser, operator, begin),
                           false);
    } while (cel_parser_accept(parser, or ? CEL_TOKEN_OR : CEL_TOKEN_AND));
    return cel_parser_bounded(parser,
                              balance(parser->arena, &terms, &operators, 0, terms.count - 1));
}

/* After the question mark: a : b */
static struct cel_node *parse_conditional(struct cel_parser *parser, struct cel_node *condition)
{
    struct cel_node place = cel_parser_place(parser->previous);
    struct cel_node *parts[3] = {condition, parse_logical(parser, true), NULL};
    if (!parts[1]) {
        return NULL;
    }
    if (!cel_parser_accept(parser, CEL_TOKEN_COLON)) {
        return cel_parser_unexpected(parser, parser->token.kind == CEL_TOKEN_QUESTION
                                                 ? "parentheses around the inner '? :'"
                                                 : "':' and the other case of '?'");
    }
    parts[2] = cel_parse_expression(parser);
    return parts[2] ? cel_parser_bounded(parser, cel_node_conditional(parser->arena, &place, parts))
                    : NULL;
}

struct cel_node *cel_parse_expression(struct cel_parser *parser)
{
    if (++parser->depth > CEL_HEIGHT_MAX) {
        return cel_parser_too_deep(parser, parser->token.offset, parser->token.length);
    }
    uint32_t begin = parser->token.offset;
    struct cel_node *node = parse_logical(parser, true);
    if (node && cel_parser_accept(parser, CEL_TOKEN_QUESTION)) {
        node = cel_parser_written(parser, parse_conditional(parser, node), begin);
    }
    parser->depth--;
    return node;
}

enum status cel_parse(const struct cel_env *env, struct span text, struct arena *arena,
                      struct cel_issues *issues, struct cel_node **out)
{
    if (cel_syntax_check_text(issues, text, CEL_TEXT_MAX) != STATUS_OK) {
        return STATUS_INVALID;
    }
    struct cel_parser parser = {
        .env = env,
        .arena = arena,
        .issues = issues,
        .lexer = {.text = text, .issues = issues},
    };
    cel_parser_advance(&parser);
    struct cel_node *node = cel_parse_expression(&parser);
    if (node && parser.token.kind != CEL_TOKEN_END) {
        cel_syntax_trailing(issues, parser.previous, parser.token);
        node = NULL;
    }
    if (!node) {
        return STATUS_INVALID;
    }
    *out = node;
    return STATUS_OK;
}
