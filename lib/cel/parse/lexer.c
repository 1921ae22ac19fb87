/* lexer.c: one token at a time, from where it stands; comments and white space are passed over. */
#include "cel/parse/lexer.h"

static const struct {
    struct span text;
    enum cel_token_kind kind;
} PUNCTUATION[] = {
    /* the longer of two that start alike comes first */
    {{"&&", 2}, CEL_TOKEN_AND},        {{"||", 2}, CEL_TOKEN_OR},
    {{"==", 2}, CEL_TOKEN_EQUAL},      {{"!=", 2}, CEL_TOKEN_NOT_EQUAL},
    {{"<=", 2}, CEL_TOKEN_LESS_EQUAL}, {{">=", 2}, CEL_TOKEN_GREATER_EQUAL},
    {{"(", 1}, CEL_TOKEN_LPAREN},      {{")", 1}, CEL_TOKEN_RPAREN},
    {{"[", 1}, CEL_TOKEN_LBRACKET},    {{"]", 1}, CEL_TOKEN_RBRACKET},
    {{"{", 1}, CEL_TOKEN_LBRACE},      {{"}", 1}, CEL_TOKEN_RBRACE},
    {{".", 1}, CEL_TOKEN_DOT},         {{",", 1}, CEL_TOKEN_COMMA},
    {{"?", 1}, CEL_TOKEN_QUESTION},    {{":", 1}, CEL_TOKEN_COLON},
    {{"<", 1}, CEL_TOKEN_LESS},        {{">", 1}, CEL_TOKEN_GREATER},
    {{"+", 1}, CEL_TOKEN_PLUS},        {{"-", 1}, CEL_TOKEN_MINUS},
    {{"*", 1}, CEL_TOKEN_STAR},        {{"/", 1}, CEL_TOKEN_SLASH},
    {{"%", 1}, CEL_TOKEN_PERCENT},     {{"!", 1}, CEL_TOKEN_NOT},
    {{"=", 1}, CEL_TOKEN_ASSIGN},      {{"&", 1}, CEL_TOKEN_AMPERSAND},
    {{"|", 1}, CEL_TOKEN_PIPE},
};

static const struct {
    struct span text;
    enum cel_token_kind kind;
} KEYWORDS[] = {
    {{"true", 4}, CEL_TOKEN_TRUE},
    {{"false", 5}, CEL_TOKEN_FALSE},
    {{"null", 4}, CEL_TOKEN_NULL},
    {{"in", 2}, CEL_TOKEN_IN},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The byte `ahead` of the current one; NUL past the end. */
static char peek(const struct cel_lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

static void skip_space_and_comments(struct cel_lexer *lexer)
{
    for (;;) {
        if (lexer->at < lexer->text.len && is_space(peek(lexer, 0))) {
            lexer->at++;
        } else if (peek(lexer, 0) == '/' && peek(lexer, 1) == '/') {
            while (lexer->at < lexer->text.len && peek(lexer, 0) != '\n') {
                lexer->at++;
            }
        } else {
            return;
        }
    }
}

/* The token from `start` to where the lexer stands. */
static struct cel_token token_from(const struct cel_lexer *lexer, enum cel_token_kind kind,
                                   size_t start)
{
    size_t length = lexer->at - start;
    return (struct cel_token){
        .kind = kind,
        .offset = (uint32_t)start,
        .length = (uint32_t)length,
        .text = span_of(lexer->text.ptr + start, length),
    };
}

static void skip_digits(struct cel_lexer *lexer)
{
    while (is_digit(peek(lexer, 0))) {
        lexer->at++;
    }
}

/* 1e5 has an exponent, 1else and 1e+x have none. */
static bool skip_exponent(struct cel_lexer *lexer)
{
    size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
    if ((peek(lexer, 0) != 'e' && peek(lexer, 0) != 'E') || !is_digit(peek(lexer, 1 + sign))) {
        return false;
    }
    lexer->at += 1 + sign;
    skip_digits(lexer);
    return true;
}

static bool skip_hex(struct cel_lexer *lexer)
{
    if (peek(lexer, 0) != '0' || (peek(lexer, 1) != 'x' && peek(lexer, 1) != 'X') ||
        !is_hex_digit(peek(lexer, 2))) {
        return false;
    }
    lexer->at += 2;
    while (is_hex_digit(peek(lexer, 0))) {
        lexer->at++;
    }
    return true;
}

static enum cel_token_kind skip_number(struct cel_lexer *lexer)
{
    bool real = false;
    if (!skip_hex(lexer)) {
        skip_digits(lexer);
        if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
            real = true;
            lexer->at++;
            skip_digits(lexer);
        }
        real |= skip_exponent(lexer);
    }
    if (real) {
        return CEL_TOKEN_DOUBLE;
    }
    if (peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U') {
        lexer->at++;
        return CEL_TOKEN_UINT;
    }
    return CEL_TOKEN_INT;
}

/* A number with letters behind it is one mistake, not two tokens. */
static struct cel_token lex_number(struct cel_lexer *lexer)
{
    size_t start = lexer->at;
    enum cel_token_kind kind = skip_number(lexer);
    if (!is_letter(peek(lexer, 0))) {
        return token_from(lexer, kind, start);
    }
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0))) {
        lexer->at++;
    }
    struct cel_token token = token_from(lexer, CEL_TOKEN_BAD, start);
    cel_issue_add(lexer->issues, false, token.offset, token.length,
                  SPAN("a string needs quotes; a name starts with a letter"),
                  "'%.*s' is neither a number nor a name", SPAN_ARG(token.text));
    return token;
}

/* Length of the prefix of a string here (0 to 2 letters), when a quote follows it. */
static bool string_prefix(const struct cel_lexer *lexer, size_t *length)
{
    size_t at = 0;
    if (peek(lexer, at) == 'b' || peek(lexer, at) == 'B') {
        at++;
    }
    if (peek(lexer, at) == 'r' || peek(lexer, at) == 'R') {
        at++;
    }
    *length = at;
    return peek(lexer, at) == '"' || peek(lexer, at) == '\'';
}

/* Whether `count` quotes of this kind stand here: 3 open and close a string of several lines. */
static bool quotes_here(const struct cel_lexer *lexer, char quote, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (peek(lexer, i) != quote) {
            return false;
        }
    }
    return true;
}

/* Goes past the closing quotes; false when there are none. */
static bool skip_string_body(struct cel_lexer *lexer, char quote, size_t quotes, bool raw)
{
    while (lexer->at < lexer->text.len) {
        char c = peek(lexer, 0);
        if (quotes_here(lexer, quote, quotes)) {
            lexer->at += quotes;
            return true;
        }
        if (quotes == 1 && (c == '\n' || c == '\r')) {
            return false;
        }
        /* a backslash takes the next byte with it, so that an escaped quote closes nothing */
        lexer->at += c == '\\' && !raw && lexer->at + 1 < lexer->text.len ? 2 : 1;
    }
    return false;
}

static struct cel_token lex_string(struct cel_lexer *lexer, size_t prefix)
{
    size_t start = lexer->at;
    bool bytes = prefix > 0 && (peek(lexer, 0) == 'b' || peek(lexer, 0) == 'B');
    bool raw = prefix > (bytes ? 1 : 0);
    lexer->at += prefix;
    char quote = peek(lexer, 0);
    size_t quotes = quotes_here(lexer, quote, 3) ? 3 : 1;
    lexer->at += quotes;
    if (skip_string_body(lexer, quote, quotes, raw)) {
        return token_from(lexer, bytes ? CEL_TOKEN_BYTES : CEL_TOKEN_STRING, start);
    }
    cel_issue_add(lexer->issues, false, (uint32_t)start, (uint32_t)(prefix + quotes),
                  quotes == 3 ? span_of(NULL, 0)
                              : SPAN("a string over several lines stands in triple quotes"),
                  "this string is not closed");
    return token_from(lexer, CEL_TOKEN_BAD, start);
}

static struct cel_token lex_word(struct cel_lexer *lexer)
{
    size_t start = lexer->at;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0))) {
        lexer->at++;
    }
    struct cel_token token = token_from(lexer, CEL_TOKEN_IDENT, start);
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof *KEYWORDS; i++) {
        if (span_equals(token.text, KEYWORDS[i].text)) {
            token.kind = KEYWORDS[i].kind;
        }
    }
    return token;
}

/* `any text without control characters`: attribute names that are no identifiers. */
static struct cel_token lex_quoted_name(struct cel_lexer *lexer)
{
    size_t start = lexer->at++;
    while (lexer->at < lexer->text.len && peek(lexer, 0) != '`' &&
           (unsigned char)peek(lexer, 0) >= ' ') {
        lexer->at++;
    }
    if (peek(lexer, 0) != '`' || lexer->at == start + 1) {
        cel_issue_add(lexer->issues, false, (uint32_t)start, 1, SPAN("write `name`"),
                      lexer->at == start + 1 && peek(lexer, 0) == '`' ? "this name is empty"
                                                                      : "this name is not closed");
        return token_from(lexer, CEL_TOKEN_BAD, start);
    }
    lexer->at++;
    struct cel_token token = token_from(lexer, CEL_TOKEN_QUOTED, start);
    token.text = span_of(token.text.ptr + 1, token.text.len - 2);
    return token;
}

static bool is_typographic_quote(struct span character)
{
    static const char *const quotes[] = {"\u201C", "\u201D", "\u201E", "\u2018", "\u2019"};
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        if (span_equals(character, span_view(quotes[i]))) {
            return true;
        }
    }
    return false;
}

static struct cel_token lex_unknown(struct cel_lexer *lexer)
{
    size_t start = lexer->at++;
    while (((unsigned char)peek(lexer, 0) & 0xC0) == 0x80) {
        lexer->at++;
    }
    struct cel_token token = token_from(lexer, CEL_TOKEN_BAD, start);
    unsigned char first = (unsigned char)token.text.ptr[0];
    if (is_typographic_quote(token.text)) {
        cel_issue_add(lexer->issues, false, token.offset, token.length,
                      SPAN("use plain quotes: ' or \""), "a typographic quote opens no string");
    } else if (first < ' ' || first == 0x7F) {
        cel_issue_add(lexer->issues, false, token.offset, token.length, span_of(NULL, 0),
                      "a control character (0x%02X) stands here", first);
    } else {
        cel_issue_add(lexer->issues, false, token.offset, token.length, span_of(NULL, 0),
                      "'%.*s' has no meaning here", SPAN_ARG(token.text));
    }
    return token;
}

static struct cel_token lex_punctuation(struct cel_lexer *lexer)
{
    struct span rest = span_of(lexer->text.ptr + lexer->at, lexer->text.len - lexer->at);
    for (size_t i = 0; i < sizeof PUNCTUATION / sizeof *PUNCTUATION; i++) {
        if (span_starts_with(rest, PUNCTUATION[i].text)) {
            size_t start = lexer->at;
            lexer->at += PUNCTUATION[i].text.len;
            return token_from(lexer, PUNCTUATION[i].kind, start);
        }
    }
    return lex_unknown(lexer);
}

struct cel_token cel_lexer_next(struct cel_lexer *lexer)
{
    skip_space_and_comments(lexer);
    if (lexer->at >= lexer->text.len) {
        return token_from(lexer, CEL_TOKEN_END, lexer->text.len);
    }
    size_t prefix;
    char c = peek(lexer, 0);
    if (string_prefix(lexer, &prefix)) {
        return lex_string(lexer, prefix);
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
        return lex_number(lexer);
    }
    if (is_letter(c)) {
        return lex_word(lexer);
    }
    return c == '`' ? lex_quoted_name(lexer) : lex_punctuation(lexer);
}
