/* syntax.c: tables of common slips (words and pairs of tokens of other languages), each with a
 * hint. */
#include "cel/parse/syntax.h"

/* Words of other languages in a place where an operator should stand. */
static const struct {
    struct span word;
    const char *hint;
} FOREIGN_OPERATORS[] = {
    {{"and", 3}, "did you mean '&&'?"},
    {{"AND", 3}, "did you mean '&&'?"},
    {{"or", 2}, "did you mean '||'?"},
    {{"OR", 2}, "did you mean '||'?"},
    {{"not", 3}, "did you mean '!'? Not in a list: !(x in list)"},
    {{"NOT", 3}, "did you mean '!'?"},
    {{"is", 2}, "did you mean '=='?"},
    {{"IN", 2}, "did you mean 'in'?"},
    {{"like", 4}, "did you mean .matches('...') or glob(text, 'pattern')?"},
    {{"LIKE", 4}, "did you mean .matches('...') or glob(text, 'pattern')?"},
    {{"contains", 8}, "write text.contains('part')"},
    {{"startsWith", 10}, "write text.startsWith('part')"},
    {{"endsWith", 8}, "write text.endsWith('part')"},
    {{"matches", 7}, "write text.matches('pattern')"},
    {{"if", 2}, "write condition ? value : other value"},
};

static const char *const RESERVED[] = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while",
};

static const char *word_hint(struct span word)
{
    for (size_t i = 0; i < sizeof FOREIGN_OPERATORS / sizeof *FOREIGN_OPERATORS; i++) {
        if (span_equals(word, FOREIGN_OPERATORS[i].word)) {
            return FOREIGN_OPERATORS[i].hint;
        }
    }
    return NULL;
}

static const char *pair_hint(struct cel_token previous, struct cel_token token)
{
    if (previous.kind == CEL_TOKEN_LESS && token.kind == CEL_TOKEN_GREATER) {
        return "did you mean '!='?";
    }
    if (previous.kind == CEL_TOKEN_EQUAL && token.kind == CEL_TOKEN_ASSIGN) {
        return "did you mean '=='?";
    }
    return previous.kind == CEL_TOKEN_IDENT ? word_hint(previous.text) : NULL;
}

/* A guess at what was meant; NULL when there is none. */
static const char *guess(struct cel_token previous, struct cel_token token)
{
    switch ((int)token.kind) {
    case CEL_TOKEN_ASSIGN:
        return "did you mean '=='?";
    case CEL_TOKEN_AMPERSAND:
        return "did you mean '&&'?";
    case CEL_TOKEN_PIPE:
        return "did you mean '||'?";
    case CEL_TOKEN_QUOTED:
        return "a quoted name stands after a dot: new.`unit-price`; a text stands in ' or \"";
    default: {
        const char *hint = token.kind == CEL_TOKEN_IDENT ? word_hint(token.text) : NULL;
        return hint ? hint : pair_hint(previous, token);
    }
    }
}

void cel_syntax_unexpected(struct cel_issues *issues, struct cel_token previous,
                           struct cel_token token, const char *wanted)
{
    if (token.kind == CEL_TOKEN_BAD) {
        return;
    }
    struct span hint = span_view(guess(previous, token));
    if (token.kind == CEL_TOKEN_END) {
        bool empty = previous.length == 0;
        uint32_t offset = empty ? 0 : previous.offset;
        cel_issue_add(issues, false, offset, empty ? 0 : previous.length, hint,
                      empty ? "the expression is empty; expected %s"
                            : "the expression ends here; expected %s",
                      wanted);
        return;
    }
    cel_issue_add(issues, false, token.offset, token.length, hint, "expected %s, not '%.*s'",
                  wanted, SPAN_ARG(token.text));
}

void cel_syntax_trailing(struct cel_issues *issues, struct cel_token previous,
                         struct cel_token token)
{
    static const struct {
        enum cel_token_kind kind;
        const char *message;
    } closings[] = {{CEL_TOKEN_RPAREN, "there is no '(' before it"},
                    {CEL_TOKEN_RBRACKET, "there is no '[' before it"},
                    {CEL_TOKEN_RBRACE, "there is no '{' before it"}};
    for (size_t i = 0; i < sizeof closings / sizeof *closings; i++) {
        if (token.kind == closings[i].kind) {
            cel_issue_add(issues, false, token.offset, token.length, span_view(closings[i].message),
                          "expected the end, not '%.*s'", SPAN_ARG(token.text));
            return;
        }
    }
    cel_syntax_unexpected(issues, previous, token, "an operator, or the end");
}

bool cel_syntax_check_reserved(struct cel_issues *issues, struct cel_token name)
{
    for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++) {
        if (span_equals(name.text, span_view(RESERVED[i]))) {
            cel_issue_add(issues, false, name.offset, name.length, span_view(word_hint(name.text)),
                          "'%s' is a reserved word", RESERVED[i]);
            return false;
        }
    }
    return true;
}

/* Bytes of the well-formed UTF-8 sequence at `at`; 0 for any other. RFC 3629, section 4. */
static size_t sequence_length(struct span text, size_t at)
{
    const unsigned char *s = (const unsigned char *)text.ptr + at;
    size_t left = text.len - at;
    if (s[0] < 0x80) {
        return 1;
    }
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || left < length) {
        return 0;
    }
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

enum status cel_syntax_check_text(struct cel_issues *issues, struct span text,
                                  size_t code_points_max)
{
    size_t at = 0;
    for (size_t count = 0; at < text.len; count++) {
        if (count == code_points_max) {
            cel_issue_add(issues, false, (uint32_t)at, 1,
                          SPAN("split the expression into variables"),
                          "the expression is longer than %zu characters", code_points_max);
            return STATUS_INVALID;
        }
        size_t length = sequence_length(text, at);
        if (length == 0) {
            cel_issue_add(issues, false, (uint32_t)at, 1, span_of(NULL, 0),
                          "this byte (0x%02X) is not UTF-8", (unsigned char)text.ptr[at]);
            return STATUS_INVALID;
        }
        at += length;
    }
    return STATUS_OK;
}
