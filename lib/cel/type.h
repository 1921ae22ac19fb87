/* type.h: static types of expressions, for the checker. */
#ifndef CEL_TYPE_H
#define CEL_TYPE_H

#include "base/arena.h"

enum cel_type_kind {
    CEL_TYPE_DYN,
    CEL_TYPE_ERROR, /* already reported; fits everything */
    CEL_TYPE_NULL,
    CEL_TYPE_BOOL,
    CEL_TYPE_INT,
    CEL_TYPE_UINT,
    CEL_TYPE_DOUBLE,
    CEL_TYPE_DECIMAL,
    CEL_TYPE_STRING,
    CEL_TYPE_BYTES,
    CEL_TYPE_TIMESTAMP,
    CEL_TYPE_DURATION,
    CEL_TYPE_IP,
    CEL_TYPE_CIDR,
    CEL_TYPE_LIST,     /* parameters[0] = element */
    CEL_TYPE_MAP,      /* parameters[0] = key, [1] = value */
    CEL_TYPE_OPTIONAL, /* parameters[0] = value */
    CEL_TYPE_TYPE,     /* parameters[0] = the type named */
    CEL_TYPE_ROW,      /* a map(string, dyn) whose members are declared: name, members */
    CEL_TYPE_WRAPPER,  /* parameters[0] = what it is when it is not null */
    CEL_TYPE_ABSTRACT, /* name with parameters */
    CEL_TYPE_PARAM,    /* a type variable of an overload: name */
};

/* A member that every map of a row type may have. */
struct cel_type_member {
    struct span name;
    const struct cel_type *type;
};

struct cel_type {
    enum cel_type_kind kind;
    struct span name; /* ABSTRACT, PARAM, ROW */
    const struct cel_type *const *parameters;
    size_t parameter_count;
    const struct cel_type_member *members; /* ROW */
    size_t member_count;
};

/* A type without parameters; static, never freed. */
const struct cel_type *cel_type_simple(enum cel_type_kind kind);
const struct cel_type *cel_type_list(struct arena *arena, const struct cel_type *element);
const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *key,
                                    const struct cel_type *value);
const struct cel_type *cel_type_optional(struct arena *arena, const struct cel_type *value);
/* What `type` stands for, or null: reading it is like reading a `type`, and it may be compared with
 * null. */
const struct cel_type *cel_type_nullable(struct arena *arena, const struct cel_type *type);
/* A map from names to values of which the members are known, and no others are. `name` is what
 * messages call it, and tells it from other rows; the members are not copied. */
const struct cel_type *cel_type_row(struct arena *arena, struct span name,
                                    const struct cel_type_member *members, size_t count);
/* The declared type of a member of a row; NULL when it has none of this name. */
const struct cel_type *cel_type_row_member(const struct cel_type *row, struct span name);
/* Reads a type as messages write it: "int", "list(dyn)", "map(string, T)"; NULL when malformed.
 * A single capital letter is a type parameter. */
const struct cel_type *cel_type_parse(struct arena *arena, struct span text);
/* The same text back. */
struct span cel_type_format(struct arena *arena, const struct cel_type *type);

#endif
