/* yaml_tree.h: YAML text as a tree of nodes that know where they stand. Made from libyaml's events,
 * never from its documents. No aliases, anchors, tags, directives; a repeated key is an error. */
#ifndef POLICY_YAML_TREE_H
#define POLICY_YAML_TREE_H

#include "base/diag.h"
#include "base/status.h"
#include "model/value.h"

enum { YAML_FILE_BYTES_MAX = 1024 * 1024, YAML_DEPTH_MAX = 32 };

enum yaml_kind { YAML_KIND_SCALAR, YAML_KIND_MAP, YAML_KIND_LIST };

enum yaml_style {
    YAML_STYLE_PLAIN,
    YAML_STYLE_SINGLE,  /* '...' */
    YAML_STYLE_DOUBLE,  /* "..." */
    YAML_STYLE_LITERAL, /* | */
    YAML_STYLE_FOLDED,  /* > */
};

/* What a scalar means in the core schema of YAML 1.2: quoted ones are always text, and so are yes,
 * no, on, off. */
enum yaml_meaning { YAML_MEANS_TEXT, YAML_MEANS_NULL, YAML_MEANS_BOOL, YAML_MEANS_NUMBER };

/* A file's text without byte order mark, and where its lines begin. Name and text live as long as
 * the diagnostics of the reading. */
struct yaml_source {
    struct span file;
    struct span text;
    const uint32_t *line_starts;
    uint32_t line_count;
};

struct yaml_entry;

/* Immutable; lives in the arena given to yaml_read, as does all that it points to. */
struct yaml_node {
    enum yaml_kind kind;
    enum yaml_style style;                /* of SCALAR */
    struct span text;                     /* of SCALAR */
    const struct yaml_entry *entries;     /* of MAP, in the order of the file */
    const struct yaml_node *const *items; /* of LIST */
    size_t count;                         /* of entries or items */
    const struct yaml_source *source;
    uint32_t start;                       /* bytes of source->text */
    uint32_t end;
};

struct yaml_entry {
    const struct yaml_node *key; /* a scalar */
    const struct yaml_node *value;
};

struct yaml_documents {
    const struct yaml_node *const *items;
    size_t count;
};

/* Reads a whole file's text; `file` is the name that diagnostics show. Both are copied into
 * diags->arena, because places name them; all else lives in `arena`. Empty documents are left out.
 * STATUS_INVALID, STATUS_LIMIT: *diags says what and where. One thread per arena. */
MUST_USE enum status yaml_read(struct span file, struct span text, struct arena *arena,
                               struct diag_list *diags, struct yaml_documents *out);

/* Where a node stands; a scalar of one line is underlined whole. */
struct place yaml_place(const struct yaml_node *node);
/* Where `length` bytes from byte `offset` of a scalar's *value* stand in the file, whatever its
 * style: escapes, folded lines and the indentation of block scalars are accounted for. */
struct place yaml_place_in(const struct yaml_node *node, size_t offset, size_t length);

/* The value under a key of a map; NULL when there is none. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* What the scalar means. */
enum yaml_meaning yaml_meaning(const struct yaml_node *scalar);
/* "a map", "a list", "text", "a number", "true or false", "nothing": for messages. */
const char *yaml_describe(const struct yaml_node *node);

/* The node as data, by the core schema; every number is a decimal. STATUS_INVALID when a number
 * has leading zeros, is infinite or has more than 38 digits: *diags says so. Texts are views of
 * the tree. */
MUST_USE enum status yaml_value(const struct yaml_node *node, struct arena *arena,
                                struct diag_list *diags, struct value *out);

#endif
