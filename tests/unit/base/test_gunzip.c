/* gzip in memory: whole, in members, cut, damaged, and larger than allowed. */
#include "base/gunzip.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>
#include <cmocka.h>

static void pack(struct buf *out, struct span content)
{
    unsigned char room[4096];
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)content.ptr;
    stream.avail_in = (uInt)content.len;
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = room;
        stream.avail_out = sizeof room;
        result = deflate(&stream, Z_FINISH);
        buf_append(out, span_of((char *)room, sizeof room - stream.avail_out));
    }
    assert_int_equal(result, Z_STREAM_END);
    deflateEnd(&stream);
}

static void test_gunzip__members(void **state)
{
    struct arena *arena = arena_new(0);
    struct buf packed = {0};
    struct span text = {0};
    (void)state;
    pack(&packed, SPAN("first "));
    pack(&packed, SPAN(""));
    pack(&packed, SPAN("second"));
    assert_true(gunzip_is_gzip(buf_view(&packed)));
    assert_int_equal(gunzip(buf_view(&packed), 12, arena, &text), STATUS_OK);
    assert_true(span_equals(text, SPAN("first second")));
    assert_int_equal(gunzip(buf_view(&packed), 11, arena, &text), STATUS_LIMIT);
    buf_append(&packed, SPAN("x"));
    assert_int_equal(gunzip(buf_view(&packed), 100, arena, &text), STATUS_INVALID);
    buf_deinit(&packed);
    arena_free(&arena);
}

static void test_gunzip__cut_and_damaged(void **state)
{
    struct arena *arena = arena_new(0);
    struct buf packed = {0};
    struct span text = SPAN("untouched");
    (void)state;
    pack(&packed, SPAN("some text that is long enough to be packed, packed, packed"));
    for (size_t length = 0; length < packed.len; length++) {
        assert_int_equal(gunzip(span_of(packed.ptr, length), 1000, arena, &text), STATUS_INVALID);
    }
    packed.ptr[packed.len - 5] ^= 1; /* the check sum */
    assert_int_equal(gunzip(buf_view(&packed), 1000, arena, &text), STATUS_INVALID);
    assert_true(span_equals(text, SPAN("untouched")));
    buf_deinit(&packed);
    arena_free(&arena);
}

/* A few bytes that would become a hundred megabytes. */
static void test_gunzip__bomb(void **state)
{
    struct arena *arena = arena_new(0);
    struct buf zeros = {0};
    struct buf packed = {0};
    struct span text = {0};
    (void)state;
    for (int i = 0; i < 1000; i++) {
        buf_append(&zeros, span_of((char[1000]){0}, 1000));
    }
    for (int i = 0; i < 100; i++) {
        pack(&packed, buf_view(&zeros));
    }
    assert_int_equal(gunzip(buf_view(&packed), 2000000, arena, &text), STATUS_LIMIT);
    assert_true(arena_used(arena) < 1000000);
    assert_int_equal(gunzip(span_of(packed.ptr, packed.len / 100), 2000000, arena, &text),
                     STATUS_OK);
    assert_int_equal(text.len, 1000000);
    buf_deinit(&zeros);
    buf_deinit(&packed);
    arena_free(&arena);
}

static void test_gunzip__is_gzip(void **state)
{
    (void)state;
    assert_false(gunzip_is_gzip(SPAN("")));
    assert_false(gunzip_is_gzip(SPAN("\x1f")));
    assert_false(gunzip_is_gzip(SPAN("{}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gunzip__members),
        cmocka_unit_test(test_gunzip__cut_and_damaged),
        cmocka_unit_test(test_gunzip__bomb),
        cmocka_unit_test(test_gunzip__is_gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
