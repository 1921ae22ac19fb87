/* A text that ends where readable memory ends: reading one byte too far stops the process. */
#include "model/dynamodb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

enum { READABLE_BYTES = 4096 * 4 };

/* Readable memory with an unreadable page behind it. */
struct guarded {
    char *start;
    char *end;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct guarded guarded;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *start = mmap(NULL, READABLE_BYTES + page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(start != MAP_FAILED);
    assert_int_equal(mprotect(start + READABLE_BYTES, page, PROT_NONE), 0);
    guarded = (struct guarded){start, start + READABLE_BYTES, arena_new(0)};
    *state = &guarded;
    return 0;
}

static int tear_down(void **state)
{
    struct guarded *guarded = *state;
    munmap(guarded->start, READABLE_BYTES + (size_t)sysconf(_SC_PAGESIZE));
    arena_free(&guarded->arena);
    return 0;
}

static struct span place(const struct guarded *guarded, const char *text, size_t size)
{
    assert_true(size <= READABLE_BYTES);
    memcpy(guarded->end - size, text, size);
    return span_of(guarded->end - size, size);
}

static const char *const texts[] = {
    "{\"awsRegion\":\"eu-central-1\",\"eventName\":\"REMOVE\",\"userIdentity\":{\"type\":"
    "\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"},\"tableName\":\"t\",\"dynamodb\":{"
    "\"ApproximateCreationDateTime\":1772355600000,\"Keys\":{\"id\":{\"N\":\"7.5\"}},\"NewImage\":{"
    "\"a\":{\"S\":\"\\u00e9\\ud83d\\ude00 \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\\n\"},"
    "\"b\":{\"B\":\"AP8=\"},\"c\":{\"BOOL\":true},\"d\":{\"NULL\":true},\"e\":{\"NS\":[\"1\"]},"
    "\"f\":{\"L\":[{\"M\":{\"x\":{\"N\":\"-1E5\"}}}]}}},\"z\":[0.5e-7,false,null,{}]}",
    "\"plain text that is longer than one machine word and then some\"",
    "-12345.6789e+10",
    "[true,false,null]",
};

/* Every beginning of every text, whole texts included. */
static void test_over_read__every_prefix(void **state)
{
    struct guarded *guarded = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t size = 0; size <= strlen(texts[i]); size++) {
            struct span text = place(guarded, texts[i], size);
            struct json_error error = {0};
            struct change change;
            struct value value;
            enum status status = json_read(text, JSON_NUMBERS_CEL, guarded->arena, &error, &value);
            assert_true(status == STATUS_OK || error.offset <= size);
            status = dynamodb_decode(text, RECORD_FORMAT_AUTO, guarded->arena, &error, &change);
            assert_int_equal(status == STATUS_OK, i == 0 && size == strlen(texts[0]));
        }
        arena_reset(guarded->arena);
    }
}

/* Every way to be cut off inside a string, at each distance from the end. */
static void test_over_read__cut_strings(void **state)
{
    static const char *const ends[] = {
        "\\", "\\u", "\\u1", "\\u12", "\\u123", "\\ud83d", "\\ud83d\\", "\\ud83d\\ude0", "\xC3",
        "\xE2\x82", "\xF0\x9F\x98", "",
    };
    struct guarded *guarded = *state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        for (int fill = 0; fill < 24; fill++) {
            char text[64];
            int size = snprintf(text, sizeof text, "\"%.*s%s", fill, "abcdefghijklmnopqrstuvwxyz",
                                ends[i]);
            struct json_error error = {0};
            struct value value;
            assert_int_equal(json_read(place(guarded, text, (size_t)size), JSON_NUMBERS_CEL,
                                       guarded->arena, &error, &value),
                             STATUS_INVALID);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_read__every_prefix),
        cmocka_unit_test(test_over_read__cut_strings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
