/* policy.h: the documents as they were written: typed, not yet checked against each other.
 * Expressions and templates are still texts. Everything lives in the arena of the set, with its
 * nodes. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/fields.h"
#include "policy/plan.h"

/* {name, expression}: variables, definitions, context. */
struct named_doc {
    struct field_record record;
    struct field_text name; /* in lists; in maps the name is record.key */
    struct field_text expression;
};

struct severity_doc {
    struct field_record record;
    struct field_word word;
    struct field_text expression;
};

struct match_doc {
    struct field_record record;
    struct field_word source;
    struct field_texts tables;
    struct field_texts services;
    struct field_words operations;
    struct field_texts attributes_changed;
};

struct exception_doc {
    struct field_record record;
    struct field_word api_version; /* of Exception documents, with kind, id and policy */
    struct field_word kind;
    struct field_text id;
    struct field_text policy;
    struct field_text name;        /* of inline ones */
    struct field_text condition;
    struct field_text owner;
    struct field_text reason;
    struct field_number expires;
};

struct suppression_doc {
    struct field_record record;
    struct field_word none; /* 1: every finding its own alert */
    struct field_texts group_by;
    struct field_number duration;
    struct field_bool summary;
};

struct alert_doc {
    struct field_record record;
    struct field_text title;
    struct field_text description;
    struct field_records context; /* named_doc */
    struct field_texts routes;
    struct field_texts steps;
    struct field_text runbook;
    struct field_texts references;
    struct field_texts false_positives;
};

struct mask_doc {
    struct field_record record; /* key: the path */
    struct field_word kind;
};

struct compliance_doc {
    struct field_record record;
    struct field_text framework;
    struct field_text control;
};

/* A policy's overrides of a lookup's settings. */
struct lookup_override_doc {
    struct field_record record;
    struct field_number grace;
    struct field_number max_age;
    struct field_word on_stale;
};

struct test_event_doc {
    struct field_record record;
    struct field_number at;
    struct field_word op;
    struct field_text table;
    struct field_bool ttl;
    const struct yaml_node *keys;
    const struct yaml_node *old_image;
    const struct yaml_node *new_image;
    const struct yaml_node *api_call;
};

struct expect_doc {
    struct field_record record;
    struct field_bool fired;
    struct field_number count;
    struct field_word severity;
    struct field_text title;
    struct field_text group;
    const struct yaml_node *masked;
    struct field_texts expect_only;
};

struct test_doc {
    struct field_record record;
    struct field_text name;
    const struct yaml_node *lookups;
    struct field_records events; /* test_event_doc */
    struct expect_doc expect;
};

struct compare_doc {
    struct field_record record;
    struct field_text gt, gte, lt, lte, eq, neq;
};

struct correlation_step_doc {
    struct field_record record;
    struct field_text policy;
    struct field_number min;
};

/* A correlation, or one named part of `all`. Read and checked in form; not available yet. */
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
    struct field_text metric;
    struct field_number bucket;
    struct field_records all; /* correlation_doc */
    struct field_text require;
};

struct policy_doc {
    struct field_record record;
    struct field_word api_version;
    struct field_word kind;
    struct field_text id;
    struct field_text name;
    struct field_text description;
    struct field_text owner;
    struct field_text version;
    struct field_text status;
    struct field_word mode;
    struct severity_doc severity;
    struct match_doc match;
    const struct yaml_node *params;
    struct field_records variables; /* named_doc */
    struct field_text condition;
    struct field_records lookups;   /* lookup_override_doc */
    struct correlation_doc correlation;
    struct field_records exceptions; /* exception_doc */
    struct suppression_doc suppression;
    struct alert_doc alert;
    struct field_records mask;       /* mask_doc */
    struct field_records compliance; /* compliance_doc */
    struct field_texts tags;
    struct field_word failure_policy;
    struct field_records tests;      /* test_doc */
};

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

enum document_kind {
    DOCUMENT_POLICY, DOCUMENT_LOOKUP, DOCUMENT_LIST, DOCUMENT_DEFINITIONS, DOCUMENT_EXCEPTION,
};
enum { DOCUMENT_KIND_COUNT = 5 };

/* Documents of one kind, in the order of their files; records of the kind's table. */
struct document_list {
    void *items;
    size_t count;
    size_t capacity;
};

/* Everything that was read. */
struct policy_set {
    struct arena *arena;
    struct diag_list *diags;
    struct document_list documents[DOCUMENT_KIND_COUNT];
};

/* The kind's name and the table of its keys; "Policy" ... "Exception". */
struct span document_kind_name(enum document_kind kind);
const struct field_table *document_table(enum document_kind kind);

/* Reads one file's documents into the set; what is wrong stands in set->diags. */
void policy_parse(struct policy_set *set, const struct yaml_documents *documents);

/* Views of the lists. */
const struct policy_doc *policy_set_policies(const struct policy_set *set, size_t *count);
const struct lookup_doc *policy_set_lookups(const struct policy_set *set, size_t *count);
const struct list_doc *policy_set_lists(const struct policy_set *set, size_t *count);
const struct definitions_doc *policy_set_definitions(const struct policy_set *set, size_t *count);
const struct exception_doc *policy_set_exceptions(const struct policy_set *set, size_t *count);

#endif
