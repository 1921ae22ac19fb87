/* type_parse.c: recursive descent over the table's own small notation. */
#include "cel/check/type_parse.h"

enum { DEPTH_MAX = 64, PARAMETERS_MAX = 16 };

struct parser {
    struct arena *arena;
    struct span text;
    size_t at;
    uint32_t depth;
};

static const struct {
    struct span name;
    enum cel_type_kind kind;
} SIMPLE_NAMES[] = {
    {{"dyn", 3}, CEL_TYPE_DYN},
    {{"error", 5}, CEL_TYPE_ERROR},
    {{"null_type", 9}, CEL_TYPE_NULL},
    {{"null", 4}, CEL_TYPE_NULL},
    {{"bool", 4}, CEL_TYPE_BOOL},
    {{"int", 3}, CEL_TYPE_INT},
    {{"uint", 4}, CEL_TYPE_UINT},
    {{"double", 6}, CEL_TYPE_DOUBLE},
    {{"decimal", 7}, CEL_TYPE_DECIMAL},
    {{"string", 6}, CEL_TYPE_STRING},
    {{"bytes", 5}, CEL_TYPE_BYTES},
    {{"timestamp", 9}, CEL_TYPE_TIMESTAMP},
    {{"google.protobuf.Timestamp", 25}, CEL_TYPE_TIMESTAMP},
    {{"duration", 8}, CEL_TYPE_DURATION},
    {{"google.protobuf.Duration", 24}, CEL_TYPE_DURATION},
    {{"ip", 2}, CEL_TYPE_IP},
    {{"net.IP", 6}, CEL_TYPE_IP},
    {{"cidr", 4}, CEL_TYPE_CIDR},
    {{"net.CIDR", 8}, CEL_TYPE_CIDR},
    {{"google.protobuf.Any", 19}, CEL_TYPE_DYN},
    {{"google.protobuf.Value", 21}, CEL_TYPE_DYN},
};

/* The messages that stand for a nullable scalar. */
static const struct {
    struct span name;
    enum cel_type_kind kind;
} WRAPPER_NAMES[] = {
    {{"google.protobuf.BoolValue", 25}, CEL_TYPE_BOOL},
    {{"google.protobuf.Int32Value", 26}, CEL_TYPE_INT},
    {{"google.protobuf.Int64Value", 26}, CEL_TYPE_INT},
    {{"google.protobuf.UInt32Value", 27}, CEL_TYPE_UINT},
    {{"google.protobuf.UInt64Value", 27}, CEL_TYPE_UINT},
    {{"google.protobuf.FloatValue", 26}, CEL_TYPE_DOUBLE},
    {{"google.protobuf.DoubleValue", 27}, CEL_TYPE_DOUBLE},
    {{"google.protobuf.StringValue", 27}, CEL_TYPE_STRING},
    {{"google.protobuf.BytesValue", 26}, CEL_TYPE_BYTES},
};

/* Types with parameters; all of them are dyn when none is written. */
static const struct {
    struct span name;
    enum cel_type_kind kind;
    size_t parameter_count;
} GENERIC_NAMES[] = {
    {{"list", 4}, CEL_TYPE_LIST, 1},
    {{"map", 3}, CEL_TYPE_MAP, 2},
    {{"optional_type", 13}, CEL_TYPE_OPTIONAL, 1},
    {{"optional", 8}, CEL_TYPE_OPTIONAL, 1},
    {{"type", 4}, CEL_TYPE_TYPE, 1},
    {{"wrapper", 7}, CEL_TYPE_WRAPPER, 1},
};

static const struct cel_type *parse_type(struct parser *parser);

static void skip_space(struct parser *parser)
{
    while (parser->at < parser->text.len && parser->text.ptr[parser->at] == ' ') {
        parser->at++;
    }
}

static bool accept(struct parser *parser, struct span word)
{
    skip_space(parser);
    struct span rest = span_of(parser->text.ptr + parser->at, parser->text.len - parser->at);
    if (!span_starts_with(rest, word)) {
        return false;
    }
    parser->at += word.len;
    return true;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

static struct span parse_name(struct parser *parser)
{
    skip_space(parser);
    size_t start = parser->at;
    while (parser->at < parser->text.len && is_name_character(parser->text.ptr[parser->at]) &&
           !span_starts_with(span_of(parser->text.ptr + parser->at, parser->text.len - parser->at),
                             SPAN("..."))) {
        parser->at++;
    }
    return span_of(parser->text.ptr + start, parser->at - start);
}

static struct cel_type *new_type(struct parser *parser, enum cel_type_kind kind)
{
    struct cel_type *type = arena_alloc(parser->arena, sizeof *type);
    type->kind = kind;
    return type;
}

static const struct cel_type *named(struct parser *parser, enum cel_type_kind kind,
                                    struct span name)
{
    struct cel_type *type = new_type(parser, kind);
    type->name = arena_copy(parser->arena, name);
    return type;
}

static const struct cel_type *generic(struct parser *parser, enum cel_type_kind kind,
                                      const struct cel_type *const *parameters, size_t count)
{
    struct cel_type *type = new_type(parser, kind);
    const struct cel_type **copy = arena_array(parser->arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = parameters ? parameters[i] : cel_type_simple(CEL_TYPE_DYN);
    }
    type->parameters = copy;
    type->parameter_count = count;
    return type;
}

/* Types up to the closing parenthesis; false when malformed. */
static bool parse_list(struct parser *parser, const struct cel_type *out[PARAMETERS_MAX],
                       size_t *count, bool *repeated)
{
    *count = 0;
    *repeated = false;
    if (accept(parser, SPAN(")"))) {
        return true;
    }
    do {
        const struct cel_type *type = *count < PARAMETERS_MAX ? parse_type(parser) : NULL;
        if (!type || *repeated) {
            return false;
        }
        out[(*count)++] = type;
        *repeated = accept(parser, SPAN("..."));
    } while (accept(parser, SPAN(",")));
    return accept(parser, SPAN(")"));
}

static const struct cel_type *parse_generic(struct parser *parser, struct span name)
{
    const struct cel_type *parameters[PARAMETERS_MAX];
    size_t count;
    bool repeated;
    if (!parse_list(parser, parameters, &count, &repeated) || count == 0 || repeated) {
        return NULL;
    }
    if (span_equals(name, SPAN("param"))) {
        bool plain = count == 1 && parameters[0]->name.len > 0;
        return plain ? named(parser, CEL_TYPE_PARAM, parameters[0]->name) : NULL;
    }
    for (size_t i = 0; i < sizeof GENERIC_NAMES / sizeof *GENERIC_NAMES; i++) {
        if (span_equals(name, GENERIC_NAMES[i].name)) {
            bool fits = count == GENERIC_NAMES[i].parameter_count;
            return fits ? generic(parser, GENERIC_NAMES[i].kind, parameters, count) : NULL;
        }
    }
    struct cel_type *type = new_type(parser, CEL_TYPE_ABSTRACT);
    *type = *generic(parser, CEL_TYPE_ABSTRACT, parameters, count);
    type->name = arena_copy(parser->arena, name);
    return type;
}

static const struct cel_type *known_message(struct parser *parser, struct span name)
{
    for (size_t i = 0; i < sizeof WRAPPER_NAMES / sizeof *WRAPPER_NAMES; i++) {
        if (span_equals(name, WRAPPER_NAMES[i].name)) {
            const struct cel_type *scalar = cel_type_simple(WRAPPER_NAMES[i].kind);
            return generic(parser, CEL_TYPE_WRAPPER, &scalar, 1);
        }
    }
    if (span_equals(name, SPAN("google.protobuf.Struct"))) {
        return cel_type_map(parser->arena, cel_type_simple(CEL_TYPE_STRING),
                            cel_type_simple(CEL_TYPE_DYN));
    }
    return span_equals(name, SPAN("google.protobuf.ListValue"))
               ? generic(parser, CEL_TYPE_LIST, NULL, 1)
               : NULL;
}

static const struct cel_type *parse_plain(struct parser *parser, struct span name)
{
    for (size_t i = 0; i < sizeof SIMPLE_NAMES / sizeof *SIMPLE_NAMES; i++) {
        if (span_equals(name, SIMPLE_NAMES[i].name)) {
            return cel_type_simple(SIMPLE_NAMES[i].kind);
        }
    }
    for (size_t i = 0; i < sizeof GENERIC_NAMES / sizeof *GENERIC_NAMES; i++) {
        if (span_equals(name, GENERIC_NAMES[i].name)) {
            return generic(parser, GENERIC_NAMES[i].kind, NULL, GENERIC_NAMES[i].parameter_count);
        }
    }
    if (name.len == 1 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z') {
        return named(parser, CEL_TYPE_PARAM, name);
    }
    const struct cel_type *message = known_message(parser, name);
    return message ? message : named(parser, CEL_TYPE_ABSTRACT, name);
}

static const struct cel_type *parse_type(struct parser *parser)
{
    struct span name = parse_name(parser);
    if (name.len == 0 || ++parser->depth > DEPTH_MAX) {
        return NULL;
    }
    const struct cel_type *type = accept(parser, SPAN("(")) ? parse_generic(parser, name)
                                                            : parse_plain(parser, name);
    parser->depth--;
    return type;
}

const struct cel_type *cel_type_parse(struct arena *arena, struct span text)
{
    struct parser parser = {.arena = arena, .text = text};
    const struct cel_type *type = parse_type(&parser);
    skip_space(&parser);
    return parser.at == text.len ? type : NULL;
}

bool cel_signature_parse(struct arena *arena, struct span text, struct cel_signature_types *out)
{
    struct parser parser = {.arena = arena, .text = text};
    const struct cel_type *parameters[PARAMETERS_MAX];
    size_t count;
    bool repeated;
    if (!accept(&parser, SPAN("(")) || !parse_list(&parser, parameters, &count, &repeated) ||
        !accept(&parser, SPAN("->"))) {
        return false;
    }
    const struct cel_type *result = parse_type(&parser);
    skip_space(&parser);
    if (!result || parser.at != text.len) {
        return false;
    }
    const struct cel_type **copy = arena_array(arena, count + 1, sizeof *copy);
    if (count) {
        memcpy(copy, parameters, count * sizeof *copy);
    }
    *out = (struct cel_signature_types){copy, count, repeated, result};
    return true;
}
