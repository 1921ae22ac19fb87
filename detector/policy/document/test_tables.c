/* test_tables.c: the keys of the tests inside a policy. */
#include "policy/document/policy_tables.h"

static const struct field_choice operation_words[] = {
    {{"INSERT", 6}, CHANGE_INSERT},
    {{"MODIFY", 6}, CHANGE_MODIFY},
    {{"REMOVE", 6}, CHANGE_REMOVE},
};

static const struct field event_fields[] = {
    {.key = "at", .type = FIELD_DURATION, .offset = offsetof(struct test_event_doc, at),
     .fallback = "0s",
     .doc = "When it happens, from the start of the test."},
    {.key = "op", .type = FIELD_WORD, .offset = offsetof(struct test_event_doc, op),
     .words = operation_words, .word_count = CHANGE_OP_COUNT,
     .doc = "The operation; of a change of an item, which also needs `keys`."},
    {.key = "table", .type = FIELD_TEXT, .offset = offsetof(struct test_event_doc, table),
     .doc = "Default: the first of match.tables."},
    {.key = "ttl", .type = FIELD_BOOL, .offset = offsetof(struct test_event_doc, ttl),
     .fallback = "false",
     .doc = "The deletion is DynamoDB's own expiry."},
    {.key = "keys", .type = FIELD_ANY_MAP, .offset = offsetof(struct test_event_doc, keys),
     .doc = "The key of the item."},
    {.key = "old", .type = FIELD_ANY_MAP, .offset = offsetof(struct test_event_doc, old_image),
     .doc = "The item before."},
    {.key = "new", .type = FIELD_ANY_MAP, .offset = offsetof(struct test_event_doc, new_image),
     .doc = "The item after."},
    {.key = "api_call", .type = FIELD_ANY_MAP, .offset = offsetof(struct test_event_doc, api_call),
     .doc = "In place of all else but `at`: an API call, as CloudTrail records it. eventTime, "
            "eventID, awsRegion and eventSource are filled in."},
};
static const struct field_table event_table = {
    .name = "an event of a test",
    .fields = event_fields,
    .count = sizeof event_fields / sizeof *event_fields,
    .size = sizeof(struct test_event_doc),
};

static const struct field expect_fields[] = {
    {.key = "fired", .type = FIELD_BOOL, .offset = offsetof(struct expect_doc, fired),
     .doc = "Whether the policy alerts."},
    {.key = "count", .type = FIELD_INTEGER, .offset = offsetof(struct expect_doc, count), .min = 0,
     .max = 1000000,
     .doc = "How many alerts are opened."},
    {.key = "severity", .type = FIELD_WORD, .offset = offsetof(struct expect_doc, severity),
     .words = severity_words, .word_count = SEVERITY_WORD_COUNT,
     .doc = "The severity of the first alert."},
    {.key = "title", .type = FIELD_TEXT, .offset = offsetof(struct expect_doc, title),
     .doc = "The title of the first alert."},
    {.key = "group", .type = FIELD_SCALAR, .offset = offsetof(struct expect_doc, group),
     .doc = "The group of the first alert."},
    {.key = "masked", .type = FIELD_ANY_MAP, .offset = offsetof(struct expect_doc, masked),
     .doc = "From paths to the text that the first alert shows for them."},
    {.key = "expect_only", .type = FIELD_TEXTS, .offset = offsetof(struct expect_doc, expect_only),
     .doc = "The ids of all policies that may fire."},
};
static const struct field_table expect_table = {
    .name = "expect",
    .fields = expect_fields,
    .count = sizeof expect_fields / sizeof *expect_fields,
    .size = sizeof(struct expect_doc),
};

static const struct field test_fields[] = {
    {.key = "name", .type = FIELD_TEXT, .offset = offsetof(struct test_doc, name),
     .required = true,
     .doc = "What the case shows."},
    {.key = "lookups", .type = FIELD_ANY_MAP, .offset = offsetof(struct test_doc, lookups),
     .doc = "From ids of lookups to their rows during the test; times may be offsets: -1h. "
            "`arrives: 5m` in a row: it is there from then on, else from the start."},
    {.key = "events", .type = FIELD_RECORDS, .offset = offsetof(struct test_doc, events),
     .record = &event_table, .min = 1, .required = true,
     .doc = "The changes, in order."},
    {.key = "expect", .type = FIELD_RECORD, .offset = offsetof(struct test_doc, expect),
     .record = &expect_table, .required = true,
     .doc = "What must come of them."},
};
const struct field_table test_table = {
    .name = "a test",
    .fields = test_fields,
    .count = sizeof test_fields / sizeof *test_fields,
    .size = sizeof(struct test_doc),
};
