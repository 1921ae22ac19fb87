/* Alerts in a file: every alert once, whatever killed the writer (rule 24). */
#include "file/file_sink.h"

#include "base/check.h"
#include "sample.h"
#include "temporary.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { IDENTITY_SIZE = 256 };

/* The cursor is what the store would hold: a copy, so that a sink cannot change it. */
struct world {
    struct temporary temporary;
    struct sink *sink;
    struct sink_cursor cursor;
    char identity[IDENTITY_SIZE];
};

static int world_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    temporary_init(&world->temporary);
    *state = world;
    return 0;
}

static int world_down(void **state)
{
    struct world *world = *state;
    world->sink->ops->free(world->sink);
    temporary_deinit(&world->temporary);
    free(world);
    return 0;
}

static void record(struct world *world, const struct sink_cursor *cursor)
{
    check(cursor->identity.len < IDENTITY_SIZE);
    memcpy(world->identity, cursor->identity.ptr, cursor->identity.len);
    world->cursor = *cursor;
    world->cursor.identity = span_of(world->identity, cursor->identity.len);
}

/* Opens as after a crash: the sink before, if any, is gone, the cursor is what was recorded. */
static enum status sink_open(struct world *world)
{
    struct sink_cursor cursor = {0};
    if (world->sink) {
        world->sink->ops->free(world->sink);
    }
    world->sink = file_sink_new(SPAN("out"), temporary_path(&world->temporary, "alerts.jsonl"));
    enum status status = world->sink->ops->open(world->sink, &world->cursor, &cursor);
    if (status == STATUS_OK || status == STATUS_CONFLICT) {
        record(world, &cursor);
    }
    return status;
}

/* Sends one alert; the cursor is recorded unless the process dies before that. */
static enum status sink_send(struct world *world, uint64_t sequence, bool recorded)
{
    struct sink_cursor cursor = {0};
    struct alert alert = sample_alert(sequence, sequence, ALERT_OPENED, sample_signal(sequence));
    enum status status = world->sink->ops->send(world->sink, &alert, 1, &cursor);
    if (status == STATUS_OK && recorded) {
        record(world, &cursor);
    }
    return status;
}

static void sent(struct world *world, uint64_t sequence, bool recorded)
{
    assert_int_equal(sink_send(world, sequence, recorded), STATUS_OK);
}

/* The file holds exactly `before`, then these alerts one a line. */
static void expect_file(struct world *world, const char *name, const char *before,
                        const uint64_t *sequences, size_t count)
{
    struct buf expected = {0};
    buf_append(&expected, span_view(before));
    for (size_t i = 0; i < count; i++) {
        struct alert alert =
            sample_alert(sequences[i], sequences[i], ALERT_OPENED, sample_signal(sequences[i]));
        struct json_writer writer = json_writer_to(&expected);
        alert_write_json(&alert, &writer);
        buf_append_char(&expected, '\n');
    }
    struct buf content = temporary_read(&world->temporary, name);
    assert_int_equal(content.len, expected.len);
    assert_memory_equal(content.ptr ? content.ptr : "", expected.ptr ? expected.ptr : "",
                        expected.len);
    buf_deinit(&content);
    buf_deinit(&expected);
}

#define EXPECT_ALERTS(world, before, ...)                                                          \
    expect_file(world, "alerts.jsonl", before, (const uint64_t[]){__VA_ARGS__},                    \
                sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static bool says(struct world *world, const char *part)
{
    struct span text = world->sink->ops->problem(world->sink);
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void test_send__one_line_an_alert(void **state)
{
    struct world *world = *state;
    struct sink_cursor cursor;
    struct alert alerts[] = {sample_alert(1, 1, ALERT_OPENED, sample_signal(1)),
                             sample_alert(2, 2, ALERT_OPENED, sample_signal(2))};
    assert_int_equal(sink_open(world), STATUS_OK);
    assert_int_equal(world->sink->ops->send(world->sink, alerts, 2, &cursor), STATUS_OK);
    assert_int_equal(cursor.alert_sequence, 2);
    EXPECT_ALERTS(world, "", 1, 2);
    struct buf content = temporary_read(&world->temporary, "alerts.jsonl");
    assert_int_equal(cursor.length_bytes, content.len);
    buf_deinit(&content);
}

static void test_open__keeps_what_was_there_before(void **state)
{
    struct world *world = *state;
    temporary_write(&world->temporary, "alerts.jsonl", SPAN("mine\nno newline"));
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    EXPECT_ALERTS(world, "mine\nno newline\n", 1);
}

static void test_open__not_for_others_to_read(void **state)
{
    struct world *world = *state;
    struct stat info;
    assert_int_equal(sink_open(world), STATUS_OK);
    assert_int_equal(stat(temporary_path(&world->temporary, "alerts.jsonl").ptr, &info), 0);
    assert_int_equal(info.st_mode & 07, 0);
}

static void test_rule24__half_a_line_is_cut(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    temporary_append(&world->temporary, "alerts.jsonl", SPAN("{\"id\":\"half of"));
    assert_int_equal(sink_open(world), STATUS_OK);
    assert_int_equal(world->cursor.alert_sequence, 1);
    EXPECT_ALERTS(world, "", 1);
    sent(world, 2, true);
    EXPECT_ALERTS(world, "", 1, 2);
}

/* Appended and synced, killed before the cursor was recorded: sent again, but there only once. */
static void test_rule24__unrecorded_alert_is_cut(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    sent(world, 2, false);
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 2, true);
    EXPECT_ALERTS(world, "", 1, 2);
}

/* The same with the very first alert: what was recorded at open tells it from what was there. */
static void test_rule24__unrecorded_first_alert_is_cut(void **state)
{
    struct world *world = *state;
    temporary_write(&world->temporary, "alerts.jsonl", SPAN("mine\n"));
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, false);
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    EXPECT_ALERTS(world, "mine\n", 1);
}

/* The cursor given speaks of bytes that are in the file by then. */
static void test_rule24__cursor_is_of_what_is_in_the_file(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    for (uint64_t i = 1; i <= 3; i++) {
        struct stat info;
        sent(world, i, true);
        assert_int_equal(stat(temporary_path(&world->temporary, "alerts.jsonl").ptr, &info), 0);
        assert_int_equal(world->cursor.alert_sequence, i);
        assert_int_equal(world->cursor.length_bytes, info.st_size);
    }
}

static void test_rule24__shorter_file_is_not_grown(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    assert_int_equal(truncate(temporary_path(&world->temporary, "alerts.jsonl").ptr, 0), 0);
    temporary_append(&world->temporary, "alerts.jsonl", SPAN("kept\n"));
    assert_int_equal(sink_open(world), STATUS_CONFLICT);
    assert_true(says(world, "cut since"));
    assert_int_equal(world->cursor.alert_sequence, 1);
    assert_int_equal(world->cursor.length_bytes, 5);
    sent(world, 2, true);
    EXPECT_ALERTS(world, "kept\n", 2);
}

/* Longer than the prefix that the identity is made of, so that only the length tells. */
static void test_rule24__shorter_long_file_is_not_grown(void **state)
{
    struct world *world = *state;
    struct stat info;
    assert_int_equal(sink_open(world), STATUS_OK);
    for (uint64_t i = 1; i <= 200; i++) {
        sent(world, i, true);
    }
    struct span path = temporary_path(&world->temporary, "alerts.jsonl");
    assert_int_equal(stat(path.ptr, &info), 0);
    assert_true(info.st_size > 5000);
    assert_int_equal(truncate(path.ptr, info.st_size - 10), 0);
    assert_int_equal(sink_open(world), STATUS_CONFLICT);
    assert_int_equal(stat(path.ptr, &info), 0);
    assert_int_equal(world->cursor.length_bytes, info.st_size);
}

static void rotate(struct world *world)
{
    char from[128];
    snprintf(from, sizeof from, "%s", temporary_path(&world->temporary, "alerts.jsonl").ptr);
    assert_int_equal(rename(from, temporary_path(&world->temporary, "alerts.1").ptr), 0);
}

static void test_rule24__rotated_between_two_runs(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    rotate(world);
    struct buf longer = {0};
    buf_printf(&longer, "%5000s\n", "another program's");
    assert_true(longer.len > world->cursor.length_bytes);
    temporary_write(&world->temporary, "alerts.jsonl", buf_view(&longer));
    assert_int_equal(sink_open(world), STATUS_CONFLICT);
    assert_true(says(world, "not the file"));
    sent(world, 2, true);
    EXPECT_ALERTS(world, longer.ptr, 2);
    expect_file(world, "alerts.1", "", (const uint64_t[]){1}, 1);
    assert_int_equal(sink_open(world), STATUS_OK);
    buf_deinit(&longer);
}

static void test_rule24__rotated_while_running(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    rotate(world);
    sent(world, 2, true);
    assert_true(says(world, "rotated"));
    sent(world, 3, true);
    assert_false(says(world, "rotated"));
    EXPECT_ALERTS(world, "", 2, 3);
    expect_file(world, "alerts.1", "", (const uint64_t[]){1}, 1);
    assert_int_equal(sink_open(world), STATUS_OK);
    EXPECT_ALERTS(world, "", 2, 3);
}

static void test_rule24__emptied_while_running(void **state)
{
    struct world *world = *state;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    assert_int_equal(truncate(temporary_path(&world->temporary, "alerts.jsonl").ptr, 0), 0);
    sent(world, 2, true);
    assert_true(says(world, "changed by another program"));
    EXPECT_ALERTS(world, "", 2);
}

/* A file that may not grow: a full disk. The next try finds no leftovers of this one. */
static void test_send__disk_full_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct rlimit before;
    assert_int_equal(sink_open(world), STATUS_OK);
    sent(world, 1, true);
    check(getrlimit(RLIMIT_FSIZE, &before) == 0);
    struct rlimit full = {.rlim_cur = world->cursor.length_bytes + 20, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    check(setrlimit(RLIMIT_FSIZE, &full) == 0);
    enum status status = sink_send(world, 2, true);
    check(setrlimit(RLIMIT_FSIZE, &before) == 0);
    assert_int_equal(status, STATUS_NO_SPACE);
    assert_true(says(world, "free space"));
    sent(world, 2, true);
    EXPECT_ALERTS(world, "", 1, 2);
}

static void test_open__says_what_is_wrong(void **state)
{
    struct world *world = *state;
    assert_int_equal(mkdir(temporary_path(&world->temporary, "alerts.jsonl").ptr, 0700), 0);
    assert_int_equal(sink_open(world), STATUS_IO);
    assert_true(says(world, "alerts.jsonl: Is a directory"));
}

/* Standard output is a pipe for the time of a test. */
static void test_send__standard_output(void **state)
{
    struct world *world = *state;
    struct sink_cursor cursor = {.alert_sequence = 5};
    struct alert alert = sample_alert(6, 6, ALERT_OPENED, sample_signal(6));
    int ends[2];
    char line[65536];
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    check(pipe(ends) == 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    close(ends[1]);
    world->sink = file_sink_new(SPAN("out"), SPAN("-"));
    enum status opened = world->sink->ops->open(world->sink, &cursor, &cursor);
    enum status first = world->sink->ops->send(world->sink, &alert, 1, &cursor);
    ssize_t length = read(ends[0], line, sizeof line);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    enum status second = world->sink->ops->send(world->sink, &alert, 1, &cursor);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_int_equal(opened, STATUS_OK);
    assert_int_equal(first, STATUS_OK);
    assert_int_equal(cursor.alert_sequence, 6);
    assert_int_equal(cursor.length_bytes, 0);
    assert_int_equal(second, STATUS_CLOSED);
    assert_true(length > 1 && line[0] == '{' && line[length - 1] == '\n');
}

int main(void)
{
#define SINK_TEST(name) cmocka_unit_test_setup_teardown(name, world_up, world_down)
    const struct CMUnitTest tests[] = {
        SINK_TEST(test_send__one_line_an_alert),
        SINK_TEST(test_open__keeps_what_was_there_before),
        SINK_TEST(test_open__not_for_others_to_read),
        SINK_TEST(test_rule24__half_a_line_is_cut),
        SINK_TEST(test_rule24__unrecorded_alert_is_cut),
        SINK_TEST(test_rule24__unrecorded_first_alert_is_cut),
        SINK_TEST(test_rule24__cursor_is_of_what_is_in_the_file),
        SINK_TEST(test_rule24__shorter_file_is_not_grown),
        SINK_TEST(test_rule24__shorter_long_file_is_not_grown),
        SINK_TEST(test_rule24__rotated_between_two_runs),
        SINK_TEST(test_rule24__rotated_while_running),
        SINK_TEST(test_rule24__emptied_while_running),
        SINK_TEST(test_send__disk_full_leaves_nothing),
        SINK_TEST(test_open__says_what_is_wrong),
        SINK_TEST(test_send__standard_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
