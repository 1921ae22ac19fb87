/* lexer.h: the words of an expression. */
#ifndef CEL_LEXER_H
#define CEL_LEXER_H

#include "cel/issue.h"

enum cel_token_kind {
    CEL_TOKEN_END,
    CEL_TOKEN_BAD,    /* was reported */
    CEL_TOKEN_IDENT,
    CEL_TOKEN_QUOTED, /* `name`: the text is without the quotes */
    CEL_TOKEN_INT,
    CEL_TOKEN_UINT,
    CEL_TOKEN_DOUBLE,
    CEL_TOKEN_STRING, /* with prefix and quotes */
    CEL_TOKEN_BYTES,
    CEL_TOKEN_TRUE,
    CEL_TOKEN_FALSE,
    CEL_TOKEN_NULL,
    CEL_TOKEN_IN,
    CEL_TOKEN_LPAREN,
    CEL_TOKEN_RPAREN,
    CEL_TOKEN_LBRACKET,
    CEL_TOKEN_RBRACKET,
    CEL_TOKEN_LBRACE,
    CEL_TOKEN_RBRACE,
    CEL_TOKEN_DOT,
    CEL_TOKEN_COMMA,
    CEL_TOKEN_QUESTION,
    CEL_TOKEN_COLON,
    CEL_TOKEN_OR,
    CEL_TOKEN_AND,
    CEL_TOKEN_EQUAL,
    CEL_TOKEN_NOT_EQUAL,
    CEL_TOKEN_LESS,
    CEL_TOKEN_LESS_EQUAL,
    CEL_TOKEN_GREATER,
    CEL_TOKEN_GREATER_EQUAL,
    CEL_TOKEN_PLUS,
    CEL_TOKEN_MINUS,
    CEL_TOKEN_STAR,
    CEL_TOKEN_SLASH,
    CEL_TOKEN_PERCENT,
    CEL_TOKEN_NOT,
    CEL_TOKEN_ASSIGN,     /* '=', '&' and '|' alone: no words of the language, for a good message */
    CEL_TOKEN_AMPERSAND,
    CEL_TOKEN_PIPE,
};

struct cel_token {
    enum cel_token_kind kind;
    uint32_t offset;
    uint32_t length;
    struct span text;
};

/* In place. The text must be well-formed UTF-8 of less than 4 GiB. */
struct cel_lexer {
    struct span text;
    size_t at;
    struct cel_issues *issues;
};

/* The next word; CEL_TOKEN_END again and again at the end. */
struct cel_token cel_lexer_next(struct cel_lexer *lexer);

#endif
