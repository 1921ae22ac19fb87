/* template.c: cuts the text into literals and paths and compiles the paths. */
#include "policy/plan/template.h"

#include "policy/document/report.h"

struct reading {
    const struct expression_context *context;
    struct span text;
    const struct yaml_node *node;
    size_t at;
    struct plan_template_part *parts;
    size_t count;
    struct buf literal;
};

bool template_is_path(const struct cel_node *node)
{
    switch (node->kind) {
    case CEL_NODE_IDENT: return true;
    case CEL_NODE_SELECT: return !node->test_only && template_is_path(node->target);
    case CEL_NODE_INDEX:
        return node->arguments[0]->kind == CEL_NODE_CONSTANT && template_is_path(node->target);
    case CEL_NODE_CONSTANT:
    case CEL_NODE_CALL:
    case CEL_NODE_LIST:
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
    case CEL_NODE_COMPREHENSION: break;
    }
    return false;
}

static void refuse(struct reading *reading, size_t at, size_t length, struct span hint,
                   const char *message)
{
    report_error(reading->context->diags, yaml_place_in(reading->node, at, length), hint, "%s",
                 message);
}

static void add_part(struct reading *reading, const struct plan_template_part *part)
{
    reading->parts[reading->count++] = *part;
}

static void end_literal(struct reading *reading)
{
    if (reading->literal.len == 0) {
        return;
    }
    struct span literal = arena_copy(reading->context->arena, buf_view(&reading->literal));
    add_part(reading, &(struct plan_template_part){.literal = literal});
    buf_clear(&reading->literal);
}

/* The position of `wanted` from `at` on, outside of `names` and "strings"; text.len: none. */
static size_t find_outside_quotes(struct span text, size_t at, char wanted)
{
    char quote = '\0';
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if (c == wanted) {
            return at;
        } else if (c == '`' || c == '\'' || c == '"') {
            quote = c;
        }
    }
    return at;
}

/* The end of "{path|text}": quotes count in the path only, the text may hold an apostrophe. */
static size_t find_close(struct span text, size_t at, size_t *bar)
{
    size_t close = find_outside_quotes(text, at, '}');
    *bar = find_outside_quotes(text, at, '|');
    if (*bar > close) {
        *bar = text.len;
        return close;
    }
    for (close = *bar; close < text.len && text.ptr[close] != '}';) {
        close++;
    }
    return close;
}

static void read_path(struct reading *reading, size_t close, size_t bar)
{
    size_t start = reading->at + 1;
    size_t end = bar < close ? bar : close;
    struct span source = span_trim(span_of(reading->text.ptr + start, end - start));
    /* where the path stands in the scalar, so that issues point at it */
    size_t offset = source.len ? (size_t)(source.ptr - reading->text.ptr) : start;
    if (source.len == 0) {
        refuse(reading, reading->at, close - reading->at + 1, SPAN("write {{ and }} for braces"),
               "a path is missing between the braces");
        return;
    }
    struct plan_template_part part = {.source = source};
    part.program = expression_compile(reading->context,
                                      (struct expression){source, reading->node, offset});
    if (part.program && !template_is_path(cel_program_tree(part.program))) {
        refuse(reading, offset, source.len, SPAN("give it a name in variables: {variables.x}"),
               "a template takes a path, no computation");
    }
    if (bar < close) {
        part.has_fallback = true;
        part.fallback = span_of(reading->text.ptr + bar + 1, close - bar - 1);
    }
    end_literal(reading);
    if (part.program) {
        add_part(reading, &part);
    }
}

/* At a brace: a doubled one, or a path. Moves on behind it. */
static void read_brace(struct reading *reading)
{
    char c = reading->text.ptr[reading->at];
    if (reading->at + 1 < reading->text.len && reading->text.ptr[reading->at + 1] == c) {
        buf_append_char(&reading->literal, c);
        reading->at += 2;
        return;
    }
    if (c == '}') {
        refuse(reading, reading->at, 1, SPAN("write }} for a brace"), "a '}' without its '{'");
        reading->at++;
        return;
    }
    size_t bar = 0;
    size_t close = find_close(reading->text, reading->at + 1, &bar);
    if (close == reading->text.len) {
        refuse(reading, reading->at, 1, SPAN("write {{ for a brace"), "a '{' without its '}'");
        reading->at = close;
        return;
    }
    read_path(reading, close, bar);
    reading->at = close + 1;
}

static size_t parts_max(struct span text)
{
    size_t braces = 0;
    for (size_t i = 0; i < text.len; i++) {
        braces += text.ptr[i] == '{';
    }
    return 2 * braces + 1;
}

struct plan_template template_compile(const struct expression_context *context, struct span text,
                                      const struct yaml_node *node)
{
    struct expression_context quiet = *context;
    quiet.quiet_warnings = true; /* what is absent shows its fallback */
    struct reading reading = {.context = &quiet, .text = text, .node = node};
    reading.parts = arena_array(context->arena, parts_max(text), sizeof *reading.parts);
    while (reading.text.len > 0 && text.ptr[reading.text.len - 1] == '\n') {
        reading.text.len--; /* of a block scalar */
    }
    while (reading.at < reading.text.len) {
        char c = reading.text.ptr[reading.at];
        if (c == '{' || c == '}') {
            read_brace(&reading);
        } else {
            buf_append_char(&reading.literal, c);
            reading.at++;
        }
    }
    end_literal(&reading);
    buf_deinit(&reading.literal);
    return (struct plan_template){reading.parts, reading.count};
}
