/* Documents {"Records": [...]} as a source: every element given once, in order, with its place,
 * wherever reading was left; what is no such document is read line by line. */
#include "gzip.h"
#include "source_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *content;
    const char *seen;
    int blank;
} contents[] = {
    {"{\"Records\":[]}", "", 0},
    {"{\"Records\":[{}]}", "12/1:{};", 0},
    {"{\"Records\":[{},{\"a\":1}]}\n", "12/1:{};15/1:{\"a\":1};", 0},
    {" {\"Records\":[]}", "0/1: {\"Records\":[]};", 0},
    {"{\n  \"Records\" : [\n    {\n\"a\": 1\n},\n    {}\n  ]\n}\n", "22/3:{\n\"a\": 1\n};38/6:{};",
     0},
    {"{\"Records\":[{\"a\":\"]}\\\"\"},[1,2],\"x,\",7,null]}",
     "12/1:{\"a\":\"]}\\\"\"};25/1:[1,2];31/1:\"x,\";36/1:7;38/1:null;", 0},
    {"{\"Records\":[1]} \r\nx\n", "12/1:1;18/2:x;", 0},
    {"{\"Records\":[1]}{\"Records\":[2]}", "12/1:1;27/1:2;", 0},
    {"a\n{\"Records\":[1]}\n\nb", "0/1:a;14/2:1;19/4:b;", 1},
    {"{\"Records\":[1],\"x\":2}\n", "12/1:1;14/1:,\"x\":2};", 0},
    {"{\"Records\":[1", "12/1:1;", 0},
    {"{\"Records\":[{\"a\":[", "12/1:{\"a\":[;", 0},
    {"{\"Records\":[1,", "12/1:1;14/1:refused;", 0},
    {"{\"Records\":[1]", "12/1:1;14/1:refused;", 0},
    {"{\"Records\":[", "12/1:refused;", 0},
    {"{\"Records\":", "0/1:{\"Records\":;", 0},
    {"{\"Records\":{}}\n", "0/1:{\"Records\":{}};", 0},
    {"{\"records\":[1]}\n", "0/1:{\"records\":[1]};", 0},
    {"{\n", "0/1:{;", 0},
};

static void test_read__document_table(void **state)
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
    }
}

/* CloudTrail's files are gzip, and larger than a batch. */
static void write_many(struct source_world *world, uint64_t count)
{
    struct buf text = {0};
    struct buf packed = {0};
    buf_append(&text, SPAN("{\"Records\":["));
    for (uint64_t i = 0; i < count; i++) {
        buf_printf(&text, "%s{\"number\":%llu}", i ? "," : "", (unsigned long long)i);
    }
    buf_append(&text, SPAN("]}"));
    gzip_append(&packed, buf_view(&text));
    temporary_write(&world->temporary, "in.gz", buf_view(&packed));
    buf_deinit(&text);
    buf_deinit(&packed);
}

/* Each batch is read by a source of its own, which knows nothing but the position. */
static void test_read__document_resumed_after_each_batch(void **state)
{
    struct source_world *world = *state;
    enum { MANY = 3 * SOURCE_BATCH_RECORDS_MAX + 5 };
    write_many(world, MANY);
    uint64_t records = 0;
    for (int batch = 0; batch < 4; batch++) {
        assert_int_equal(source_world_open(world, "in.gz"), STATUS_OK);
        source_world_read(world);
        records += world->records;
        source_world_forget(world);
    }
    assert_int_equal(records, MANY);
    assert_int_equal(source_world_open(world, "in.gz"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    source_world_expect(world, "");
}

/* An element that is too long is refused; what follows is not. */
static void test_read__element_too_long(void **state)
{
    struct source_world *world = *state;
    struct buf text = {0};
    buf_append(&text, SPAN("{\"Records\":[\""));
    for (int i = 0; i < 6 * 1024 * 1024; i++) {
        buf_append_char(&text, 'x');
    }
    buf_append(&text, SPAN("\",{\"next\":1}]}"));
    temporary_write(&world->temporary, "in", buf_view(&text));
    source_world_make(world, "in", false, 100);
    assert_int_equal(source_world_resume(world), STATUS_OK);
    enum status status = source_world_read_rest(world);
    while (status == STATUS_AGAIN) {
        status = source_world_read_rest(world);
    }
    assert_int_equal(status, STATUS_END);
    source_world_expect(world, "12/1:refused;6291471/1:{\"next\":1};");
    buf_deinit(&text);
}

/* A document without end, of bytes that no JSON has, fills no window. */
static void test_read__zero_bytes_between_elements(void **state)
{
    struct source_world *world = *state;
    temporary_write(&world->temporary, "in",
                    span_of("{\"Records\":[1,\0\0\0,2]}", 21));
    assert_int_equal(source_world_open(world, "in"), STATUS_OK);
    assert_int_equal(source_world_read_rest(world), STATUS_END);
    assert_int_equal(world->records, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read__document_table, source_world_up,
                                        source_world_down),
        cmocka_unit_test_setup_teardown(test_read__document_resumed_after_each_batch,
                                        source_world_up, source_world_down),
        cmocka_unit_test_setup_teardown(test_read__element_too_long, source_world_up,
                                        source_world_down),
        cmocka_unit_test_setup_teardown(test_read__zero_bytes_between_elements, source_world_up,
                                        source_world_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
