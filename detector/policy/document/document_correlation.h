/* document_correlation.h: the correlation of a Policy as it was written. */
#ifndef POLICY_DOCUMENT_CORRELATION_H
#define POLICY_DOCUMENT_CORRELATION_H

#include "policy/document/fields.h"

struct compare_doc {
    struct field_record record;
    struct field_text gt, gte, lt, lte, eq, neq;
};

struct correlation_step_doc {
    struct field_record record;
    struct field_text policy;
    struct field_number min;
};

/* A correlation, or one named part of `all`. */
struct correlation_doc {
    struct field_record record;
    struct field_word type;
    struct field_texts policies;
    struct field_texts without;
    const struct yaml_node *aliases;
    struct field_texts group_by;
    struct field_number timespan;
    struct field_word window;
    struct field_number gap;
    struct field_text field;
    struct field_texts fields;
    struct compare_doc condition;
    struct field_number percentile;
    struct field_number allowed_lateness;
    struct field_records steps; /* correlation_step_doc */
    struct field_number before;
    struct field_number after;
    struct field_number history_window;
    struct field_number learning;
    struct field_number within;
    struct field_word metric;
    struct field_number bucket;
    struct field_records all; /* correlation_doc */
    struct field_text require;
};

#endif
