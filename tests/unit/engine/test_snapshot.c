#include "engine/decide/snapshot_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_snapshot_key_parse__only_what_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fine;
    } rows[] = {
        {"0/abc/0/0", true}, {"4294967294/abc/1/2047", true}, {"7/X9/1/manifest", true},
        {"", false}, {"0", false}, {"0/abc/0", false}, {"0/abc/0/", false}, {"0//0/0", false},
        {"0/abc/2/0", false}, {"0/abc/0/2048", false}, {"00/abc/0/0", false},
        {"0/abc/0/01", false}, {"0/a-c/0/0", false}, {"0/abc/0/0/", false}, {"/abc/0/0", false},
        {"0/abc/0/manifests", false}, {"0/abc/0/0/manifest", false},
        {"0/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0/0", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct snapshot_key key;
        if (snapshot_key_parse(span_view(rows[i].text), &key) != rows[i].fine) {
            fail_msg("%s", rows[i].text);
        }
    }
}

static void test_snapshot_shelf__many_chunks(void **state)
{
    (void)state;
    struct snapshot_shelf *shelf = snapshot_shelf_new(3);
    const struct snapshot_writer_options options = {
        .partition = 3, .writer = SPAN("w"), .topic_id = SPAN("id"), .partitions = 4};
    struct snapshot_writer *writer = snapshot_writer_new(&options, snapshot_shelf_new(3));
    struct snapshot_record record;
    struct snapshot_whole whole;
    struct buf bytes = {0};
    struct buf again = {0};
    for (uint32_t i = 0; i < 300000; i++) {
        buf_append(&bytes, span_of((const char *)&i, sizeof i));
    }
    struct digest digest = snapshot_digest(buf_view(&bytes));
    snapshot_writer_begin(writer, &bytes, 9);
    size_t records = 0;
    while (snapshot_writer_next(writer, 9, 0, &record)) {
        snapshot_shelf_put(shelf, &record, 0);
        snapshot_writer_sent(writer);
        records++;
        if (records == 3 || records == 4) { /* three chunks were on their way together */
            for (size_t i = records == 3 ? 3 : 1; i > 0; i--) {
                snapshot_writer_deliver(writer);
            }
        }
    }
    assert_int_equal(records, 4);
    assert_true(snapshot_writer_is_idle(writer));
    assert_int_equal(snapshot_writer_offset(writer), 9);
    assert_int_equal(snapshot_shelf_list(shelf, &whole, 1), 1);
    snapshot_shelf_bytes(shelf, &whole, &again);
    struct digest same = snapshot_digest(buf_view(&again));
    assert_true(digest_equals(&digest, &same));
    buf_deinit(&again);
    snapshot_writer_free(&writer);
    snapshot_shelf_free(&shelf);
}

static void test_snapshot_manifest_read__only_what_is_written(void **state)
{
    (void)state;
    static const char good[] =
        "{\"version\":1,\"offset\":7,\"topic_id\":\"id\",\"partitions\":12,\"bytes\":3,"
        "\"chunks\":1,\"digest\":\"ab000000000000000000000000000000\"}";
    static const struct {
        const char *part;
        const char *by;
    } rows[] = {
        {"\"version\":1", "\"version\":2"}, {"\"version\":1", "\"version\":0"},
        {"\"offset\":7", "\"offset\":-7"},  {"\"offset\":7", "\"offset\":7.5"},
        {"\"offset\":7", "\"offset\":\"7\""}, {"\"chunks\":1", "\"chunks\":9999"},
        {"\"digest\":\"ab", "\"digest\":\"xb"}, {"topic_id", "topic"}, {"}", ""}, {"{", "[{"},
    };
    struct arena *arena = arena_new(0);
    struct snapshot_manifest read;
    struct buf again = {0};
    assert_int_equal(snapshot_manifest_read(span_view(good), arena, &read), STATUS_OK);
    snapshot_manifest_write(&read, &again);
    assert_string_equal(again.ptr, good);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = strstr(good, rows[i].part);
        struct span text = arena_printf(arena, "%.*s%s%s", (int)(at - good), good, rows[i].by,
                                        at + strlen(rows[i].part));
        if (snapshot_manifest_read(text, arena, &read) != STATUS_INVALID) {
            fail_msg("%s", text.ptr);
        }
    }
    buf_deinit(&again);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot_key_parse__only_what_is_written),
        cmocka_unit_test(test_snapshot_shelf__many_chunks),
        cmocka_unit_test(test_snapshot_manifest_read__only_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
