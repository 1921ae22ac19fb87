#include "base/buf.h"
#include "kinesis/kinesis_aggregate.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MAGIC "\xF3\x89\x9A\xC2"

/* Magic, message, MD5; `spoil` changes a byte of the MD5. */
static struct span pack(struct span message, bool spoil, struct arena *arena)
{
    unsigned char md5[16];
    struct buf out = {0};
    assert_int_equal(EVP_Digest(message.ptr, message.len, md5, NULL, EVP_md5(), NULL), 1);
    md5[15] = (unsigned char)(md5[15] ^ spoil);
    buf_append(&out, SPAN(MAGIC));
    buf_append(&out, message);
    buf_append(&out, span_of((const char *)md5, sizeof md5));
    struct span copy = arena_copy(arena, buf_view(&out));
    buf_deinit(&out);
    return copy;
}

/* "key/hash=data;" a packed record; "plain" when it is none. */
static struct span unpacked(struct span data, struct arena *arena)
{
    struct kinesis_aggregate aggregate;
    struct kinesis_packed packed;
    struct buf out = {0};
    if (!kinesis_aggregate_open(data, arena, &aggregate)) {
        return SPAN("plain");
    }
    while (kinesis_aggregate_next(&aggregate, &packed)) {
        buf_printf(&out, "%.*s/%.*s=%.*s;", SPAN_ARG(packed.partition_key),
                   SPAN_ARG(packed.explicit_hash), SPAN_ARG(packed.data));
        (void)kinesis_packed_hash(&packed);
    }
    struct span text = arena_copy(arena, buf_view(&out));
    buf_deinit(&out);
    return text;
}

static void test_kinesis_aggregate__table(void **state)
{
    (void)state;
    const struct {
        struct span message;
        const char *expected;
    } rows[] = {
        {SPAN("\x0A\x01k" "\x1A\x06\x08\x00\x1A\x02hi"), "k/=hi;"},
        /* two keys, a hash, records that share them, an unknown field, tags */
        {SPAN("\x0A\x01" "a\x0A\x01" "b\x12\x02" "42" "\x1A\x07\x08\x01\x10\x00\x1A\x01x"
              "\x7A\x01?" "\x1A\x09\x08\x00\x1A\x01y\x22\x02\x0A\x00"),
         "b/42=x;a/=y;"},
        {SPAN("\x1A\x06\x08\x00\x1A\x02hi" "\x0A\x01k"), "k/=hi;"}, /* the table comes last */
        {SPAN("\x0A\x01k" "\x1A\x04\x08\x00\x1A\x00"), "k/=;"},     /* empty data */
        {SPAN("\x0A\x01k" "\x1A\x07\x08\x80\x00\x1A\x02hi"), "k/=hi;"}, /* a long zero */
        {SPAN("\x0A\x01k" "\x1A\x06\x08\x01\x1A\x02hi"), "plain"},  /* no such key */
        {SPAN("\x0A\x01k" "\x1A\x08\x08\x00\x10\x00\x1A\x02hi"), "plain"}, /* no such hash */
        {SPAN("\x0A\x01k\x12\x01x" "\x1A\x06\x08\x00\x1A\x02hi"), "plain"}, /* a hash of letters */
        {SPAN("\x0A\x01k" "\x1A\x04\x1A\x02hi"), "plain"},          /* no key */
        {SPAN("\x0A\x01k" "\x1A\x02\x08\x00"), "plain"},            /* no data */
        {SPAN("\x0A\x01k" "\x1A\x06\x08\x00\x1A\x03hi"), "plain"},  /* beyond its record */
        {SPAN("\x0A\x01k" "\x1A\x07\x08\x00\x1A\x02hi"), "plain"},  /* beyond the message */
        {SPAN("\x0A\x01k"), "plain"},                               /* no record */
        {SPAN("\x0B\x01k" "\x1A\x06\x08\x00\x1A\x02hi"), "plain"},  /* a group */
        {SPAN("\x02\x01k" "\x1A\x06\x08\x00\x1A\x02hi"), "plain"},  /* field 0 */
        {SPAN("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"), "plain"}, /* a number above 64 bits */
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span data = pack(rows[i].message, false, arena);
        assert_string_equal(unpacked(data, arena).ptr, rows[i].expected);
        assert_string_equal(unpacked(pack(rows[i].message, true, arena), arena).ptr, "plain");
        for (size_t cut = 0; cut < data.len; cut++) {
            assert_string_equal(unpacked(span_of(data.ptr, cut), arena).ptr, "plain");
        }
    }
    assert_string_equal(unpacked(SPAN("{\"eventName\":\"INSERT\"}"), arena).ptr, "plain");
    arena_free(&arena);
}

static void test_kinesis_packed_hash__explicit_or_of_the_key(void **state)
{
    (void)state;
    struct kinesis_packed packed = {.partition_key = SPAN("k")};
    assert_true(kinesis_packed_hash(&packed) == kinesis_hash_of_key(SPAN("k")));
    packed.explicit_hash = SPAN("42");
    assert_true(kinesis_packed_hash(&packed) == 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinesis_aggregate__table),
        cmocka_unit_test(test_kinesis_packed_hash__explicit_or_of_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
