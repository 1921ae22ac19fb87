#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { FIELDS_MAX = 2 };

/* SHA-256 over (8-byte little-endian length, bytes) of each field, cut to 16 bytes: computed with
 * Python's hashlib. */
static void test_digest_field__known_answers(void **state)
{
    (void)state;
    static const struct {
        const char *fields[FIELDS_MAX];
        size_t count;
        const char *hex;
    } rows[] = {
        {{NULL}, 0, "e3b0c44298fc1c149afbf4c8996fb924"},
        {{""}, 1, "af5570f5a1810b7af78caf4bc70a660f"},
        {{"ab", "c"}, 2, "43ee655579de01ca739b3f95c1c2d3f4"},
        {{"a", "bc"}, 2, "9a8acca1b6c6c0befd3fbc756aed625d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct digest_state digest;
        char hex[DIGEST_HEX_LENGTH + 1];
        digest_init(&digest);
        for (size_t k = 0; k < rows[i].count; k++) {
            digest_field(&digest, span_view(rows[i].fields[k]));
        }
        struct digest result = digest_finish(&digest);
        digest_hex(&result, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void test_digest_field_number__known_answer(void **state)
{
    (void)state;
    struct digest_state digest;
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_init(&digest);
    digest_field(&digest, SPAN("policy"));
    digest_field_number(&digest, 7);
    struct digest result = digest_finish(&digest);
    digest_hex(&result, hex);
    assert_string_equal(hex, "10b20bde9e51cf9706267fc7b683f319");
}

static void test_digest_parse__reads_back_what_hex_wrote(void **state)
{
    (void)state;
    struct digest digest;
    struct digest other;
    char hex[DIGEST_HEX_LENGTH + 1];
    assert_true(digest_parse(SPAN("00ff10a9b8c7d6e5f4031221302f4e5d"), &digest));
    digest_hex(&digest, hex);
    assert_string_equal(hex, "00ff10a9b8c7d6e5f4031221302f4e5d");
    assert_true(digest_parse(span_view(hex), &other));
    assert_int_equal(digest_parse_byte(hex + 2), 0xff);
    assert_true(digest_equals(&digest, &other));
    other.bytes[DIGEST_BYTES - 1] ^= 1;
    assert_false(digest_equals(&digest, &other));
}

static void test_digest_parse__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "00ff10a9b8c7d6e5f4031221302f4e5", "00ff10a9b8c7d6e5f4031221302f4e5d0",
        "00FF10A9B8C7D6E5F4031221302F4E5D", "00ff10a9b8c7d6e5f4031221302f4e5g",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct digest digest = {{1}};
        assert_false(digest_parse(span_view(rows[i]), &digest));
        assert_int_equal(digest.bytes[0], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest_field__known_answers),
        cmocka_unit_test(test_digest_field_number__known_answer),
        cmocka_unit_test(test_digest_parse__reads_back_what_hex_wrote),
        cmocka_unit_test(test_digest_parse__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
