/* parser_state.h: one text while it is read; shared by the files of the parser. */
#ifndef CEL_PARSER_STATE_H
#define CEL_PARSER_STATE_H

#include "cel/env.h"
#include "cel/parse/lexer.h"
#include "cel/node.h"

/* Functions return NULL or false once an issue was reported: the first mistake of syntax ends the
 * reading, since what follows it would be guesses. */
struct cel_parser {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    struct cel_lexer lexer;
    struct cel_token token;    /* the next one, not yet used */
    struct cel_token previous; /* the last one used */
    uint32_t depth;            /* of the recursion */
};

/* Nodes while their number is not known yet. */
struct cel_node_array {
    struct cel_node **items;
    bool *flags;
    size_t count;
    size_t capacity;
    bool any_flag;
};

/* Uses the next token, whatever it is; _accept only when it is of this kind, and says whether. */
void cel_parser_advance(struct cel_parser *parser);
bool cel_parser_accept(struct cel_parser *parser, enum cel_token_kind kind);
/* Where a token stands, for makers of nodes. */
struct cel_node cel_parser_place(struct cel_token token);
/* Says that a node is what was written from `begin` up to the last token used; NULL stays NULL. */
struct cel_node *cel_parser_written(const struct cel_parser *parser, struct cel_node *node,
                                    uint32_t begin);
/* Reports the next token; NULL. */
struct cel_node *cel_parser_unexpected(struct cel_parser *parser, const char *wanted);
/* A closing bracket, or an issue: at the opening one when the text ends without it. */
bool cel_parser_close(struct cel_parser *parser, enum cel_token_kind closing,
                      struct cel_token opening);
/* Reports what is nested too deeply; NULL. */
struct cel_node *cel_parser_too_deep(struct cel_parser *parser, uint32_t offset, uint32_t length);
/* A finished node, unless the tree became too high with it. */
struct cel_node *cel_parser_bounded(struct cel_parser *parser, struct cel_node *node);
void cel_node_array_add(struct arena *arena, struct cel_node_array *array, struct cel_node *node,
                        bool flag);
/* A node with these arguments. */
struct cel_node *cel_parser_node(struct cel_parser *parser, enum cel_node_kind kind,
                                 struct cel_token at, const struct cel_node_array *array);
/* Whether a token may stand after a dot. */
bool cel_parser_is_selector(enum cel_token_kind kind);

/* Any expression, up to the token that cannot belong to it; CEL_HEIGHT_MAX deep at most. */
struct cel_node *cel_parse_expression(struct cel_parser *parser);
/* A literal, a name, a global call, or anything in brackets. */
struct cel_node *cel_parse_primary(struct cel_parser *parser);
/* The number here; `negative` when the last token was its minus. */
struct cel_node *cel_parse_number(struct cel_parser *parser, bool negative);
/* The rest of name(...), after the parenthesis. */
struct cel_node *cel_parse_call(struct cel_parser *parser, struct cel_token name,
                                struct cel_node *target, bool root);
/* The rest of Name{...}, after the brace. */
struct cel_node *cel_parse_message(struct cel_parser *parser, struct cel_node *name);

#endif
