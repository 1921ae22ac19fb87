#include "cel/parser.h"

#include "cel/lexer.h"
#include "cel/literal.h"
#include "cel/macro.h"
#include "cel/syntax.h"

/* One text while it is read. Functions return NULL once an issue was reported: the first mistake of
 * syntax ends the reading, since what follows it would be guesses. */
struct parser {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    struct cel_lexer lexer;
    struct cel_token token;    /* the next one, not yet used */
    struct cel_token previous; /* the last one used */
    uint32_t depth;            /* of the recursion */
};

/* Nodes while their number is not known yet. */
struct node_array {
    struct cel_node **items;
    bool *flags;
    size_t count;
    size_t capacity;
    bool any_flag;
};

enum { ARRAY_CAPACITY_MIN = 4, ARITHMETIC_LEVEL_FIRST = 3, ARITHMETIC_LEVEL_LAST = 5 };

static const struct {
    enum cel_token_kind token;
    int level; /* the higher binds tighter */
    struct span name;
} BINARY_OPERATORS[] = {
    {CEL_TOKEN_LESS, 3, {"_<_", 3}},        {CEL_TOKEN_LESS_EQUAL, 3, {"_<=_", 4}},
    {CEL_TOKEN_GREATER, 3, {"_>_", 3}},     {CEL_TOKEN_GREATER_EQUAL, 3, {"_>=_", 4}},
    {CEL_TOKEN_EQUAL, 3, {"_==_", 4}},      {CEL_TOKEN_NOT_EQUAL, 3, {"_!=_", 4}},
    {CEL_TOKEN_IN, 3, {CEL_OPERATOR_IN, 3}}, {CEL_TOKEN_PLUS, 4, {"_+_", 3}},
    {CEL_TOKEN_MINUS, 4, {"_-_", 3}},       {CEL_TOKEN_STAR, 5, {"_*_", 3}},
    {CEL_TOKEN_SLASH, 5, {"_/_", 3}},       {CEL_TOKEN_PERCENT, 5, {"_%_", 3}},
};

static struct cel_node *parse_expression(struct parser *parser);
static struct cel_node *parse_unary(struct parser *parser);

static void advance(struct parser *parser)
{
    parser->previous = parser->token;
    parser->token = cel_lexer_next(&parser->lexer);
}

static bool accept(struct parser *parser, enum cel_token_kind kind)
{
    if (parser->token.kind != kind) {
        return false;
    }
    advance(parser);
    return true;
}

static struct cel_node at_token(struct cel_token token)
{
    return (struct cel_node){.offset = token.offset, .length = token.length};
}

static struct cel_node *unexpected(struct parser *parser, const char *wanted)
{
    cel_syntax_unexpected(parser->issues, parser->previous, parser->token, wanted);
    return NULL;
}

/* A closing bracket, or an issue: at the opening one when the text ends without it. */
static bool close_bracket(struct parser *parser, enum cel_token_kind closing,
                          struct cel_token opening)
{
    if (accept(parser, closing)) {
        return true;
    }
    if (parser->token.kind == CEL_TOKEN_END) {
        cel_issue_add(parser->issues, false, opening.offset, opening.length, span_of(NULL, 0),
                      "'%.*s' is never closed", SPAN_ARG(opening.text));
    } else {
        unexpected(parser, closing == CEL_TOKEN_RPAREN     ? "')'"
                           : closing == CEL_TOKEN_RBRACKET ? "']'"
                                                           : "'}'");
    }
    return false;
}

static struct cel_node *too_deep(struct parser *parser, uint32_t offset, uint32_t length)
{
    cel_issue_add(parser->issues, false, offset, length,
                  SPAN("split the expression into variables"),
                  "this is nested more than %d levels deep", CEL_HEIGHT_MAX);
    return NULL;
}

/* A finished node, unless the tree became too high with it. */
static struct cel_node *bounded(struct parser *parser, struct cel_node *node)
{
    if (node && node->height > CEL_HEIGHT_MAX) {
        return too_deep(parser, node->offset, node->length);
    }
    return node;
}

static void array_add(struct arena *arena, struct node_array *array, struct cel_node *node,
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

static struct cel_node *node_with_array(struct parser *parser, enum cel_node_kind kind,
                                        struct cel_token at, const struct node_array *array)
{
    struct cel_node place = at_token(at);
    struct cel_node *node = cel_node_new(parser->arena, kind, &place);
    node->arguments = array->items;
    node->argument_count = array->count;
    node->optional_flags = array->any_flag ? array->flags : NULL;
    cel_node_seal(node);
    return bounded(parser, node);
}

/* Expressions separated by commas up to a closing bracket, which is not used. */
static bool parse_arguments(struct parser *parser, enum cel_token_kind closing,
                            struct node_array *array)
{
    while (parser->token.kind != closing) {
        struct cel_node *argument = parse_expression(parser);
        if (!argument) {
            return false;
        }
        array_add(parser->arena, array, argument, false);
        if (!accept(parser, CEL_TOKEN_COMMA)) {
            return true;
        }
        if (parser->token.kind == closing) {
            unexpected(parser, "one more argument, or no comma before it");
            return false;
        }
    }
    return true;
}

static struct cel_node *parse_call(struct parser *parser, struct cel_token name,
                                   struct cel_node *target, bool root)
{
    struct cel_token opening = parser->previous;
    struct node_array arguments = {0};
    if (!parse_arguments(parser, CEL_TOKEN_RPAREN, &arguments) ||
        !close_bracket(parser, CEL_TOKEN_RPAREN, opening)) {
        return NULL;
    }
    struct cel_node place = at_token(name);
    struct cel_node *call = cel_node_call(parser->arena, &place,
                                          (struct cel_call_parts){
                                              .name = name.text,
                                              .target = target,
                                              .arguments = arguments.items,
                                              .argument_count = arguments.count,
                                          });
    call->root = root;
    if (!bounded(parser, call)) {
        return NULL;
    }
    return bounded(parser, cel_macro_expand(parser->env, parser->arena, parser->issues, call));
}

static struct cel_node *parse_list(struct parser *parser)
{
    struct cel_token opening = parser->previous;
    struct node_array elements = {0};
    while (parser->token.kind != CEL_TOKEN_RBRACKET) {
        bool optional = accept(parser, CEL_TOKEN_QUESTION);
        struct cel_node *element = parse_expression(parser);
        if (!element) {
            return NULL;
        }
        array_add(parser->arena, &elements, element, optional);
        if (!accept(parser, CEL_TOKEN_COMMA)) {
            break;
        }
    }
    if (!close_bracket(parser, CEL_TOKEN_RBRACKET, opening)) {
        return NULL;
    }
    return node_with_array(parser, CEL_NODE_LIST, opening, &elements);
}

static bool parse_map_entry(struct parser *parser, struct node_array *entries, bool optional)
{
    struct cel_node *key = parse_expression(parser);
    if (!key) {
        return false;
    }
    if (!accept(parser, CEL_TOKEN_COLON)) {
        unexpected(parser, "':' and the value of this key");
        return false;
    }
    struct cel_node *value = parse_expression(parser);
    if (!value) {
        return false;
    }
    array_add(parser->arena, entries, key, optional);
    array_add(parser->arena, entries, value, optional);
    return true;
}

/* optional_flags counts entries: half as many as arguments. */
static void flags_per_entry(struct node_array *entries)
{
    for (size_t i = 0; i < entries->count / 2; i++) {
        entries->flags[i] = entries->flags[2 * i];
    }
}

static struct cel_node *parse_map(struct parser *parser)
{
    struct cel_token opening = parser->previous;
    struct node_array entries = {0};
    while (parser->token.kind != CEL_TOKEN_RBRACE) {
        bool optional = accept(parser, CEL_TOKEN_QUESTION);
        if (!parse_map_entry(parser, &entries, optional)) {
            return NULL;
        }
        if (!accept(parser, CEL_TOKEN_COMMA)) {
            break;
        }
    }
    if (!close_bracket(parser, CEL_TOKEN_RBRACE, opening)) {
        return NULL;
    }
    flags_per_entry(&entries);
    return node_with_array(parser, CEL_NODE_MAP, opening, &entries);
}

static bool is_selector(enum cel_token_kind kind)
{
    return kind == CEL_TOKEN_IDENT || kind == CEL_TOKEN_QUOTED;
}

/* One "name: value" of a message; the name becomes a constant. */
static bool parse_field(struct parser *parser, struct node_array *fields)
{
    bool optional = accept(parser, CEL_TOKEN_QUESTION);
    if (!is_selector(parser->token.kind)) {
        unexpected(parser, "the name of a field");
        return false;
    }
    struct cel_node place = at_token(parser->token);
    struct value name = value_string(parser->token.text);
    advance(parser);
    if (!accept(parser, CEL_TOKEN_COLON)) {
        unexpected(parser, "':' and the value of this field");
        return false;
    }
    struct cel_node *value = parse_expression(parser);
    if (!value) {
        return false;
    }
    array_add(parser->arena, fields, cel_node_constant(parser->arena, &place, name), optional);
    array_add(parser->arena, fields, value, optional);
    return true;
}

/* The rest of Name{...}, after the brace. */
static struct cel_node *parse_message(struct parser *parser, struct cel_node *name)
{
    struct cel_token opening = parser->previous;
    struct node_array fields = {0};
    while (parser->token.kind != CEL_TOKEN_RBRACE) {
        if (!parse_field(parser, &fields)) {
            return NULL;
        }
        if (!accept(parser, CEL_TOKEN_COMMA)) {
            break;
        }
    }
    if (!close_bracket(parser, CEL_TOKEN_RBRACE, opening)) {
        return NULL;
    }
    flags_per_entry(&fields);
    struct cel_node *node = node_with_array(parser, CEL_NODE_STRUCT, opening, &fields);
    if (node) {
        node->name = cel_node_qualified_name(parser->arena, name);
        node->root = cel_node_base_ident(name)->root;
        node->offset = name->offset;
        node->length = name->length;
    }
    return node;
}

static struct cel_node *parse_number(struct parser *parser, bool negative)
{
    struct cel_token token = parser->token;
    struct cel_node place = at_token(token);
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
    advance(parser);
    return node;
}

static struct cel_node *parse_text(struct parser *parser)
{
    struct value text;
    struct cel_node place = at_token(parser->token);
    if (cel_literal_text(parser->token, parser->arena, parser->issues, &text) != STATUS_OK) {
        return NULL;
    }
    advance(parser);
    return cel_node_constant(parser->arena, &place, text);
}

static struct cel_node *parse_word(struct parser *parser, struct value meaning)
{
    struct cel_node place = at_token(parser->token);
    advance(parser);
    return cel_node_constant(parser->arena, &place, meaning);
}

/* A name or a global call; `root` after a leading dot. */
static struct cel_node *parse_name(struct parser *parser, bool root)
{
    struct cel_token name = parser->token;
    if (name.kind != CEL_TOKEN_IDENT) {
        return unexpected(parser, "a name");
    }
    if (!cel_syntax_check_reserved(parser->issues, name)) {
        return NULL;
    }
    advance(parser);
    if (accept(parser, CEL_TOKEN_LPAREN)) {
        return parse_call(parser, name, NULL, root);
    }
    struct cel_node place = at_token(name);
    struct cel_node *node = cel_node_ident(parser->arena, &place, name.text);
    node->root = root;
    return node;
}

static struct cel_node *parse_parentheses(struct parser *parser)
{
    struct cel_token opening = parser->previous;
    struct cel_node *inner = parse_expression(parser);
    return inner && close_bracket(parser, CEL_TOKEN_RPAREN, opening) ? inner : NULL;
}

static struct cel_node *parse_literal(struct parser *parser)
{
    switch ((int)parser->token.kind) {
    case CEL_TOKEN_INT:
    case CEL_TOKEN_UINT:
    case CEL_TOKEN_DOUBLE:
        return parse_number(parser, false);
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
        return unexpected(parser, "a value");
    }
}

static struct cel_node *parse_primary(struct parser *parser)
{
    if (parser->token.kind == CEL_TOKEN_IDENT) {
        return parse_name(parser, false);
    }
    if (accept(parser, CEL_TOKEN_DOT)) {
        return parse_name(parser, true);
    }
    if (accept(parser, CEL_TOKEN_LPAREN)) {
        return parse_parentheses(parser);
    }
    if (accept(parser, CEL_TOKEN_LBRACKET)) {
        return parse_list(parser);
    }
    return accept(parser, CEL_TOKEN_LBRACE) ? parse_map(parser) : parse_literal(parser);
}

/* After the dot: .name, .?name, .name(...) */
static struct cel_node *parse_member(struct parser *parser, struct cel_node *target)
{
    bool optional = accept(parser, CEL_TOKEN_QUESTION);
    struct cel_token name = parser->token;
    if (!is_selector(name.kind)) {
        return unexpected(parser, "a name after '.'");
    }
    advance(parser);
    if (!optional && name.kind == CEL_TOKEN_IDENT && accept(parser, CEL_TOKEN_LPAREN)) {
        return parse_call(parser, name, target, false);
    }
    struct cel_node place = at_token(name);
    struct cel_node *node = cel_node_select(parser->arena, &place, target, name.text);
    node->optional = optional;
    return bounded(parser, node);
}

/* After the bracket: [index], [?index] */
static struct cel_node *parse_index(struct parser *parser, struct cel_node *target)
{
    struct cel_token opening = parser->previous;
    bool optional = accept(parser, CEL_TOKEN_QUESTION);
    struct node_array index = {0};
    struct cel_node *key = parse_expression(parser);
    if (!key || !close_bracket(parser, CEL_TOKEN_RBRACKET, opening)) {
        return NULL;
    }
    array_add(parser->arena, &index, key, false);
    struct cel_node *node = node_with_array(parser, CEL_NODE_INDEX, opening, &index);
    if (!node) {
        return NULL;
    }
    node->target = target;
    node->optional = optional;
    cel_node_seal(node);
    return bounded(parser, node);
}

static bool names_message(struct parser *parser, const struct cel_node *node)
{
    return parser->token.kind == CEL_TOKEN_LBRACE &&
           cel_node_qualified_name(parser->arena, node).len > 0;
}

static struct cel_node *parse_postfix(struct parser *parser, struct cel_node *node)
{
    while (node) {
        if (accept(parser, CEL_TOKEN_DOT)) {
            node = parse_member(parser, node);
        } else if (accept(parser, CEL_TOKEN_LBRACKET)) {
            node = parse_index(parser, node);
        } else if (names_message(parser, node)) {
            advance(parser);
            node = parse_message(parser, node);
        } else {
            return node;
        }
    }
    return NULL;
}

static bool is_number(enum cel_token_kind kind)
{
    return kind == CEL_TOKEN_INT || kind == CEL_TOKEN_DOUBLE;
}

/* '!' or '-' was read. The sign of a literal belongs to it: -9223372036854775808 is an int. */
static struct cel_node *parse_operand(struct parser *parser, struct cel_token sign)
{
    if (sign.kind == CEL_TOKEN_MINUS && is_number(parser->token.kind)) {
        return parse_postfix(parser, parse_number(parser, true));
    }
    struct cel_node *operand = parse_unary(parser);
    if (!operand) {
        return NULL;
    }
    struct cel_node place = at_token(sign);
    struct span name = sign.kind == CEL_TOKEN_NOT ? SPAN(CEL_OPERATOR_NOT)
                                                  : SPAN(CEL_OPERATOR_NEGATE);
    return bounded(parser, cel_node_unary(parser->arena, &place, name, operand));
}

static struct cel_node *parse_unary(struct parser *parser)
{
    struct cel_token sign = parser->token;
    if (sign.kind != CEL_TOKEN_NOT && sign.kind != CEL_TOKEN_MINUS) {
        return parse_postfix(parser, parse_primary(parser));
    }
    if (++parser->depth > CEL_HEIGHT_MAX) {
        return too_deep(parser, sign.offset, sign.length);
    }
    advance(parser);
    struct cel_node *node = parse_operand(parser, sign);
    parser->depth--;
    return node;
}

/* The operator that stands here, if it is one of this level; its name. */
static bool operator_here(const struct parser *parser, int level, struct span *name)
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
static struct cel_node *parse_arithmetic(struct parser *parser, int level)
{
    if (level > ARITHMETIC_LEVEL_LAST) {
        return parse_unary(parser);
    }
    struct span name;
    struct cel_node *left = parse_arithmetic(parser, level + 1);
    while (left && operator_here(parser, level, &name)) {
        struct cel_node place = at_token(parser->token);
        advance(parser);
        struct cel_node *right = parse_arithmetic(parser, level + 1);
        left = right ? bounded(parser,
                               cel_node_binary(parser->arena, &place, name, left, right))
                     : NULL;
    }
    return left;
}

/* A balanced tree over terms [first, last]: operators[i] stands before term i. */
static struct cel_node *balance(struct arena *arena, const struct node_array *terms,
                                const struct node_array *operators, size_t first, size_t last)
{
    if (first == last) {
        return terms->items[first];
    }
    size_t middle = first + (last - first + 1) / 2;
    struct cel_node *at = operators->items[middle];
    return cel_node_binary(arena, at, at->name, balance(arena, terms, operators, first, middle - 1),
                           balance(arena, terms, operators, middle, last));
}

/* || over && over comparisons. The order of evaluation is free, so long chains become balanced
 * trees, which keeps them low. */
static struct cel_node *parse_logical(struct parser *parser, bool or)
{
    struct node_array terms = {0};
    struct node_array operators = {0};
    struct span name = or ? SPAN(CEL_OPERATOR_OR) : SPAN(CEL_OPERATOR_AND);
    struct cel_token at;
    do {
        at = parser->previous;
        struct cel_node *term = or ? parse_logical(parser, false)
                                   : parse_arithmetic(parser, ARITHMETIC_LEVEL_FIRST);
        if (!term) {
            return NULL;
        }
        struct cel_node place = at_token(at);
        array_add(parser->arena, &terms, term, false);
        array_add(parser->arena, &operators, cel_node_ident(parser->arena, &place, name), false);
    } while (accept(parser, or ? CEL_TOKEN_OR : CEL_TOKEN_AND));
    return bounded(parser, balance(parser->arena, &terms, &operators, 0, terms.count - 1));
}

/* After the question mark: a : b */
static struct cel_node *parse_conditional(struct parser *parser, struct cel_node *condition)
{
    struct cel_node place = at_token(parser->previous);
    struct cel_node *parts[3] = {condition, parse_logical(parser, true), NULL};
    if (!parts[1]) {
        return NULL;
    }
    if (!accept(parser, CEL_TOKEN_COLON)) {
        return unexpected(parser, parser->token.kind == CEL_TOKEN_QUESTION
                                      ? "parentheses around the inner '? :'"
                                      : "':' and the other case of '?'");
    }
    parts[2] = parse_expression(parser);
    return parts[2] ? bounded(parser, cel_node_conditional(parser->arena, &place, parts)) : NULL;
}

static struct cel_node *parse_expression(struct parser *parser)
{
    if (++parser->depth > CEL_HEIGHT_MAX) {
        return too_deep(parser, parser->token.offset, parser->token.length);
    }
    struct cel_node *node = parse_logical(parser, true);
    if (node && accept(parser, CEL_TOKEN_QUESTION)) {
        node = parse_conditional(parser, node);
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
    struct parser parser = {
        .env = env,
        .arena = arena,
        .issues = issues,
        .lexer = {.text = text, .issues = issues},
    };
    advance(&parser);
    struct cel_node *node = parse_expression(&parser);
    if (node && parser.token.kind != CEL_TOKEN_END) {
        node = unexpected(&parser, "an operator, or the end");
    }
    if (!node) {
        return STATUS_INVALID;
    }
    *out = node;
    return STATUS_OK;
}
