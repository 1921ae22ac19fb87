#include "engine/evaluate/diff.h"
#include "model/dynamodb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The change between two images in DynamoDB's JSON; NULL: no such image. */
static struct change change_of(const char *before, const char *after, struct arena *arena)
{
    struct json_error error = {0};
    struct change change;
    const char *op = before && after ? "MODIFY" : before ? "REMOVE" : "INSERT";
    struct span record = arena_printf(
        arena,
        "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"e\",\"eventName\":\"%s\",\"userIdentity\":null,"
        "\"recordFormat\":\"application/json\",\"tableName\":\"t\",\"dynamodb\":{"
        "\"ApproximateCreationDateTime\":1700000000000,\"Keys\":{\"id\":{\"S\":\"1\"}}%s%s%s%s,"
        "\"SizeBytes\":1},\"eventSource\":\"aws:dynamodb\"}",
        op, before ? ",\"OldImage\":" : "", before ? before : "", after ? ",\"NewImage\":" : "",
        after ? after : "");
    if (dynamodb_decode(record, RECORD_FORMAT_AUTO, arena, &error, &change) != STATUS_OK) {
        fail_msg("%s in %s", error.reason, record.ptr);
    }
    return change;
}

static void test_diff_of__table(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        const char *names;
    } rows[] = {
        {"{\"a\":{\"N\":\"1\"}}", "{\"a\":{\"N\":\"1.0\"}}", ""},
        {"{\"a\":{\"N\":\"1\"}}", "{\"a\":{\"S\":\"1\"}}", "a"},
        {"{\"z\":{\"N\":\"1\"},\"a\":{\"S\":\"x\"},\"m\":{\"S\":\"x\"}}",
         "{\"m\":{\"S\":\"y\"},\"b\":{\"S\":\"x\"},\"z\":{\"N\":\"2\"}}", "a b m z"},
        {"{\"a\":{\"SS\":[\"x\",\"y\"]}}", "{\"a\":{\"SS\":[\"y\",\"x\"]}}", ""},
        {"{\"a\":{\"L\":[{\"S\":\"x\"},{\"S\":\"y\"}]}}",
         "{\"a\":{\"L\":[{\"S\":\"y\"},{\"S\":\"x\"}]}}", "a"},
        {NULL, "{\"b\":{\"S\":\"x\"},\"a\":{\"S\":\"x\"}}", "a b"},
        {"{\"a\":{\"NULL\":true}}", NULL, "a"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change = change_of(rows[i].before, rows[i].after, arena);
        struct diff diff = diff_of(&change, arena);
        struct buf names = {0};
        buf_append(&names, SPAN(""));
        for (size_t k = 0; k < diff.count; k++) {
            buf_printf(&names, "%s%.*s", k ? " " : "", SPAN_ARG(diff.items[k].name));
            assert_int_equal(diff.items[k].before != NULL || diff.items[k].after != NULL, true);
        }
        assert_string_equal(names.ptr, rows[i].names);
        buf_deinit(&names);
    }
    arena_free(&arena);
}

static void test_diff_path_differs__table(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool differs;
    } rows[] = {
        {"a", false},          {"card", true},        {"card.number", true},
        {"card.name", false},  {"card.added", true},  {"card.number.deep", false},
        {"nothing", false},    {"nothing.at", false}, {"unit.price", true},
        {"`unit.price`", true}, {"`unit.price`.x", false}, {"card.`number`", true},
        {"gone", true},        {"gone.x", true},      {"", false},  {"a.b", false},
    };
    struct arena *arena = arena_new(0);
    struct change change = change_of(
        "{\"a\":{\"S\":\"x\"},\"gone\":{\"M\":{\"x\":{\"NULL\":true}}},"
        "\"unit.price\":{\"N\":\"1\"},"
        "\"card\":{\"M\":{\"number\":{\"S\":\"1\"},\"name\":{\"S\":\"n\"}}}}",
        "{\"a\":{\"S\":\"x\"},\"unit.price\":{\"N\":\"2\"},"
        "\"card\":{\"M\":{\"name\":{\"S\":\"n\"},\"number\":{\"S\":\"2\"},"
        "\"added\":{\"S\":\"\"}}}}",
        arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (diff_path_differs(&change, span_view(rows[i].path), arena) != rows[i].differs) {
            fail_msg("path %s", rows[i].path);
        }
    }
    arena_free(&arena);
}

static void test_diff_of__many_attributes_in_any_order(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct arena *arena = arena_new(0);
    struct buf before = {0};
    struct buf after = {0};
    for (int i = 0; i < COUNT; i++) {
        int name = (i * 387) % COUNT; /* 387 and 1000 share no factor: every name once */
        buf_printf(&before, "%c\"a%04d\":{\"N\":\"%d\"}", i ? ',' : '{', name, name);
        buf_printf(&after, "%c\"a%04d\":{\"N\":\"%d\"}", i ? ',' : '{', i, i + (i % 2));
    }
    buf_append_char(&before, '}');
    buf_append_char(&after, '}');
    struct change change = change_of(before.ptr, after.ptr, arena);
    struct diff diff = diff_of(&change, arena);
    assert_int_equal(diff.count, COUNT / 2);
    for (size_t i = 1; i < diff.count; i++) {
        assert_int_equal(span_compare(diff.items[i - 1].name, diff.items[i].name), -1);
    }
    buf_deinit(&before);
    buf_deinit(&after);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diff_of__table),
        cmocka_unit_test(test_diff_path_differs__table),
        cmocka_unit_test(test_diff_of__many_attributes_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
