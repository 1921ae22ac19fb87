/* Sources that wait for more: standard input, and files that are followed. */
#include "base/check.h"
#include "gzip.h"
#include "source_world.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

/* Standard input is a pipe for the time of a test. */
struct piped {
    int kept;
    int writer;
};

static struct piped pipe_as_input(void)
{
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0);
    struct piped piped = {.kept = dup(STDIN_FILENO), .writer = ends[1]};
    check(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    close(ends[0]);
    return piped;
}

static void pipe_write(struct piped *piped, struct span bytes)
{
    check(write(piped->writer, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
}

static void pipe_end(struct piped *piped)
{
    close(piped->writer);
    piped->writer = -1;
}

static void pipe_restore(struct piped *piped)
{
    dup2(piped->kept, STDIN_FILENO);
    close(piped->kept);
}

/* What is there is given at once; a line in pieces waits for its end. */
static void test_read__stdin_does_not_wait_to_fill(void **state)
{
    struct source_world *world = *state;
    struct piped piped = pipe_as_input();
    assert_int_equal(source_world_open(world, NULL), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    pipe_write(&piped, SPAN("a"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    pipe_write(&piped, SPAN("b\nc\nd"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "0/1:ab;3/2:c;");
    pipe_end(&piped);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "0/1:ab;3/2:c;5/3:d;");
    pipe_restore(&piped);
}

static void test_read__stdin_gzip_byte_by_byte(void **state)
{
    struct source_world *world = *state;
    struct buf packed = {0};
    gzip_append(&packed, SPAN("a\nb\nc\n"));
    struct piped piped = pipe_as_input();
    assert_int_equal(source_world_open(world, NULL), STATUS_OK);
    for (size_t i = 0; i < packed.len; i++) {
        pipe_write(&piped, span_of(packed.ptr + i, 1));
        assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    }
    pipe_end(&piped);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "0/1:a;2/2:b;4/3:c;");
    pipe_restore(&piped);
    buf_deinit(&packed);
}

static void test_read__stdin_of_one_byte(void **state)
{
    struct source_world *world = *state;
    struct piped piped = pipe_as_input();
    assert_int_equal(source_world_open(world, NULL), STATUS_OK);
    pipe_write(&piped, SPAN("\x1F"));
    pipe_end(&piped);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "0/1:\x1F;");
    pipe_restore(&piped);
}

/* A pipe cannot be resumed: what it gives now is read, whatever was read before. */
static void test_open__stdin_takes_any_position(void **state)
{
    struct source_world *world = *state;
    struct piped piped = pipe_as_input();
    buf_append(&world->position, SPAN("- 100 7"));
    assert_int_equal(source_world_open(world, NULL), STATUS_OK);
    pipe_write(&piped, SPAN("a\n"));
    pipe_end(&piped);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "0/1:a;");
    pipe_restore(&piped);
}

static void follow(struct source_world *world)
{
    source_world_make(world, "in", true, 0);
    assert_int_equal(source_world_resume(world), STATUS_OK);
}

static void rotate(struct source_world *world)
{
    char from[128];
    snprintf(from, sizeof from, "%s", temporary_path(&world->temporary, "in").ptr);
    assert_int_equal(rename(from, temporary_path(&world->temporary, "in.1").ptr), 0);
}

static void test_follow__waits_for_the_end_of_a_line(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb"));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "0/1:a;");
    temporary_append(&world->temporary, "in", SPAN("c\nd\n"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "0/1:a;2/2:bc;5/3:d;");
}

static void test_follow__begins_with_an_empty_file(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN(""));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    temporary_append(&world->temporary, "in", SPAN("a\n"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "0/1:a;");
}

/* The writer may go on in the old file for a while after its name is gone. */
static void test_follow__finishes_the_old_file_then_the_new(void **state)
{
    struct source_world *world = *state;
    struct source_batch batch;
    temporary_write(&world->temporary, "in", SPAN("a\n"));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    rotate(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    temporary_append(&world->temporary, "in.1", SPAN("b\nlast"));
    temporary_write(&world->temporary, "in", SPAN("new\n"));
    source_world_forget(world);
    source_world_read(world);
    source_world_expect(world, "2/2:b;");
    source_world_read(world);
    source_world_expect(world, "2/2:b;4/3:last;");
    assert_int_equal(world->source->ops->read(world->source, 0, &batch), STATUS_OK);
    assert_true(source_world_says(world, "rotated"));
    source_world_note(world, &batch);
    source_world_expect(world, "2/2:b;4/3:last;0/1:new;");
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
}

/* rule 23: what was read of the new file is not read again, what was not is read. */
static void test_rule23__position_after_rotation_is_of_the_new_file(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb\n"));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    rotate(world);
    temporary_write(&world->temporary, "in", SPAN("c\n"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    temporary_append(&world->temporary, "in", SPAN("d\n"));
    source_world_forget(world);
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "2/2:d;");
}

/* Rotated while nobody followed: the rest of the old file, then all of the new. */
static void test_rule23__rotated_while_stopped(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb\n"));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    temporary_append(&world->temporary, "in", SPAN("c\n"));
    rotate(world);
    temporary_write(&world->temporary, "in", SPAN("a\nb\nd\n"));
    source_world_forget(world);
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "4/3:c;0/1:a;2/2:b;4/3:d;");
}

static void test_rule23__rotated_away_while_stopped(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\n"));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    rotate(world);
    temporary_write(&world->temporary, "in", SPAN("b\n"));
    assert_int_equal(unlink(temporary_path(&world->temporary, "in.1").ptr), 0);
    source_world_forget(world);
    source_world_make(world, "in", true, 0);
    assert_int_equal(source_world_resume(world), STATUS_CONFLICT);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "0/1:b;");
}

static void test_follow__cut_in_place(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in", SPAN("a\nb\n"));
    follow(world);
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    temporary_write(&world->temporary, "in", SPAN("x\n"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    temporary_write(&world->temporary, "in", SPAN("longer\nthan\nbefore\n"));
    assert_int_equal(source_world_read_rest(world), STATUS_AGAIN);
    source_world_expect(world, "0/1:a;2/2:b;0/1:x;0/1:longer;7/2:than;12/3:before;");
}

int main(void)
{
#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, source_world_up, source_world_down)
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(test_read__stdin_does_not_wait_to_fill),
        SOURCE_TEST(test_read__stdin_gzip_byte_by_byte),
        SOURCE_TEST(test_read__stdin_of_one_byte),
        SOURCE_TEST(test_open__stdin_takes_any_position),
        SOURCE_TEST(test_follow__waits_for_the_end_of_a_line),
        SOURCE_TEST(test_follow__begins_with_an_empty_file),
        SOURCE_TEST(test_follow__finishes_the_old_file_then_the_new),
        SOURCE_TEST(test_rule23__position_after_rotation_is_of_the_new_file),
        SOURCE_TEST(test_rule23__rotated_while_stopped),
        SOURCE_TEST(test_rule23__rotated_away_while_stopped),
        SOURCE_TEST(test_follow__cut_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
