/* Reads a pattern of RE2's syntax and writes it as PCRE2 understands the same. What RE2 does not
 * have is refused, so that policies mean the same elsewhere and time stays bounded. */
#include "cel/library/regex.h"

#include "cel/library/utf8.h"

#include <stdio.h>

#define SPACE_CLASS "\\t\\n\\f\\r "
#define NOT_SPACE_RANGES "\\x{0}-\\x{8}\\x{b}\\x{e}-\\x{1f}!-\\x{10ffff}"

struct syntax {
    struct span pattern;
    size_t at;
    struct buf *out;
    const char *problem;                   /* NULL while all is well */
    uint32_t repeats[REGEX_DEPTH_MAX + 1]; /* by depth of groups: the greatest product inside */
    size_t depth;
    bool repeatable;  /* the last item may be repeated */
    bool repeated;    /* it was already */
    uint32_t product; /* of the repetitions inside the last item */
};

static bool refuse(struct syntax *syntax, const char *problem)
{
    syntax->problem = problem;
    return false;
}

static bool ended(const struct syntax *syntax)
{
    return syntax->at >= syntax->pattern.len;
}

static char peek(const struct syntax *syntax)
{
    return ended(syntax) ? '\0' : syntax->pattern.ptr[syntax->at];
}

static bool next_is(const struct syntax *syntax, const char *text)
{
    struct span rest =
        span_of(syntax->pattern.ptr + syntax->at, syntax->pattern.len - syntax->at);
    return span_starts_with(rest, span_view(text));
}

static bool take(struct syntax *syntax, const char *text)
{
    if (!next_is(syntax, text)) {
        return false;
    }
    syntax->at += strlen(text);
    return true;
}

static void emit(struct syntax *syntax, const char *text)
{
    buf_append(syntax->out, span_view(text));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool is_punctuation(char c)
{
    return c > ' ' && c < 0x7F && !is_word(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void item(struct syntax *syntax)
{
    syntax->repeatable = true;
    syntax->repeated = false;
    syntax->product = 1;
}

/* --- escapes --- */

/* \x41 or \x{1F600}, after the x. */
static bool read_hex(struct syntax *syntax)
{
    char digits[9];
    size_t count = 0;
    bool braces = take(syntax, "{");
    while (is_hex(peek(syntax)) && count < (braces ? 8u : 2u)) {
        digits[count++] = syntax->pattern.ptr[syntax->at++];
    }
    digits[count] = '\0';
    if (count < (braces ? 1u : 2u) || (braces && !take(syntax, "}"))) {
        return refuse(syntax, "\\x takes two digits, or any number in braces");
    }
    buf_printf(syntax->out, "\\x{%s}", digits);
    return true;
}

/* \0, \12, \123 in octal. One digit from 1 to 9 would be a back-reference. */
static bool read_octal(struct syntax *syntax, char first)
{
    unsigned code = (unsigned)(first - '0');
    size_t count = 1;
    while (count < 3 && peek(syntax) >= '0' && peek(syntax) <= '7' && first <= '7') {
        code = code * 8 + (unsigned)(syntax->pattern.ptr[syntax->at++] - '0');
        count++;
    }
    if (first != '0' && count == 1) {
        return refuse(syntax, "back-references are not available");
    }
    buf_printf(syntax->out, "\\x{%x}", code);
    return true;
}

/* \pL, \p{Greek}, \p{^Greek}, after the p or P. */
static bool read_property(struct syntax *syntax, char letter)
{
    size_t start = syntax->at;
    if (take(syntax, "{")) {
        take(syntax, "^");
        while (is_word(peek(syntax))) {
            syntax->at++;
        }
        if (!take(syntax, "}")) {
            return refuse(syntax, "the name of a character property ends in }");
        }
    } else if (is_letter(peek(syntax))) {
        syntax->at++;
    } else {
        return refuse(syntax, "\\p takes a letter, or a name in braces");
    }
    buf_printf(syntax->out, "\\%c%.*s", letter, (int)(syntax->at - start),
               syntax->pattern.ptr + start);
    return true;
}

/* Escapes that mean the same inside and outside of classes. */
static bool read_common_escape(struct syntax *syntax, char c)
{
    if (c == 'x') {
        return read_hex(syntax);
    }
    if (c == 'p' || c == 'P') {
        return read_property(syntax, c);
    }
    if (is_digit(c)) {
        return read_octal(syntax, c);
    }
    if (c == 'v') {
        emit(syntax, "\\x{b}");
        return true;
    }
    if ((c && strchr("dDwWaftnr", c)) || is_punctuation(c)) {
        buf_printf(syntax->out, "\\%c", c);
        return true;
    }
    return refuse(syntax, "an escape that is not available");
}

/* \Q...\E: everything as it stands. */
static void read_quoted(struct syntax *syntax)
{
    while (!ended(syntax) && !take(syntax, "\\E")) {
        char c = syntax->pattern.ptr[syntax->at++];
        if (is_punctuation(c)) {
            buf_append_char(syntax->out, '\\');
        }
        buf_append_char(syntax->out, c);
        item(syntax);
    }
}

static bool read_escape(struct syntax *syntax)
{
    if (syntax->at + 1 >= syntax->pattern.len) {
        return refuse(syntax, "the pattern ends in a backslash");
    }
    char c = syntax->pattern.ptr[syntax->at + 1];
    syntax->at += 2;
    if (c == 'Q') {
        read_quoted(syntax);
        return true;
    }
    item(syntax);
    if (c == 's' || c == 'S') {
        emit(syntax, c == 's' ? "[" SPACE_CLASS "]" : "[^" SPACE_CLASS "]");
        return true;
    }
    if (strchr("bBAz", c) && c) {
        buf_printf(syntax->out, "\\%c", c);
        return true;
    }
    return read_common_escape(syntax, c);
}

/* --- classes --- */

static bool read_class_escape(struct syntax *syntax)
{
    if (syntax->at + 1 >= syntax->pattern.len) {
        return refuse(syntax, "a class has no end");
    }
    char c = syntax->pattern.ptr[syntax->at + 1];
    syntax->at += 2;
    if (c == 's' || c == 'S') {
        emit(syntax, c == 's' ? SPACE_CLASS : NOT_SPACE_RANGES);
        return true;
    }
    return read_common_escape(syntax, c);
}

/* [:alpha:] and its like, or a plain bracket. */
static bool read_class_bracket(struct syntax *syntax)
{
    static const char *const names[] = {"alnum", "alpha", "ascii", "blank", "cntrl",
                                        "digit", "graph", "lower", "print", "punct",
                                        "space", "upper", "word",  "xdigit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (int negated = 0; negated < 2; negated++) {
            char text[16];
            snprintf(text, sizeof text, "[:%s%s:]", negated ? "^" : "", names[i]);
            if (take(syntax, text)) {
                emit(syntax, text);
                return true;
            }
        }
    }
    if (next_is(syntax, "[:")) {
        return refuse(syntax, "an unknown class of characters");
    }
    syntax->at++;
    emit(syntax, "\\[");
    return true;
}

static bool read_class_item(struct syntax *syntax)
{
    char c = peek(syntax);
    if (c == '\\') {
        return read_class_escape(syntax);
    }
    if (c == '[') {
        return read_class_bracket(syntax);
    }
    buf_append_char(syntax->out, c);
    syntax->at++;
    return true;
}

static bool read_class(struct syntax *syntax)
{
    syntax->at++;
    emit(syntax, take(syntax, "^") ? "[^" : "[");
    if (take(syntax, "]")) {
        emit(syntax, "\\]");
    }
    while (peek(syntax) != ']') {
        if (ended(syntax)) {
            return refuse(syntax, "a class has no end");
        }
        if (!read_class_item(syntax)) {
            return false;
        }
    }
    syntax->at++;
    emit(syntax, "]");
    item(syntax);
    return true;
}

/* --- groups --- */

static bool open_group(struct syntax *syntax)
{
    if (syntax->depth == REGEX_DEPTH_MAX) {
        return refuse(syntax, "groups are nested too deeply");
    }
    syntax->repeats[++syntax->depth] = 1;
    syntax->repeatable = false;
    return true;
}

/* (?P<name>...) or (?<name>...), at the name. */
static bool read_named_group(struct syntax *syntax)
{
    size_t start = syntax->at;
    while (is_word(peek(syntax))) {
        syntax->at++;
    }
    size_t length = syntax->at - start;
    if (length == 0 || !take(syntax, ">")) {
        return refuse(syntax, "look-behind is not available, and names of groups are words");
    }
    buf_printf(syntax->out, "(?P<%.*s>", (int)length, syntax->pattern.ptr + start);
    return open_group(syntax);
}

/* (?i) for the rest, (?i:...) for a group; flags i, m, s, U. */
static bool read_flags(struct syntax *syntax)
{
    size_t start = syntax->at;
    while (peek(syntax) && strchr("imsU-", peek(syntax))) {
        syntax->at++;
    }
    buf_printf(syntax->out, "(?%.*s", (int)(syntax->at - start), syntax->pattern.ptr + start);
    if (take(syntax, ":")) {
        emit(syntax, ":");
        return open_group(syntax);
    }
    if (syntax->at > start && take(syntax, ")")) {
        emit(syntax, ")");
        syntax->repeatable = false;
        return true;
    }
    return refuse(syntax, "look-around, atomic groups, conditions and recursion are not available");
}

static bool read_group(struct syntax *syntax)
{
    syntax->at++;
    if (take(syntax, "?P<") || take(syntax, "?<")) {
        return read_named_group(syntax);
    }
    if (take(syntax, "?")) {
        return read_flags(syntax);
    }
    if (peek(syntax) == '*') {
        return refuse(syntax, "there is nothing to repeat");
    }
    emit(syntax, "(");
    return open_group(syntax);
}

static bool close_group(struct syntax *syntax)
{
    if (syntax->depth == 0) {
        return refuse(syntax, "a ) without a (");
    }
    uint32_t product = syntax->repeats[syntax->depth--];
    syntax->at++;
    emit(syntax, ")");
    item(syntax);
    syntax->product = product;
    if (product > syntax->repeats[syntax->depth]) {
        syntax->repeats[syntax->depth] = product;
    }
    return true;
}

/* --- repetition --- */

/* {n}, {n,}, {n,m}: the greater number. False: an ordinary brace. */
static bool read_counts(struct syntax *syntax, uint32_t *most)
{
    size_t at = syntax->at + 1;
    uint32_t counts[2] = {0, 0};
    size_t which = 0;
    size_t digits = 0;
    for (; at < syntax->pattern.len; at++) {
        char c = syntax->pattern.ptr[at];
        if (is_digit(c) && counts[which] <= REGEX_REPEAT_MAX) {
            counts[which] = counts[which] * 10 + (uint32_t)(c - '0');
            digits += which == 0;
        } else if (c == ',' && which == 0 && digits > 0) {
            which = 1;
        } else if (!is_digit(c)) {
            break;
        }
    }
    if (digits == 0 || at == syntax->pattern.len || syntax->pattern.ptr[at] != '}') {
        return false;
    }
    buf_append(syntax->out, span_of(syntax->pattern.ptr + syntax->at, at + 1 - syntax->at));
    syntax->at = at + 1;
    *most = counts[0] > counts[1] ? counts[0] : counts[1];
    return true;
}

/* After the repetition: a ? makes it lazy; anything more is none of RE2. */
static bool finish_repetition(struct syntax *syntax)
{
    if (!syntax->repeatable) {
        return refuse(syntax, "there is nothing to repeat");
    }
    if (syntax->repeated) {
        return refuse(syntax, "a repetition cannot be repeated, nor be possessive");
    }
    syntax->repeated = true;
    if (take(syntax, "?")) {
        emit(syntax, "?");
    }
    return true;
}

static bool read_braces(struct syntax *syntax)
{
    uint32_t most;
    if (!read_counts(syntax, &most)) {
        syntax->at++;
        emit(syntax, "\\{");
        item(syntax);
        return true;
    }
    uint32_t product = (most ? most : 1) * syntax->product;
    if (most > REGEX_REPEAT_MAX || product > REGEX_REPEAT_MAX) {
        return refuse(syntax, "more than 1000 repetitions");
    }
    if (product > syntax->repeats[syntax->depth]) {
        syntax->repeats[syntax->depth] = product;
    }
    return finish_repetition(syntax);
}

static bool read_star(struct syntax *syntax)
{
    buf_append_char(syntax->out, syntax->pattern.ptr[syntax->at++]);
    return finish_repetition(syntax);
}

/* --- the whole --- */

static bool read_plain(struct syntax *syntax)
{
    size_t size = utf8_size(peek(syntax));
    size = size > syntax->pattern.len - syntax->at ? syntax->pattern.len - syntax->at : size;
    buf_append(syntax->out, span_of(syntax->pattern.ptr + syntax->at, size));
    syntax->at += size;
    item(syntax);
    return true;
}

static bool read_alternative(struct syntax *syntax)
{
    syntax->at++;
    emit(syntax, "|");
    syntax->repeatable = false;
    return true;
}

static bool read_item(struct syntax *syntax)
{
    switch (peek(syntax)) {
    case '\\':
        return read_escape(syntax);
    case '[':
        return read_class(syntax);
    case '(':
        return read_group(syntax);
    case ')':
        return close_group(syntax);
    case '{':
        return read_braces(syntax);
    case '*':
    case '+':
    case '?':
        return read_star(syntax);
    case '|':
        return read_alternative(syntax);
    default:
        return read_plain(syntax);
    }
}

const char *regex_translate(struct span pattern, struct buf *out)
{
    struct syntax syntax = {.pattern = pattern, .out = out, .repeats = {1}};
    while (!ended(&syntax)) {
        if (!read_item(&syntax)) {
            return syntax.problem;
        }
    }
    return syntax.depth ? "a ( without a )" : NULL;
}
