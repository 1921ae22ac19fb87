#include "model/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct value_address read_any(const char *text)
{
    struct value_address address = {0};
    bool network = strchr(text, '/') != NULL;
    if (!(network ? address_parse_network : address_parse)(span_view(text), &address)) {
        fail_msg("'%s' was not read", text);
    }
    return address;
}

static void test_address_parse__canonical_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical;
    } rows[] = {
        {"192.168.0.1", "192.168.0.1"},   {"0.0.0.0", "0.0.0.0"},
        {"2001:DB8::68", "2001:db8::68"}, {"::", "::"},
        {"::ffff:c0a8:1", "192.168.0.1"}, {"10.0.0.1/8", "10.0.0.1/8"},
        {"0.0.0.0/0", "0.0.0.0/0"},       {"2001:db8::/128", "2001:db8::/128"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[ADDRESS_TEXT_SIZE];
        struct value_address address = read_any(rows[i].text);
        assert_int_equal(address_format(&address, text).len, strlen(rows[i].canonical));
        assert_string_equal(text, rows[i].canonical);
    }
}

static void test_address_parse__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "1", "192.168.0.1.0", "192.168.0", "192.168.0.256", "192.168.00.1", "192.168.0.1 ",
        "2001:db8:::68", "fe80::1%en0", "::ffff:192.168.0.1", "1.2.3.4/", "1.2.3.4/33",
        "1.2.3.4/08", "1.2.3.4/8/8", "1.2.3.4/-1", "::/129", "::/1290", "/8", "fe80::1%en0/24",
        "::ffff:c0a8:1/24",
        "0000000000000000000000000000000000000000000000000000000000000000000000000000000000:",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value_address untouched = {.prefix_length = 42};
        assert_false(address_parse(span_view(rows[i]), &untouched));
        assert_false(address_parse_network(span_view(rows[i]), &untouched));
        assert_int_equal(untouched.prefix_length, 42);
    }
    struct value_address address;
    assert_false(address_parse(SPAN("1.2.3.4\0"), &address));
    assert_false(address_parse_network(SPAN("1.2.3.4"), &address));
    assert_false(address_parse(SPAN("1.2.3.4/8"), &address));
}

static void test_address_contains__table(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        const char *other;
        bool contains;
    } rows[] = {
        {"192.168.0.0/24", "192.168.0.1", true},    {"192.168.0.0/24", "192.168.1.1", false},
        {"192.168.0.0/24", "192.168.0.0/25", true}, {"192.168.0.0/24", "192.168.0.0/24", true},
        {"192.168.0.0/24", "192.168.0.0/23", false}, {"10.1.2.3/9", "10.127.0.0", true},
        {"10.1.2.3/9", "10.128.0.0", false},        {"0.0.0.0/0", "255.255.255.255", true},
        {"1.2.3.4/32", "1.2.3.4", true},            {"1.2.3.4/32", "1.2.3.5", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true}, {"2001:db8::/33", "2001:db8:8000::", false},
        {"0.0.0.0/0", "::1", false},                {"::/0", "1.2.3.4", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value_address network = read_any(rows[i].network);
        struct value_address other = read_any(rows[i].other);
        assert_int_equal(address_contains(&network, &other), rows[i].contains);
    }
}

static void test_address_masked__clears_behind_the_prefix(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_SIZE];
    struct value_address network = read_any("10.255.255.255/13");
    struct value_address masked = address_masked(&network);
    address_format(&masked, text);
    assert_string_equal(text, "10.248.0.0/13");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address_parse__canonical_text),
        cmocka_unit_test(test_address_parse__refused),
        cmocka_unit_test(test_address_contains__table),
        cmocka_unit_test(test_address_masked__clears_behind_the_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
