/* fields.h: typed reading of YAML maps from one table of keys. The same tables make the JSON
 * Schema (schema.h) and the reference of keys, so what is read is what is documented.
 *
 * A record struct begins with struct field_record; each row of its table names a key, the type of
 * its value and where in the struct it goes. What is read keeps its node, for places of later
 * findings; a node of NULL means that the key was not given (and that the default stands there, if
 * any). */
#ifndef POLICY_FIELDS_H
#define POLICY_FIELDS_H

#include "policy/yaml/yaml_tree.h"

struct field_text {
    struct span text;
    const struct yaml_node *node;
};
struct field_word {
    int value;
    const struct yaml_node *node;
};
struct field_bool {
    bool truth;
    const struct yaml_node *node;
};
struct field_number {
    int64_t number; /* durations and times: microseconds */
    const struct yaml_node *node;
};
struct field_texts {
    const struct field_text *items;
    size_t count;
    const struct yaml_node *node;
};
struct field_words {
    const struct field_word *items;
    size_t count;
    const struct yaml_node *node;
};
struct field_records {
    const void *items; /* an array of the record struct of the row's table */
    size_t count;
    const struct yaml_node *node;
};
/* The head of every record struct. */
struct field_record {
    const struct yaml_node *node; /* the whole record; NULL: not given */
    struct field_text key;        /* its name, where it stands in a map of names (FIELD_MAP) */
};

enum field_type {
    FIELD_TEXT,       /* field_text: not empty; numbers must be quoted */
    FIELD_SCALAR,     /* field_text: as written, quoted or not (expressions) */
    FIELD_NAME,       /* field_text: lower-case letters, digits, '-', '_' */
    FIELD_IDENTIFIER, /* field_text: a name that an expression can say */
    FIELD_WORD,       /* field_word: one of `words` */
    FIELD_BOOL,       /* field_bool */
    FIELD_INTEGER,    /* field_number: from min to max */
    FIELD_DURATION,   /* field_number: "90s", "15m", "2h", "14d"; from min to max microseconds */
    FIELD_TIME,       /* field_number: "2027-12-31", "2027-12-31T08:00:00Z" */
    FIELD_TEXTS,      /* field_texts: from min to max of them; max 0: no bound */
    FIELD_WORDS,      /* field_words: each one of `words`, in any case; number as above */
    FIELD_RECORD,     /* a record struct; or a bare scalar, read by `scalar` */
    FIELD_RECORDS,    /* field_records: a list of records; number as above */
    FIELD_MAP,        /* field_records: a map from names to records */
    FIELD_ANY,        /* const struct yaml_node *: read by somebody else */
    FIELD_ANY_MAP,    /* the same, but a map */
};

struct field_choice {
    struct span word;
    int value;
};

struct field {
    const char *key;
    enum field_type type;
    size_t offset;                    /* in the record struct */
    bool required;
    const struct field_choice *words; /* WORD, WORDS */
    size_t word_count;
    const struct field_table *record; /* RECORD, RECORDS, MAP */
    int64_t min;
    int64_t max;
    const char *fallback;             /* the default, as it would be written; NULL: none */
    const char *doc;                  /* one sentence or two; shown in schema and reference */
};

struct field_table {
    const char *name;                 /* for messages: "a policy" */
    const struct field *fields;
    size_t count;
    size_t size;                      /* of the record struct */
    const struct field *scalar;       /* how a bare scalar is read; NULL: only a map will do.
                                         A table without rows takes only the scalar */
    enum field_type key_type;         /* of names in a FIELD_MAP: NAME, IDENTIFIER or TEXT */
};

/* Reads `node` into *out, a zeroed struct of table->size bytes. Everything wrong is reported; what
 * could be read is filled in all the same. Lists live in `arena`, texts are views of the tree. */
void fields_read(const struct field_table *table, const struct yaml_node *node,
                 struct arena *arena, struct diag_list *diags, void *out);

/* Whether a text can be a name of type FIELD_IDENTIFIER. */
bool fields_is_identifier(struct span text);

/* The row of a key; NULL when the table has none. */
const struct field *fields_find(const struct field_table *table, struct span key);

#endif
