#include "kinesis/kinesis_answer.h"
#include "kinesis/kinesis_base64.h"
#include "model/base64.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* What a page says, as one text; or "reason: ...". */
static struct span page_text(const char *json, struct arena *arena)
{
    struct buf body = {0};
    struct buf out = {0};
    struct kinesis_page page;
    const char *reason = NULL;
    buf_append(&body, span_view(json));
    if (kinesis_read_page(&body, arena, &reason, &page) != STATUS_OK) {
        buf_printf(&out, "reason: %s", reason);
    } else {
        for (size_t i = 0; i < page.count; i++) {
            buf_printf(&out, "%.*s@%" PRId64 "=%.*s;", SPAN_ARG(page.records[i].sequence),
                       page.records[i].arrival_us, SPAN_ARG(page.records[i].data));
        }
        buf_printf(&out, " next=%.*s bytes=%zu behind=%" PRId64 "%s",
                   SPAN_ARG(page.next_iterator), page.bytes, page.behind_ms,
                   page.has_children ? " children" : "");
    }
    struct span text = arena_copy(arena, buf_view(&out));
    buf_deinit(&out);
    buf_deinit(&body);
    return text;
}

static void test_kinesis_read_page__table(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *expected;
    } rows[] = {
        {"{\"Records\":[],\"NextShardIterator\":\"AAA\",\"MillisBehindLatest\":0}",
         " next=AAA bytes=0 behind=0"},
        {"{\"Records\":[{\"SequenceNumber\":\"49\",\"ApproximateArrivalTimestamp\":1795225674.872,"
         "\"Data\":\"YWJj\",\"PartitionKey\":\"k\\u0041\"}],\"NextShardIterator\":\"A/+=\","
         "\"MillisBehindLatest\":17}",
         "49@1795225674872000=abc; next=A/+= bytes=3 behind=17"},
        /* the end of a shard; numbers as some servers write them; members in any order */
        {" {\"ChildShards\" : [{\"ShardId\":\"x\",\"ParentShards\":[]}] , \"Records\":["
         "{\"Data\":\"\",\"PartitionKey\":\"k\",\"SequenceNumber\":\"1\","
         "\"ApproximateArrivalTimestamp\":1.441215410867E9,\"EncryptionType\":\"KMS\"},"
         "{\"Data\":\"YQ==\",\"SequenceNumber\":\"2\"}],\"NextShardIterator\":null,\"New\":{}}",
         "1@1441215410867000=;2@0=a; next= bytes=1 behind=-1 children"},
        {"{\"Records\":[],\"ChildShards\":null}", " next= bytes=0 behind=-1"},
        {"{\"Records\":[{\"Data\":\"Pz8\\/\",\"SequenceNumber\":\"1\"}]}",
         "1@0=?\?\?; next= bytes=3 behind=-1"},
        {"{\"NextShardIterator\":null}", "reason: it holds no Records"},
        {"{}", "reason: it holds no Records"},
        {"", "reason: the text ends too early"},
        {"[]", "reason: an object is expected"},
        {"{\"Records\":[{\"Data\":\"YWJj\",\"SequenceNumber\":\"1\"}", /* cut off */
         "reason: the text ends too early"},
        {"{\"Records\":[{\"Data\":\"YWJ", "reason: the text ends too early"},
        {"{\"Records\":[{\"Data\":\"YWJ\",\"SequenceNumber\":\"1\"}]}",
         "reason: this is no base64"},
        {"{\"Records\":[{\"Data\":\"YW=j\",\"SequenceNumber\":\"1\"}]}",
         "reason: this is no base64"},
        {"{\"Records\":[{\"Data\":\"Y W=\",\"SequenceNumber\":\"1\"}]}",
         "reason: this is no base64"},
        {"{\"Records\":[{\"Data\":\"YW\\u000a\",\"SequenceNumber\":\"1\"}]}",
         "reason: this is no base64"},
        {"{\"Records\":[{\"Data\":7,\"SequenceNumber\":\"1\"}]}",
         "reason: a string is expected"},
        {"{\"Records\":[{\"SequenceNumber\":\"1\"}]}",
         "reason: a record lacks Data or SequenceNumber"},
        {"{\"Records\":[{\"Data\":\"\"}]}", "reason: a record lacks Data or SequenceNumber"},
        {"{\"Records\":[{\"Data\":\"\",\"SequenceNumber\":\"01\"}]}",
         "reason: this is no sequence number"},
        {"{\"Records\":[],\"MillisBehindLatest\":1e99}", "reason: this number is out of range"},
        {"{\"Records\":[]} x", "reason: there is more text behind the value"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(page_text(rows[i].json, arena).ptr, rows[i].expected);
    }
    arena_free(&arena);
}

static void test_kinesis_read_page__many_records(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    struct arena *arena = arena_new(0);
    struct buf body = {0};
    struct buf data = {0};
    struct kinesis_page page;
    const char *reason = NULL;
    buf_append(&body, SPAN("{\"Records\":["));
    for (unsigned i = 0; i < COUNT; i++) {
        char bytes[4] = {(char)i, (char)(i >> 8), (char)0xFF, 0};
        buf_clear(&data);
        base64_append(span_of(bytes, 1 + i % 4), &data);
        buf_printf(&body, "%s{\"SequenceNumber\":\"%u\",\"Data\":\"%s\"}", i ? "," : "", i,
                   data.ptr);
    }
    buf_append(&body, SPAN("]}"));
    assert_int_equal(kinesis_read_page(&body, arena, &reason, &page), STATUS_OK);
    assert_int_equal(page.count, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        const char bytes[4] = {(char)i, (char)(i >> 8), (char)0xFF, 0};
        assert_int_equal(page.records[i].data.len, 1 + i % 4);
        assert_memory_equal(page.records[i].data.ptr, bytes, 1 + i % 4);
    }
    buf_deinit(&data);
    buf_deinit(&body);
    arena_free(&arena);
}

static void test_kinesis_base64_decode__agrees_with_the_other(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const char alphabet[] = "Az09+/=\"\\ \n\x80";
    uint64_t seed = 7;
    for (unsigned round = 0; round < 200000; round++) {
        char text[13] = {0};
        size_t length = 0;
        for (size_t i = 0; i < 12; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            text[i] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
            if (text[i] == '"') {
                break;
            }
            length++;
        }
        text[length] = '"';
        struct span whole = arena_copy(arena, span_of(text, length));
        const char *behind = kinesis_base64_decode(text, text + length + 1 - 1, &length);
        bool valid = behind == text + whole.len;
        /* a padding that stands alone is no bytes for one and refused by the other */
        assert_int_equal(valid, base64_is_valid(whole) && !span_equals(whole, SPAN("====")));
        if (valid) {
            struct span expected = base64_decode(whole, arena);
            assert_int_equal(length, expected.len);
            assert_memory_equal(text, expected.ptr, length);
        }
        arena_reset(arena);
    }
    arena_free(&arena);
}

static void test_kinesis_read_listing__pages_add_up(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kinesis_listing listing = {.arena = arena};
    const char *reason = NULL;
    static const char first[] =
        "{\"NextToken\":\"more\",\"Shards\":[{\"ShardId\":\"shardId-000000000000\","
        "\"HashKeyRange\":{\"StartingHashKey\":\"0\",\"EndingHashKey\":"
        "\"340282366920938463463374607431768211455\"},\"SequenceNumberRange\":{"
        "\"StartingSequenceNumber\":\"49\",\"EndingSequenceNumber\":\"57\"}}]}";
    static const char second[] =
        "{\"Shards\":[{\"ShardId\":\"shardId-000000000001\",\"ParentShardId\":\"a\","
        "\"AdjacentParentShardId\":\"b\",\"HashKeyRange\":{\"StartingHashKey\":\"5\","
        "\"EndingHashKey\":\"6\"},\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"58\","
        "\"EndingSequenceNumber\":null}}]}";
    assert_int_equal(kinesis_read_listing(SPAN(first), &reason, &listing), STATUS_OK);
    assert_true(span_equals(listing.next_token, SPAN("more")));
    assert_int_equal(kinesis_read_listing(SPAN(second), &reason, &listing), STATUS_OK);
    assert_int_equal(listing.next_token.len, 0);
    assert_int_equal(listing.count, 2);
    assert_true(listing.shards[0].range.last == KINESIS_HASH_LAST);
    assert_true(span_equals(listing.shards[0].last_sequence, SPAN("57")));
    assert_true(span_equals(listing.shards[1].parents[1], SPAN("b")));
    assert_int_equal(listing.shards[1].last_sequence.len, 0);
    arena_free(&arena);
}

static void test_kinesis_read_listing__refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{}",
        "{\"Shards\":[{}]}",
        "{\"Shards\":[{\"ShardId\":\"s\",\"SequenceNumberRange\":{"
        "\"StartingSequenceNumber\":\"1\"}}]}",
        "{\"Shards\":[{\"ShardId\":\"s\",\"HashKeyRange\":{\"StartingHashKey\":\"9\","
        "\"EndingHashKey\":\"1\"},\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"1\"}}]}",
        "{\"Shards\":[{\"ShardId\":\"s\",\"HashKeyRange\":{\"StartingHashKey\":\"0\","
        "\"EndingHashKey\":\"x\"},\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"1\"}}]}",
        "{\"Shards\":[",
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kinesis_listing listing = {.arena = arena};
        const char *reason = NULL;
        assert_int_equal(kinesis_read_listing(span_view(rows[i]), &reason, &listing),
                         STATUS_INVALID);
        assert_non_null(reason);
        assert_int_equal(listing.count, 0);
    }
    arena_free(&arena);
}

static void test_kinesis_read_iterator__table(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const char *reason = NULL;
    struct span iterator = {0};
    assert_int_equal(kinesis_read_iterator(SPAN("{\"ShardIterator\":\"A\\/b\",\"x\":1}"), arena,
                                           &reason, &iterator), STATUS_OK);
    assert_true(span_equals(iterator, SPAN("A/b")));
    static const char *const refused[] = {"{}", "{\"ShardIterator\":\"\"}",
                                          "{\"ShardIterator\":null}", "\"x\"", "{"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(kinesis_read_iterator(span_view(refused[i]), arena, &reason, &iterator),
                         STATUS_INVALID);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinesis_read_page__table),
        cmocka_unit_test(test_kinesis_read_page__many_records),
        cmocka_unit_test(test_kinesis_base64_decode__agrees_with_the_other),
        cmocka_unit_test(test_kinesis_read_listing__pages_add_up),
        cmocka_unit_test(test_kinesis_read_listing__refuses),
        cmocka_unit_test(test_kinesis_read_iterator__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
