/* Files as a source: every byte given once, in order, with its place; what cannot be
 * given is said. */
#include "gzip.h"
#include "source_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *content;
    const char *seen;
    int blank;
} contents[] = {
    {"", "", 0},
    {"a", "0/1:a;", 0},
    {"a\n", "0/1:a;", 0},
    {"a\nbc\nd\n", "0/1:a;2/2:bc;5/3:d;", 0},
    {"a\nbc", "0/1:a;2/2:bc;", 0},
    {"a\r\nb\r\n", "0/1:a;3/2:b;", 0},
    {"a\rb\n", "0/1:a\rb;", 0},
    {"a\r\r\n", "0/1:a\r;", 0},
    {"\n\na\n\n", "2/3:a;", 3},
    {"\r\n \t\r\na", "6/3:a;", 2},
    {"\n", "", 1},
    {" a \n", "0/1: a ;", 0},
};

static void test_read__plain_table(void **state)
{
    struct source_world *world = *state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        source_world_forget(world);
        buf_clear(&world->position);
        temporary_write(&world->temporary, "in", span_view(contents[i].content));
        assert_int_equal(source_world_open(world, "in"), STATUS_OK);
        assert_int_equal(source_world_read_rest(world), STATUS_END);
        source_world_expect(world, contents[i].seen);
        assert_int_equal(world->blank, contents[i].blank);
        assert_int_equal(source_world_read_rest(world), STATUS_END);
    }
}

static void test_read__gzip_table(void **state)
{
    struct source_world *world = *state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct buf packed = {0};
        gzip_append(&packed, span_view(contents[i].content));
        source_world_forget(world);
        buf_clear(&world->position);
        temporary_write(&world->temporary, "in.gz", buf_view(&packed));
        assert_int_equal(source_world_open(world, "in.gz"), STATUS_OK);
        assert_int_equal(source_world_read_rest(world), STATUS_END);
        source_world_expect(world, contents[i].seen);
        assert_int_equal(world->blank, contents[i].blank);
        buf_deinit(&packed);
    }
}

/* gzip's own tools join members by cat and pad with zeros; a line may lie across two of them. */
static void test_read__gzip_members_joined(void **state)
{
    struct source_world *world = *state;
    struct buf packed = {0};
    gzip_append(&packed, SPAN("a\nb"));
    gzip_append(&packed, SPAN(""));
    gzip_append(&packed, SPAN("c\nd\n"));
    buf_append(&packed, SPAN("\0\0\0"));
    temporary_write(&world->temporary, "in", buf_view(&packed));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "0/1:a;2/2:bc;5/3:d;");
    buf_deinit(&packed);
}

/* Cut at every byte: never a half line, always the whole lines before, and the reason. */
static void test_read__gzip_truncated_anywhere(void **state)
{
    struct source_world *world = *state;
    struct buf packed = {0};
    gzip_append(&packed, SPAN("first\nsecond\n"));
    for (size_t length = 2; length < packed.len; length++) {
        source_world_forget(world);
        buf_clear(&world->position);
        temporary_write(&world->temporary, "in", span_of(packed.ptr, length));
        assert_int_equal(source_world_open(world, "in"), STATUS_OK);
        assert_int_equal(source_world_read_rest(world), STATUS_INVALID);
        assert_true(source_world_says(world, "truncated"));
        assert_true(world->records <= 2);
        if (length + 8 >= packed.len) {
            source_world_expect(world, "0/1:first;6/2:second;");
        }
    }
    buf_deinit(&packed);
}

static void test_read__gzip_damaged_after_a_member(void **state)
{
    struct source_world *world = *state;
    struct buf packed = {0};
    gzip_append(&packed, SPAN("a\nb\n"));
    buf_append(&packed, SPAN("no gzip"));
    temporary_write(&world->temporary, "in", buf_view(&packed));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_INVALID);
    source_world_expect(world, "0/1:a;2/2:b;");
    assert_true(source_world_says(world, "in line 3"));
    assert_int_equal(source_world_read_rest(world), STATUS_INVALID);
    buf_deinit(&packed);
}

static void append_numbered(struct buf *content, int from, int to)
{
    for (int i = from; i < to; i++) {
        buf_printf(content, "{\"number\":%d}\n", i);
    }
}

/* Stops after each batch and comes back with its position: every record once. */
static void resume_through(struct source_world *world, const char *name)
{
    while (source_world_open(world, name) == STATUS_OK) {
        struct source_batch batch;
        enum status status = world->source->ops->read(world->source, 0, &batch);
        if (status == STATUS_END) {
            return;
        }
        assert_int_equal(status, STATUS_OK);
        assert_true(batch.count >= 1 && batch.count <= SOURCE_BATCH_RECORDS_MAX);
        assert_int_equal(batch.records[0].line, world->records + 1);
        source_world_note(world, &batch);
    }
    fail();
}

static void test_open__resumes_plain_and_gzip(void **state)
{
    struct source_world *world = *state;
    struct buf content = {0};
    struct buf packed = {0};
    append_numbered(&content, 0, 20000);
    gzip_append(&packed, buf_view(&content));
    temporary_write(&world->temporary, "plain", buf_view(&content));
    temporary_write(&world->temporary, "packed", buf_view(&packed));
    resume_through(world, "plain");
    assert_int_equal(world->records, 20000);
    source_world_forget(world);
    buf_clear(&world->position);
    resume_through(world, "packed");
    assert_int_equal(world->records, 20000);
    buf_deinit(&content);
    buf_deinit(&packed);
}

static void test_open__resumes_after_growth(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb\n"));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    temporary_append(&world->temporary, "in", SPAN("c\n"));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "0/1:a;2/2:b;4/3:c;");
}

/* rule 23: a position of another file is not believed, however that came about. */
static void expect_begins_anew(struct source_world *world, const char *expected)
{
    source_world_forget(world);
    assert_int_equal(source_world_open(world, "in"), STATUS_CONFLICT);
    assert_true(source_world_says(world, "from its beginning"));
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, expected);
}

static void test_rule23__replaced_file(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb\n"));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    temporary_write(&world->temporary, "new", SPAN("a\nb\nc\n"));
    char from[128];
    snprintf(from, sizeof from, "%s", temporary_path(&world->temporary, "new").ptr);
    assert_int_equal(rename(from, temporary_path(&world->temporary, "in").ptr), 0);
    expect_begins_anew(world, "0/1:a;2/2:b;4/3:c;");
}

/* Device and inode are the same; the first bytes tell. */
static void test_rule23__same_inode_other_content(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb\n"));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    temporary_write(&world->temporary, "in", SPAN("x\ny\nz\n"));
    expect_begins_anew(world, "0/1:x;2/2:y;4/3:z;");
}

static void test_rule23__shorter_than_the_position(void **state)
{
    struct source_world *world = *state;
    struct buf content = {0};
    append_numbered(&content, 0, 1000);
    temporary_write(&world->temporary, "in", buf_view(&content));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    assert_int_equal(truncate(temporary_path(&world->temporary, "in").ptr, 5000), 0);
    source_world_forget(world);
    assert_int_equal(source_world_open(world, "in"), STATUS_CONFLICT);
    buf_deinit(&content);
}

static void test_rule23__unreadable_position(void **state)
{
    struct source_world *world = *state;
    static const char *const texts[] = {"x", "1:2:3:4 5", "1:2:0:ff -1 1", "1:2:0:ff 0 0"};
    temporary_write(&world->temporary, "in", SPAN("a\n"));
    for (size_t i = 0; i < COUNT(texts); i++) {
        buf_clear(&world->position);
        buf_append(&world->position, span_view(texts[i]));
        expect_begins_anew(world, "0/1:a;");
    }
}

static struct buf line_of(size_t length)
{
    struct buf line = {0};
    buf_reserve(&line, length + 2);
    while (line.len < length) {
        buf_append(&line, SPAN("xxxxxxxxxx"));
    }
    line.len = length;
    return line;
}

/* A refused line is cut to its first 64 KiB, another is whole. */
static void expect_long(const struct source_record *record, struct span line, bool refused)
{
    size_t kept = line.len < 65536 ? line.len : 65536;
    assert_int_equal(record->refused != NULL, refused);
    assert_int_equal(record->offset, 2);
    assert_int_equal(record->bytes.len, refused ? kept : line.len);
    assert_memory_equal(record->bytes.ptr, line.ptr, record->bytes.len);
}

/* One record in a file of lengths around the limit, in the window and beyond it. */
static void test_read__too_long_is_refused_with_its_start(void **state)
{
    struct source_world *world = *state;
    static const struct {
        size_t most;
        size_t length;
        bool refused;
        const char *line_end;
    } rows[] = {
        {100, 100, false, "\n"},        {100, 101, true, "\n"},
        {100, 100, false, "\r\n"},      {100, 101, true, "\r\n"},
        {100, 70000, true, "\n"},       {100, 9 << 20, true, "\n"},
        {6 << 20, 6 << 20, false, "\n"}, {6 << 20, 6 << 20, false, "\r\n"},
        {6 << 20, (6 << 20) + 1, true, "\n"}, {6 << 20, (6 << 20) + 1, true, ""},
        {6 << 20, 25 << 20, true, "\r\n"}, {0, 10 << 20, false, "\n"},
        {0, 16 << 20, false, "\n"},     {0, (16 << 20) + 1, true, "\n"},
        {0, 16 << 20, false, "\r\n"},   {0, 16 << 20, false, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct source_batch batch;
        enum status status;
        uint64_t records = 0;
        struct buf line = line_of(rows[i].length);
        temporary_write(&world->temporary, "in", SPAN("a\n"));
        temporary_append(&world->temporary, "in", buf_view(&line));
        temporary_append(&world->temporary, "in", span_view(rows[i].line_end));
        source_world_make(world, "in", false, rows[i].most);
        assert_int_equal(source_world_resume(world), STATUS_OK);
        while ((status = world->source->ops->read(world->source, 0, &batch)) != STATUS_END) {
            if (status == STATUS_AGAIN) {
                continue;
            }
            assert_int_equal(status, STATUS_OK);
            records += batch.count;
            const struct source_record *last = &batch.records[batch.count - 1];
            if (last->line == 2) {
                expect_long(last, buf_view(&line), rows[i].refused);
            }
        }
        assert_int_equal(records, 2);
        buf_deinit(&line);
    }
}

/* What follows a line that was passed over has its true place. */
static void test_read__goes_on_behind_a_too_long_line(void **state)
{
    struct source_world *world = *state;
    struct buf line = line_of(9 << 20);
    temporary_write(&world->temporary, "in", buf_view(&line));
    temporary_append(&world->temporary, "in", SPAN("\nb\n"));
    source_world_make(world, "in", false, 50);
    assert_int_equal(source_world_resume(world), STATUS_OK);
    while (source_world_read_rest(world) == STATUS_AGAIN) {
    }
    source_world_expect(world, "0/1:refused;9437185/2:b;");
    buf_deinit(&line);
}

static void test_read__batches_are_bounded(void **state)
{
    struct source_world *world = *state;
    struct buf content = {0};
    append_numbered(&content, 0, 10000);
    temporary_write(&world->temporary, "in", buf_view(&content));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    source_world_read(world);
    assert_int_equal(world->records, SOURCE_BATCH_RECORDS_MAX);
    buf_deinit(&content);
}

static void test_open__says_what_is_wrong(void **state)
{
    struct source_world *world = *state;
    assert_int_equal(source_world_open(world, "missing"), STATUS_NOT_FOUND);
    assert_true(source_world_says(world, "missing: No such file"));
    assert_int_equal(mkdir(temporary_path(&world->temporary, "folder").ptr, 0700), 0);
    assert_int_equal(source_world_open(world, "folder"), STATUS_IO);
    assert_true(source_world_says(world, "directory"));
}

int main(void)
{
#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, source_world_up, source_world_down)
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(test_read__plain_table),
        SOURCE_TEST(test_read__gzip_table),
        SOURCE_TEST(test_read__gzip_members_joined),
        SOURCE_TEST(test_read__gzip_truncated_anywhere),
        SOURCE_TEST(test_read__gzip_damaged_after_a_member),
        SOURCE_TEST(test_open__resumes_plain_and_gzip),
        SOURCE_TEST(test_open__resumes_after_growth),
        SOURCE_TEST(test_rule23__replaced_file),
        SOURCE_TEST(test_rule23__same_inode_other_content),
        SOURCE_TEST(test_rule23__shorter_than_the_position),
        SOURCE_TEST(test_rule23__unreadable_position),
        SOURCE_TEST(test_read__too_long_is_refused_with_its_start),
        SOURCE_TEST(test_read__goes_on_behind_a_too_long_line),
        SOURCE_TEST(test_read__batches_are_bounded),
        SOURCE_TEST(test_open__says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
