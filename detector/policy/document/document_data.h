/* document_data.h: what policies read: Lookups, Lists and Definitions as they were written. */
#ifndef POLICY_DOCUMENT_DATA_H
#define POLICY_DOCUMENT_DATA_H

#include "policy/document/document_policy.h"

struct column_doc {
    struct field_record record; /* key: the column */
    struct field_word type;
};

struct lookup_source_doc {
    struct field_record record;
    struct field_text file;
    struct field_text kafka;
    struct field_text table;
};

struct lookup_key_doc {
    struct field_record record;
    struct field_text column;
    struct field_word type; /* 1: cidr */
};

struct lookup_valid_doc {
    struct field_record record;
    struct field_text from;
    struct field_text to;
};

struct lookup_doc {
    struct field_record record;
    struct field_word api_version;
    struct field_word kind;
    struct field_text id;
    struct field_text owner;
    struct field_text description;
    struct lookup_source_doc source;
    struct lookup_key_doc key;
    struct field_records columns; /* column_doc */
    struct lookup_valid_doc valid;
    struct field_number grace;
    struct field_number max_age;
    struct field_word on_stale;
};

struct list_doc {
    struct field_record record;
    struct field_word api_version;
    struct field_word kind;
    struct field_text id;
    struct field_text owner;
    struct field_text description;
    const struct yaml_node *values;
};

struct definitions_doc {
    struct field_record record;
    struct field_word api_version;
    struct field_word kind;
    struct field_text id;
    struct field_text owner;
    struct field_text description;
    struct field_records definitions; /* named_doc */
};

#endif
