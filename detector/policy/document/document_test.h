/* document_test.h: the tests inside a Policy as they were written. */
#ifndef POLICY_DOCUMENT_TEST_H
#define POLICY_DOCUMENT_TEST_H

#include "policy/document/fields.h"

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

#endif
