#include "model/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { LARGE_SET = 20000 };

static struct value real(double number)
{
    return (struct value){.kind = VALUE_DOUBLE, .real = number};
}

static struct value natural(uint64_t number)
{
    return (struct value){.kind = VALUE_UINT, .unsigned_integer = number};
}

static struct value decimal(const char *text)
{
    struct decimal number = {0};
    assert_int_equal(decimal_parse(span_view(text), &number), STATUS_OK);
    return value_decimal(number);
}

static struct value text(const char *text)
{
    return value_string(span_view(text));
}

static struct value of_text(enum value_kind kind, struct span text)
{
    return (struct value){.kind = kind, .text = text};
}

static struct value list(enum value_kind kind, const struct value *items, size_t count)
{
    return (struct value){.kind = kind, .list = {items, count}};
}

static struct value map(const struct value_entry *entries, size_t count)
{
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

static struct value time_of(int64_t seconds, int32_t nanos)
{
    return (struct value){.kind = VALUE_TIMESTAMP, .time = {seconds, nanos}};
}

static struct value duration(int64_t ns)
{
    return (struct value){.kind = VALUE_DURATION, .duration_ns = ns};
}

static struct value optional(const struct value *inner)
{
    return (struct value){.kind = VALUE_OPTIONAL, .optional = inner};
}

static struct value quantity(const char *digits, enum quantity_form form)
{
    struct value value = decimal(digits);
    value.kind = VALUE_QUANTITY;
    value.form = form;
    return value;
}

static struct value address(uint8_t last, uint8_t prefix_length, bool is_network)
{
    return (struct value){.kind = VALUE_ADDRESS,
                          .address = {{10, 0, 0, last}, 4, prefix_length, is_network}};
}

/* Both ways round. */
static void assert_equality(struct value a, struct value b, bool equal)
{
    assert_int_equal(value_equals(&a, &b), equal);
    assert_int_equal(value_equals(&b, &a), equal);
}

static void test_value_equals__numbers(void **state)
{
    (void)state;
    const struct {
        struct value a;
        struct value b;
        bool equal;
    } rows[] = {
        {value_int(1), value_int(1), true},
        {value_int(1), value_int(2), false},
        {value_int(1), natural(1), true},
        {value_int(-1), natural(UINT64_MAX), false},
        {value_int(1), real(1), true},
        {value_int(1), decimal("1.0"), true},
        {natural(UINT64_MAX), decimal("18446744073709551615"), true},
        {natural(UINT64_MAX), decimal("18446744073709551616"), false},
        /* an int and a double meet as doubles, a decimal and a double exactly */
        {value_int(INT64_MAX), real(9223372036854775808.0), true},
        {natural(UINT64_MAX), real(18446744073709551616.0), true},
        {decimal("9223372036854775807"), real(9223372036854775808.0), false},
        {decimal("0.1"), real(0.1), false},
        {decimal("0.5"), real(0.5), true},
        {decimal("1.50"), decimal("1.5"), true},
        {real(0.0), real(-0.0), true},
        {real(NAN), real(NAN), false},
        {real(NAN), decimal("1"), false},
        {real(INFINITY), real(INFINITY), true},
        {real(INFINITY), decimal("1E+6144"), false},
        {value_int(1), value_bool(true), false},
        {value_int(1), text("1"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_equality(rows[i].a, rows[i].b, rows[i].equal);
    }
}

static void test_value_equals__other_scalars(void **state)
{
    (void)state;
    struct value one = value_int(1);
    struct value also_one = decimal("1");
    struct value two = value_int(2);
    const struct {
        struct value a;
        struct value b;
        bool equal;
    } rows[] = {
        {value_null(), value_null(), true},
        {value_null(), value_bool(false), false},
        {value_bool(true), value_bool(true), true},
        {value_bool(true), value_bool(false), false},
        {text("a"), text("a"), true},
        {text("a"), text("A"), false},
        {text("a"), of_text(VALUE_BYTES, SPAN("a")), false},
        {of_text(VALUE_BYTES, SPAN("a\0b")), of_text(VALUE_BYTES, SPAN("a\0c")), false},
        {of_text(VALUE_TYPE, SPAN("int")), of_text(VALUE_TYPE, SPAN("int")), true},
        {of_text(VALUE_TYPE, SPAN("int")), text("int"), false},
        {time_of(1, 5), time_of(1, 5), true},
        {time_of(1, 5), time_of(1, 6), false},
        {duration(5), duration(5), true},
        {duration(5), value_int(5), false},
        {optional(NULL), optional(NULL), true},
        {optional(&one), optional(NULL), false},
        {optional(&one), optional(&also_one), true},
        {optional(&one), optional(&two), false},
        {optional(&one), one, false},
        {address(1, 32, false), address(1, 32, false), true},
        {address(1, 32, false), address(2, 32, false), false},
        {address(0, 24, true), address(0, 25, true), false},
        {address(0, 32, true), address(0, 32, false), false},
        {quantity("1024", QUANTITY_DECIMAL), quantity("1024", QUANTITY_BINARY), true},
        {quantity("1", QUANTITY_DECIMAL), quantity("1.1", QUANTITY_DECIMAL), false},
        {quantity("1", QUANTITY_DECIMAL), decimal("1"), false},
        {of_text(VALUE_SEMVER, SPAN("1.0.0+a")), of_text(VALUE_SEMVER, SPAN("1.0.0+b")), true},
        {of_text(VALUE_SEMVER, SPAN("1.0.0")), of_text(VALUE_SEMVER, SPAN("1.0.0-a")), false},
        {of_text(VALUE_SEMVER, SPAN("1.0.0")), text("1.0.0"), false},
        {of_text(VALUE_URL, SPAN("/a")), of_text(VALUE_URL, SPAN("/a")), true},
        {of_text(VALUE_URL, SPAN("/a")), of_text(VALUE_URL, SPAN("/b")), false},
        {of_text(VALUE_FORMAT, SPAN("uuid")), of_text(VALUE_FORMAT, SPAN("uuid")), true},
        {of_text(VALUE_FORMAT, SPAN("uuid")), of_text(VALUE_FORMAT, SPAN("date")), false},
        {value_failure(VALUE_ERROR_OTHER, SPAN("e")), value_failure(VALUE_ERROR_OTHER, SPAN("e")),
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_equality(rows[i].a, rows[i].b, rows[i].equal);
    }
}

static void test_value_equals__lists_and_sets(void **state)
{
    (void)state;
    const struct value ab[] = {text("a"), text("b")};
    const struct value ba[] = {text("b"), text("a")};
    const struct value aab[] = {text("a"), text("a"), text("b")};
    const struct value abb[] = {text("a"), text("b"), text("b")};
    const struct value ints[] = {value_int(2), value_int(1)};
    const struct value decimals[] = {decimal("1.0"), decimal("2")};
    const struct value mixed[] = {text("a"), value_null()};
    const struct {
        struct value a;
        struct value b;
        bool equal;
    } rows[] = {
        {list(VALUE_LIST, ab, 2), list(VALUE_LIST, ab, 2), true},
        {list(VALUE_LIST, ab, 2), list(VALUE_LIST, ba, 2), false},
        {list(VALUE_LIST, ab, 2), list(VALUE_LIST, ab, 1), false},
        {list(VALUE_LIST, NULL, 0), list(VALUE_LIST, NULL, 0), true},
        {list(VALUE_SET, ab, 2), list(VALUE_SET, ba, 2), true},
        {list(VALUE_SET, ab, 2), list(VALUE_SET, ab, 1), false},
        {list(VALUE_SET, ab, 2), list(VALUE_LIST, ba, 2), true},
        {list(VALUE_SET, decimals, 2), list(VALUE_LIST, ints, 2), true},
        {list(VALUE_LIST, aab, 3), list(VALUE_SET, abb, 3), false},
        {list(VALUE_SET, ab, 2), list(VALUE_LIST, mixed, 2), false},
        {list(VALUE_SET, NULL, 0), list(VALUE_LIST, NULL, 0), true},
        {list(VALUE_LIST, NULL, 0), map(NULL, 0), false},
        {list(VALUE_LIST, ab, 2), text("ab"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_equality(rows[i].a, rows[i].b, rows[i].equal);
    }
}

static void test_value_equals__maps(void **state)
{
    (void)state;
    const struct value_entry a1b2[] = {{text("a"), value_int(1)}, {text("b"), value_int(2)}};
    const struct value_entry b2a1[] = {{text("b"), decimal("2.0")}, {text("a"), decimal("1")}};
    const struct value_entry a2b1[] = {{text("a"), value_int(2)}, {text("b"), value_int(1)}};
    const struct value_entry a1c2[] = {{text("a"), value_int(1)}, {text("c"), value_int(2)}};
    const struct value_entry numeric[] = {{value_int(1), text("x")}, {text("1"), text("y")}};
    const struct value_entry swapped[] = {{text("1"), text("y")}, {natural(1), text("x")}};
    assert_equality(map(a1b2, 2), map(b2a1, 2), true);
    assert_equality(map(a1b2, 2), map(a2b1, 2), false);
    assert_equality(map(a1b2, 2), map(a1c2, 2), false);
    assert_equality(map(a1b2, 2), map(a1b2, 1), false);
    assert_equality(map(numeric, 2), map(swapped, 2), true);
    assert_equality(map(NULL, 0), map(NULL, 0), true);
}

/* Quadratic time would take minutes here. */
static void test_value_equals__large_sets_in_another_order(void **state)
{
    (void)state;
    static struct value rising[LARGE_SET];
    static struct value falling[LARGE_SET];
    for (int i = 0; i < LARGE_SET; i++) {
        rising[i] = value_decimal(decimal_from_int(i));
        falling[LARGE_SET - 1 - i] = rising[i];
    }
    assert_equality(list(VALUE_SET, rising, LARGE_SET), list(VALUE_SET, falling, LARGE_SET), true);
    falling[LARGE_SET / 2] = falling[0];
    assert_equality(list(VALUE_SET, rising, LARGE_SET), list(VALUE_SET, falling, LARGE_SET), false);
}

static void test_value_compare__orders_and_none(void **state)
{
    (void)state;
    const struct {
        struct value a;
        struct value b;
        int order; /* 2: none */
    } rows[] = {
        {value_int(-1), natural(0), -1},
        {decimal("0.1"), real(0.1), -1},
        {real(0.1), decimal("0.1"), 1},
        {real(-INFINITY), decimal("-1E+6144"), -1},
        {value_int(INT64_MAX), real(9223372036854775808.0), 0},
        {value_int(INT64_MIN), decimal("-9223372036854775809"), 1},
        {real(NAN), value_int(1), 2},
        {value_bool(false), value_bool(true), -1},
        {text("a"), text("b"), -1},
        {of_text(VALUE_BYTES, SPAN("\xFF")), of_text(VALUE_BYTES, SPAN("a")), 1},
        {time_of(1, 2), time_of(1, 3), -1},
        {time_of(-1, 999999999), time_of(0, 0), -1},
        {duration(3), duration(2), 1},
        {quantity("2", QUANTITY_BINARY), quantity("10", QUANTITY_DECIMAL), -1},
        {of_text(VALUE_SEMVER, SPAN("1.10.0")), of_text(VALUE_SEMVER, SPAN("1.9.0")), 1},
        {of_text(VALUE_URL, SPAN("/a")), of_text(VALUE_URL, SPAN("/b")), 2},
        {quantity("2", QUANTITY_BINARY), decimal("2"), 2},
        {value_null(), value_null(), 2},
        {text("a"), of_text(VALUE_BYTES, SPAN("a")), 2},
        {list(VALUE_LIST, NULL, 0), list(VALUE_LIST, NULL, 0), 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int order = 2;
        assert_int_equal(value_compare(&rows[i].a, &rows[i].b, &order), rows[i].order != 2);
        assert_int_equal(order, rows[i].order);
        order = 2;
        value_compare(&rows[i].b, &rows[i].a, &order);
        assert_int_equal(order, rows[i].order == 2 ? 2 : -rows[i].order);
    }
}

static void test_value_map_get__string_keys_only(void **state)
{
    (void)state;
    const struct value_entry entries[] = {{value_int(1), text("number")}, {text("a"), text("x")}};
    struct value value = map(entries, 2);
    assert_ptr_equal(value_map_get(&value, SPAN("a")), &entries[1].value);
    assert_null(value_map_get(&value, SPAN("1")));
    assert_null(value_map_get(&value, SPAN("b")));
}

static void test_value_timestamp_us__before_the_epoch(void **state)
{
    (void)state;
    assert_equality(value_timestamp_us(1500000), time_of(1, 500000000), true);
    assert_equality(value_timestamp_us(-1), time_of(-1, 999999000), true);
    assert_equality(value_timestamp_us(-1000000), time_of(-1, 0), true);
}

struct written {
    struct value value;
    const char *json;
    const char *text; /* NULL: as the JSON */
};

static void assert_written(const struct written *row)
{
    struct buf json = {0};
    struct buf bare = {0};
    buf_append(&bare, SPAN(""));
    struct json_writer writer = json_writer_to(&json);
    value_write_json(&row->value, &writer);
    value_write_text(&row->value, &bare);
    assert_string_equal(json.ptr, row->json);
    assert_string_equal(bare.ptr, row->text ? row->text : row->json);
    buf_deinit(&bare);
    buf_deinit(&json);
}

static void test_value_write__scalars(void **state)
{
    (void)state;
    struct value inner = text("in");
    struct value ipv6 = {.kind = VALUE_ADDRESS,
                         .address = {{0x20, 1, 0xD, 0xB8, [15] = 1}, 6, 64, true}};
    const struct written rows[] = {
        {value_null(), "null", NULL},
        {value_bool(true), "true", NULL},
        {value_int(INT64_MIN), "-9223372036854775808", NULL},
        {natural(UINT64_MAX), "18446744073709551615", NULL},
        {real(0.1), "0.1", NULL},
        {real(1e300), "1E+300", NULL},
        {real(2), "2.0", "2"},
        {real(-0.0), "-0.0", "0"},
        {real(NAN), "\"NaN\"", "NaN"},
        {real(-INFINITY), "\"-Infinity\"", "-Infinity"},
        {decimal("12345678901234567890123456789012345678"),
         "12345678901234567890123456789012345678", NULL},
        {decimal("1E-130"), "1E-130", NULL},
        {text("say \"x\""), "\"say \\\"x\\\"\"", "say \"x\""},
        {of_text(VALUE_BYTES, SPAN("")), "\"\"", ""},
        {of_text(VALUE_BYTES, SPAN("f")), "\"Zg==\"", "Zg=="},
        {of_text(VALUE_BYTES, SPAN("fo")), "\"Zm8=\"", "Zm8="},
        {of_text(VALUE_BYTES, SPAN("\xFB\xFF\xFE")), "\"+//+\"", "+//+"},
        {of_text(VALUE_TYPE, SPAN("int")), "\"int\"", "int"},
        {time_of(1772359200, 0), "\"2026-03-01T10:00:00Z\"", "2026-03-01T10:00:00Z"},
        {time_of(-62135596800, 1), "\"0001-01-01T00:00:00.000000001Z\"",
         "0001-01-01T00:00:00.000000001Z"},
        {time_of(253402300799, 120000000), "\"9999-12-31T23:59:59.12Z\"",
         "9999-12-31T23:59:59.12Z"},
        {duration(90000000000), "\"90s\"", "90s"},
        {duration(-500000000), "\"-0.5s\"", "-0.5s"},
        {duration(INT64_MIN), "\"-9223372036.854775808s\"", "-9223372036.854775808s"},
        {duration(0), "\"0s\"", "0s"},
        {quantity("1610612736", QUANTITY_BINARY), "\"1536Mi\"", "1536Mi"},
        {quantity("0.5", QUANTITY_BINARY), "\"500m\"", "500m"},
        {quantity("1234567", QUANTITY_BINARY), "\"1234567\"", "1234567"},
        {quantity("12000000", QUANTITY_DECIMAL), "\"12M\"", "12M"},
        {quantity("1E+21", QUANTITY_DECIMAL), "\"1000E\"", "1000E"},
        {quantity("12000000", QUANTITY_EXPONENT), "\"12e6\"", "12e6"},
        {quantity("0", QUANTITY_BINARY), "\"0\"", "0"},
        {of_text(VALUE_SEMVER, SPAN("1.2.3-a")), "\"1.2.3-a\"", "1.2.3-a"},
        {of_text(VALUE_URL, SPAN("/a?b")), "\"/a?b\"", "/a?b"},
        {of_text(VALUE_FORMAT, SPAN("uuid")), "\"uuid\"", "uuid"},
        {optional(NULL), "null", NULL},
        {optional(&inner), "\"in\"", "in"},
        {address(7, 32, false), "\"10.0.0.7\"", "10.0.0.7"},
        {address(0, 8, true), "\"10.0.0.0/8\"", "10.0.0.0/8"},
        {ipv6, "\"2001:db8::1/64\"", "2001:db8::1/64"},
        {value_failure(VALUE_ERROR_ABSENT, SPAN("no such key")), "null", "no such key"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_written(&rows[i]);
    }
}

static void test_value_write__containers(void **state)
{
    (void)state;
    const struct value items[] = {text("a, b"), decimal("1.50"), value_null()};
    const struct value_entry entries[] = {
        {text("k\"ey"), list(VALUE_SET, items, 2)},
        {value_int(-1), value_bool(false)},
        {value_bool(true), map(NULL, 0)},
    };
    const struct value nested[] = {map(entries, 3), list(VALUE_LIST, items, 1)};
    const struct written rows[] = {
        {list(VALUE_LIST, items, 3), "[\"a, b\",1.5,null]", "a, b, 1.5, null"},
        {list(VALUE_SET, items, 0), "[]", ""},
        {map(entries, 3), "{\"k\\\"ey\":[\"a, b\",1.5],\"-1\":false,\"true\":{}}", NULL},
        {list(VALUE_LIST, nested, 2),
         "[{\"k\\\"ey\":[\"a, b\",1.5],\"-1\":false,\"true\":{}},[\"a, b\"]]",
         "{\"k\\\"ey\":[\"a, b\",1.5],\"-1\":false,\"true\":{}}, a, b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_written(&rows[i]);
    }
}

static void test_value_write_json__deeper_than_the_writer(void **state)
{
    (void)state;
    enum { DEPTH = 200 };
    struct value levels[DEPTH];
    struct buf json = {0};
    struct json_writer writer = json_writer_to(&json);
    levels[0] = value_null();
    for (int i = 1; i < DEPTH; i++) {
        levels[i] = list(VALUE_LIST, &levels[i - 1], 1);
    }
    value_write_json(&levels[DEPTH - 1], &writer);
    assert_non_null(strstr(json.ptr, "[\"(nested too deeply)\"]"));
    assert_int_equal(writer.depth, 0);
    buf_deinit(&json);
}

static void test_value_copy__outlives_the_original(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char key[] = "key";
    char word[] = "word";
    struct value item = text(word);
    struct value inner = optional(&item);
    struct value_entry entry = {text(key), list(VALUE_LIST, &inner, 1)};
    struct value original = map(&entry, 1);
    struct value copy = value_copy(arena, &original);
    assert_true(value_equals(&copy, &original));
    memset(key, '?', 3);
    memset(word, '?', 4);
    item = value_null();
    inner = value_null();
    entry.value = value_null();
    assert_written(&(struct written){copy, "{\"key\":[\"word\"]}", NULL});
    arena_free(&arena);
}

static void test_value_kind_name__every_kind(void **state)
{
    (void)state;
    for (int kind = VALUE_NULL; kind <= VALUE_ERROR; kind++) {
        assert_non_null(value_kind_name((enum value_kind)kind));
    }
    assert_string_equal(value_kind_name(VALUE_DECIMAL), "decimal");
    assert_int_equal(sizeof(struct value), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_equals__numbers),
        cmocka_unit_test(test_value_equals__other_scalars),
        cmocka_unit_test(test_value_equals__lists_and_sets),
        cmocka_unit_test(test_value_equals__maps),
        cmocka_unit_test(test_value_equals__large_sets_in_another_order),
        cmocka_unit_test(test_value_compare__orders_and_none),
        cmocka_unit_test(test_value_map_get__string_keys_only),
        cmocka_unit_test(test_value_timestamp_us__before_the_epoch),
        cmocka_unit_test(test_value_write__scalars),
        cmocka_unit_test(test_value_write__containers),
        cmocka_unit_test(test_value_write_json__deeper_than_the_writer),
        cmocka_unit_test(test_value_copy__outlives_the_original),
        cmocka_unit_test(test_value_kind_name__every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
