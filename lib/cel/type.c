/* type.c: simple types are constants; lists, maps and the like live in an arena. */
#include "cel/type.h"

#include "base/buf.h"

enum { FORMAT_DEPTH_MAX = 64 };

/* Kinds whose name says it all; the others are built with parameters. */
static const struct cel_type SIMPLE_TYPES[] = {
    [CEL_TYPE_DYN] = {.kind = CEL_TYPE_DYN},
    [CEL_TYPE_ERROR] = {.kind = CEL_TYPE_ERROR},
    [CEL_TYPE_NULL] = {.kind = CEL_TYPE_NULL},
    [CEL_TYPE_BOOL] = {.kind = CEL_TYPE_BOOL},
    [CEL_TYPE_INT] = {.kind = CEL_TYPE_INT},
    [CEL_TYPE_UINT] = {.kind = CEL_TYPE_UINT},
    [CEL_TYPE_DOUBLE] = {.kind = CEL_TYPE_DOUBLE},
    [CEL_TYPE_DECIMAL] = {.kind = CEL_TYPE_DECIMAL},
    [CEL_TYPE_STRING] = {.kind = CEL_TYPE_STRING},
    [CEL_TYPE_BYTES] = {.kind = CEL_TYPE_BYTES},
    [CEL_TYPE_TIMESTAMP] = {.kind = CEL_TYPE_TIMESTAMP},
    [CEL_TYPE_DURATION] = {.kind = CEL_TYPE_DURATION},
    [CEL_TYPE_IP] = {.kind = CEL_TYPE_IP},
    [CEL_TYPE_CIDR] = {.kind = CEL_TYPE_CIDR},
};

static const char *const NAMES[] = {
    [CEL_TYPE_DYN] = "dyn",
    [CEL_TYPE_ERROR] = "error",
    [CEL_TYPE_NULL] = "null_type",
    [CEL_TYPE_BOOL] = "bool",
    [CEL_TYPE_INT] = "int",
    [CEL_TYPE_UINT] = "uint",
    [CEL_TYPE_DOUBLE] = "double",
    [CEL_TYPE_DECIMAL] = "decimal",
    [CEL_TYPE_STRING] = "string",
    [CEL_TYPE_BYTES] = "bytes",
    [CEL_TYPE_TIMESTAMP] = "timestamp",
    [CEL_TYPE_DURATION] = "duration",
    [CEL_TYPE_IP] = "ip",
    [CEL_TYPE_CIDR] = "cidr",
    [CEL_TYPE_LIST] = "list",
    [CEL_TYPE_MAP] = "map",
    [CEL_TYPE_OPTIONAL] = "optional_type",
    [CEL_TYPE_TYPE] = "type",
    [CEL_TYPE_ROW] = "row",
    [CEL_TYPE_WRAPPER] = "wrapper",
};

const struct cel_type *cel_type_simple(enum cel_type_kind kind)
{
    return &SIMPLE_TYPES[kind <= CEL_TYPE_CIDR ? kind : CEL_TYPE_DYN];
}

static const struct cel_type *with_parameters(struct arena *arena, enum cel_type_kind kind,
                                              const struct cel_type *first,
                                              const struct cel_type *second)
{
    struct cel_type *type = arena_alloc(arena, sizeof *type);
    const struct cel_type **parameters = arena_array(arena, 2, sizeof *parameters);
    parameters[0] = first;
    parameters[1] = second;
    type->kind = kind;
    type->parameters = parameters;
    type->parameter_count = second ? 2 : 1;
    return type;
}

const struct cel_type *cel_type_list(struct arena *arena, const struct cel_type *element)
{
    return with_parameters(arena, CEL_TYPE_LIST, element, NULL);
}

const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *key,
                                    const struct cel_type *value)
{
    return with_parameters(arena, CEL_TYPE_MAP, key, value);
}

const struct cel_type *cel_type_optional(struct arena *arena, const struct cel_type *value)
{
    return with_parameters(arena, CEL_TYPE_OPTIONAL, value, NULL);
}

const struct cel_type *cel_type_nullable(struct arena *arena, const struct cel_type *type)
{
    return with_parameters(arena, CEL_TYPE_WRAPPER, type, NULL);
}

const struct cel_type *cel_type_row(struct arena *arena, struct span name,
                                    const struct cel_type_member *members, size_t count)
{
    struct cel_type *type = arena_alloc(arena, sizeof *type);
    *type = *with_parameters(arena, CEL_TYPE_ROW, cel_type_simple(CEL_TYPE_STRING),
                             cel_type_simple(CEL_TYPE_DYN));
    type->name = arena_copy(arena, name);
    type->members = members;
    type->member_count = count;
    return type;
}

const struct cel_type *cel_type_row_member(const struct cel_type *row, struct span name)
{
    for (size_t i = 0; i < row->member_count; i++) {
        if (span_equals(row->members[i].name, name)) {
            return row->members[i].type;
        }
    }
    return NULL;
}

static void append_type(const struct cel_type *type, uint32_t depth, struct buf *out)
{
    bool row = type->kind == CEL_TYPE_ROW;
    if (row || type->kind == CEL_TYPE_ABSTRACT || type->kind == CEL_TYPE_PARAM) {
        buf_append(out, type->name);
    } else {
        buf_append(out, span_view(NAMES[type->kind]));
    }
    if (type->parameter_count == 0 || row) {
        return;
    }
    if (depth == FORMAT_DEPTH_MAX) {
        buf_append(out, SPAN("(...)"));
        return;
    }
    for (size_t i = 0; i < type->parameter_count; i++) {
        buf_append(out, i ? SPAN(", ") : SPAN("("));
        append_type(type->parameters[i], depth + 1, out);
    }
    buf_append_char(out, ')');
}

struct span cel_type_format(struct arena *arena, const struct cel_type *type)
{
    struct buf text = {0};
    append_type(type, 0, &text);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}
