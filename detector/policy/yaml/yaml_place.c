/* Where a byte of a scalar's value stands in the file. The source of the scalar is read once more
 * by the rules of its style, and the bytes that each stretch of it makes are counted. */
#include "policy/yaml/yaml_source.h"

/* A stretch of source text and how many bytes of the value it makes. */
struct step {
    size_t source;
    size_t value;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

/* The bytes of UTF-8 that an escape of `digits` hexadecimal digits makes. */
static size_t escape_bytes(struct span digits)
{
    uint32_t code = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        uint32_t digit = (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        code = code << 4 | (digit & 0xF);
    }
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* A run of blanks and line breaks: kept as it is within a line; else one break is a space, n breaks
 * are n - 1 line feeds. */
static struct step white_step(struct span text)
{
    size_t length = 0;
    size_t breaks = 0;
    while (length < text.len && (is_blank(text.ptr[length]) || is_break(text.ptr[length]))) {
        breaks += text.ptr[length] == '\n';
        length++;
    }
    return (struct step){length, breaks == 0 ? length : breaks == 1 ? 1 : breaks - 1};
}

static struct step escape_step(struct span text)
{
    char c = text.len > 1 ? text.ptr[1] : '\0';
    if (is_break(c)) { /* the line goes on: break and indentation make nothing */
        struct step white = white_step(span_of(text.ptr + 1, text.len - 1));
        return (struct step){1 + white.source, 0};
    }
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits > 0 && text.len >= 2 + digits) {
        return (struct step){2 + digits, escape_bytes(span_of(text.ptr + 2, digits))};
    }
    bool two = c == 'N' || c == '_';
    bool three = c == 'L' || c == 'P';
    return (struct step){text.len > 1 ? 2 : 1, two ? 2 : three ? 3 : 1};
}

static struct step flow_step(struct span text, enum yaml_style style)
{
    if (is_blank(text.ptr[0]) || is_break(text.ptr[0])) {
        return white_step(text);
    }
    if (style == YAML_STYLE_DOUBLE && text.ptr[0] == '\\') {
        return escape_step(text);
    }
    bool doubled = style == YAML_STYLE_SINGLE && text.len > 1 && text.ptr[0] == '\'';
    return (struct step){doubled ? 2 : 1, 1};
}

/* For plain and quoted scalars. */
static uint32_t flow_offset(const struct yaml_node *node, size_t offset)
{
    struct span source = node->source->text;
    size_t at = node->start + (node->style != YAML_STYLE_PLAIN);
    size_t end = node->end - (node->style != YAML_STYLE_PLAIN && node->end > at);
    size_t made = 0;
    while (at < end) {
        struct step step = flow_step(span_of(source.ptr + at, end - at), node->style);
        if (made + step.value > offset) {
            bool same = step.source == step.value;
            return (uint32_t)(at + (same ? offset - made : 0));
        }
        made += step.value;
        at += step.source;
    }
    return (uint32_t)end;
}

static bool is_white(char c)
{
    return is_blank(c) || is_break(c);
}

/* For block scalars: apart from white space, value and source hold the same bytes in the same
 * order. */
static uint32_t block_offset(const struct yaml_node *node, size_t offset)
{
    struct span source = node->source->text;
    size_t solid = 0;  /* solid bytes before the offset */
    size_t behind = 0; /* white ones since the last of them */
    for (size_t i = 0; i < offset && i < node->text.len; i++) {
        bool white = is_white(node->text.ptr[i]);
        solid += !white;
        behind = white ? behind + 1 : 0;
    }
    bool at_white = offset >= node->text.len || is_white(node->text.ptr[offset]);
    size_t at = node->start;
    while (at < node->end && source.ptr[at] != '\n') {
        at++;
    }
    size_t wanted = solid + !at_white;
    for (; at < node->end; at++) {
        wanted -= !is_white(source.ptr[at]);
        if (wanted == 0) {
            break;
        }
    }
    if (!at_white || solid == 0) {
        return (uint32_t)at;
    }
    size_t after = at + 1;
    while (behind > 0 && after < node->end && is_blank(source.ptr[after])) {
        after++;
        behind--;
    }
    return (uint32_t)after;
}

static uint32_t source_offset(const struct yaml_node *node, size_t offset)
{
    bool block = node->style == YAML_STYLE_LITERAL || node->style == YAML_STYLE_FOLDED;
    return block ? block_offset(node, offset) : flow_offset(node, offset);
}

struct place yaml_place_in(const struct yaml_node *node, size_t offset, size_t length)
{
    uint32_t start = source_offset(node, offset);
    uint32_t end = length > 1 ? source_offset(node, offset + length - 1) + 1 : start + 1;
    return yaml_source_place(node->source, start, end > start ? end : start + 1);
}
