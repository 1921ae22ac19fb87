/* Forms that SNS is sent, and its answers. */
#include "sns/sns_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct sns_message plain = {
    .text = {"{\"default\":\"a&b\"}", 17},
    .subject = {"S", 1},
    .attributes = {{"severity", {"high", 4}}},
    .attribute_count = 1,
};
static const struct sns_message ordered = {
    .text = {"{}", 2},
    .subject = {"S", 1},
    .group = {"g", 1},
    .dedup = {"d", 1},
};

static void test_sns_request_write__one_is_published(void **state)
{
    (void)state;
    struct buf form = {0};
    const struct sns_message *messages[] = {&plain};
    assert_string_equal(sns_request_write(SPAN("arn:t"), messages, 1, &form), "Publish");
    assert_string_equal(form.ptr,
                        "TopicArn=arn%3At&Message=%7B%22default%22%3A%22a%26b%22%7D&"
                        "MessageStructure=json&Subject=S&"
                        "MessageAttributes.entry.1.Name=severity&"
                        "MessageAttributes.entry.1.Value.DataType=String&"
                        "MessageAttributes.entry.1.Value.StringValue=high");
    buf_deinit(&form);
}

static void test_sns_request_write__more_are_a_batch(void **state)
{
    (void)state;
    struct buf form = {0};
    const struct sns_message *messages[] = {&ordered, &ordered};
    assert_string_equal(sns_request_write(SPAN("t.fifo"), messages, 2, &form), "PublishBatch");
    assert_string_equal(form.ptr,
                        "TopicArn=t.fifo&"
                        "PublishBatchRequestEntries.member.1.Id=0&"
                        "PublishBatchRequestEntries.member.1.Message=%7B%7D&"
                        "PublishBatchRequestEntries.member.1.MessageStructure=json&"
                        "PublishBatchRequestEntries.member.1.Subject=S&"
                        "PublishBatchRequestEntries.member.1.MessageGroupId=g&"
                        "PublishBatchRequestEntries.member.1.MessageDeduplicationId=d&"
                        "PublishBatchRequestEntries.member.2.Id=1&"
                        "PublishBatchRequestEntries.member.2.Message=%7B%7D&"
                        "PublishBatchRequestEntries.member.2.MessageStructure=json&"
                        "PublishBatchRequestEntries.member.2.Subject=S&"
                        "PublishBatchRequestEntries.member.2.MessageGroupId=g&"
                        "PublishBatchRequestEntries.member.2.MessageDeduplicationId=d");
    buf_deinit(&form);
}

#define BATCH(successful, failed)                                                                  \
    "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"                    \
    "<PublishBatchResult><Successful>" successful "</Successful><Failed>" failed                   \
    "</Failed></PublishBatchResult><ResponseMetadata><RequestId>r</RequestId>"                     \
    "</ResponseMetadata></PublishBatchResponse>"
#define TAKEN(id) "<member><Id>" id "</Id><MessageId>m</MessageId></member>"
#define FAILED(id, code, fault)                                                                    \
    "<member><Id>" id "</Id><Code>" code "</Code><Message>why</Message><SenderFault>" fault        \
    "</SenderFault></member>"

static void test_sns_request_read__table(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        size_t count;
        const char *verdicts; /* S L B R of each; NULL: malformed */
    } rows[] = {
        {"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult>"
         "</PublishResponse>", 1, "S"},
        {"<PublishResponse></PublishResponse>", 1, NULL},
        {"<PublishResponse><PublishResult><MessageId>m</MessageId>", 1, NULL},
        {BATCH(TAKEN("0") TAKEN("1"), ""), 2, "SS"},
        {BATCH(TAKEN("1"), FAILED("0", "InternalError", "false")), 2, "LS"},
        {BATCH(TAKEN("1"), FAILED("0", "Throttled", "true")), 2, "RS"},
        {BATCH(TAKEN("0"), FAILED("1", "InvalidParameter", "true")), 2, "SR"},
        {BATCH(TAKEN("0"), FAILED("1", "AuthorizationError", "true")), 2, "SB"},
        {BATCH(TAKEN("0"), FAILED("1", "KMSDisabled", "true")), 2, "SB"},
        {BATCH(TAKEN("0"), FAILED("1", "Unheard", "false")), 2, "SL"},
        {BATCH(TAKEN("0"), FAILED("1", "Unheard", "true")), 2, "SR"},
        {BATCH("", FAILED("1", "InternalError", "false") FAILED("0", "NotFound", "true")), 2, "BL"},
        /* not named in the answer: not taken; named but not ours: passed over */
        {BATCH(TAKEN("0"), ""), 2, "SL"},
        {BATCH(TAKEN("0") TAKEN("7") TAKEN("x") TAKEN(""), ""), 2, "SL"},
        {"<html>", 2, NULL},
        {"", 2, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct aws_entry_result results[SINK_ANSWERS_MAX];
        char verdicts[SINK_ANSWERS_MAX + 1] = {0};
        bool good = sns_request_read(span_view(rows[i].xml), rows[i].count, arena, results);
        assert_int_equal(good, rows[i].verdicts != NULL);
        for (size_t at = 0; good && at < rows[i].count; at++) {
            verdicts[at] = "SLBR"[aws_sink_verdict_of_entry(&results[at])];
        }
        if (good && strcmp(verdicts, rows[i].verdicts) != 0) {
            fail_msg("row %zu: %s, not %s", i, verdicts, rows[i].verdicts);
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sns_request_write__one_is_published),
        cmocka_unit_test(test_sns_request_write__more_are_a_batch),
        cmocka_unit_test(test_sns_request_read__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
