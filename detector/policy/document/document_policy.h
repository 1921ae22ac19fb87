/* document_policy.h: a Policy as it was written, and an Exception. Expressions are texts. */
#ifndef POLICY_DOCUMENT_POLICY_H
#define POLICY_DOCUMENT_POLICY_H

#include "policy/document/document_correlation.h"
#include "policy/document/document_test.h"

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
    struct field_texts operations;
    struct field_texts attributes_changed;
};

/* What an attribute is when it is there and not null, as DynamoDB's types are read. */
enum declared_type {
    DECLARED_STRING,
    DECLARED_DECIMAL,
    DECLARED_BOOL,
    DECLARED_BYTES,
    DECLARED_LIST, /* sets too */
    DECLARED_MAP,
};

struct attribute_doc {
    struct field_record record; /* key: the attribute */
    struct field_word type;     /* enum declared_type */
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
    struct field_records attributes; /* attribute_doc */
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

#endif
