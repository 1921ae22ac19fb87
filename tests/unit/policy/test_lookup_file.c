#include "policy/lookup/lookup_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The file of a case, in the folder of the test; its name stands in the diagnostics. */
static const char PATH[] = "lookup.tmp";

static const struct plan_column columns[] = {
    {{"sku", 3}, PLAN_COLUMN_STRING},      {{"min_price", 9}, PLAN_COLUMN_DECIMAL},
    {{"stock", 5}, PLAN_COLUMN_INT},       {{"active", 6}, PLAN_COLUMN_BOOL},
    {{"checked", 7}, PLAN_COLUMN_TIMESTAMP}, {{"net", 3}, PLAN_COLUMN_CIDR},
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

/* A lookup with the first `column_count` columns. */
static struct plan_lookup lookup_of(enum plan_lookup_format format, size_t column_count)
{
    return (struct plan_lookup){
        .id = SPAN("prices"), .path = span_view(PATH), .format = format, .columns = columns,
        .column_count = column_count, .key = SPAN("sku"),
    };
}

static void write_file(struct span content)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content.ptr, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
}

/* Reads the file and writes what came out: the message of each problem, rows as JSON lines. */
static enum status read_to_text(const struct plan_lookup *lookup, struct buf *out)
{
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    struct lookup_rows rows = {.count = 0};
    enum status status = lookup_file_read(lookup, arena, &diags, &rows);
    buf_append(out, SPAN(""));
    for (size_t i = 0; i < diags.count; i++) {
        const struct diag *diag = &diags.items[i];
        buf_printf(out, "%u:%u %s%.*s\n", diag->place.line, diag->place.column,
                   diag->level == DIAG_WARNING ? "warning: " : "", SPAN_ARG(diag->message));
        assert_string_equal(diag->place.file.ptr, PATH);
    }
    for (size_t i = 0; i < rows.count; i++) {
        value_write_text(&rows.rows[i], out);
        buf_append_char(out, '\n');
    }
    arena_free(&arena);
    return status;
}

struct row {
    const char *content;
    const char *expected;
    size_t column_count;
};

static void check_rows(enum plan_lookup_format format, const struct row *rows, size_t count,
                       enum status expected)
{
    for (size_t i = 0; i < count; i++) {
        struct plan_lookup lookup = lookup_of(format, rows[i].column_count);
        struct buf out = {0};
        write_file(span_view(rows[i].content));
        enum status status = read_to_text(&lookup, &out);
        assert_string_equal(out.ptr, rows[i].expected);
        assert_int_equal(status, expected);
        buf_deinit(&out);
    }
    remove(PATH);
}

static void test_lookup_file_read__csv(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"sku,min_price\nA1,8.00\nA2,\n",
         "{\"sku\":\"A1\",\"min_price\":8}\n{\"sku\":\"A2\"}\n", 2},
        {"min_price,sku\r\n1E3,A1\r\n\r\n2,A2", "{\"min_price\":1000,\"sku\":\"A1\"}\n"
                                                "{\"min_price\":2,\"sku\":\"A2\"}\n", 2},
        {"\xEF\xBB\xBFsku\n\xC3\xA9\n", "{\"sku\":\"\xC3\xA9\"}\n", 1},
        {"\"sku\",\"min_price\"\n\"a,\"\"b\"\"\r\nc\",\"1\"\n",
         "{\"sku\":\"a,\\\"b\\\"\\r\\nc\",\"min_price\":1}\n", 2},
        {"sku\n spaces kept \n", "{\"sku\":\" spaces kept \"}\n", 1},
        {"sku\n", "", 1},
        {"sku,min_price,stock,active,checked,net\n"
         "A1,12345678901234567890.123456789012345678,-7,true,2026-03-01,10.0.0.0/8\n"
         "A2,,,false,2026-03-01T10:00:00+01:00,2001:db8::1\n",
         "{\"sku\":\"A1\",\"min_price\":12345678901234567890.123456789012345678,\"stock\":-7,"
         "\"active\":true,\"checked\":\"2026-03-01T00:00:00Z\",\"net\":\"10.0.0.0/8\"}\n"
         "{\"sku\":\"A2\",\"active\":false,\"checked\":\"2026-03-01T09:00:00Z\","
         "\"net\":\"2001:db8::1/128\"}\n", COLUMN_COUNT},
        {"sku,min_prise\nA1,2\n",
         "1:5 warning: column 'min_prise' is not declared by lookup 'prices' and is left out\n"
         "{\"sku\":\"A1\"}\n", 1},
    };
    check_rows(PLAN_LOOKUP_CSV, rows, sizeof rows / sizeof *rows, STATUS_OK);
}

static void test_lookup_file_read__csv_problems(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"sku,min_price\nA1,abc\nA2,1\nA3, 2\n",
         "2:4 min_price: 'abc' is not a decimal (38 digits at most)\n"
         "4:4 min_price: ' 2' is not a decimal (38 digits at most)\n", 2},
        {"sku,min_price\n\xC3\xA9\xC3\xA9,x\n",
         "2:4 min_price: 'x' is not a decimal (38 digits at most)\n", 2},
        {"sku,min_price\n\"two\nlines\",x\n",
         "3:8 min_price: 'x' is not a decimal (38 digits at most)\n", 2},
        {"sku,min_price,stock,active,checked,net\nA1,1,1.5,yes,yesterday,10.0.0.0/33\n",
         "2:6 stock: '1.5' is not a whole number of 64 bits\n"
         "2:10 active: 'yes' is not true or false\n"
         "2:14 checked: 'yesterday' is not a time like 2026-03-01T10:00:00Z\n"
         "2:24 net: '10.0.0.0/33' is not a network like 10.0.0.0/8\n", COLUMN_COUNT},
        {"sku,min_price\nA1\nA2,1,2\nA3,3\n",
         "2:1 1 cells, but the first line names 2 columns\n"
         "3:1 3 cells, but the first line names 2 columns\n", 2},
        {"sku,min_price\n,5\n", "2:1 sku: the key of the row is missing\n", 2},
        {"sku,sku,min_price\n", "1:5 column 'sku' stands here twice\n", 2},
        {"sku\nA1\n", "1:1 the first line does not name column 'min_price'\n", 2},
        {"", "1:1 warning: column '' is not declared by lookup 'prices' and is left out\n"
             "1:1 the first line does not name column 'sku'\n", 1},
        {"sku\n\"A1\n", "2:1 the quote that opens here is never closed\n", 1},
        {"sku\n\"A1\"x\n", "2:5 text behind the closing quote of a cell\n", 1},
        {"sku\nA\"1\n", "2:2 a quote inside a cell that does not begin with one\n", 1},
        {"sku\nA1\nA\xFF\n", "3:2 this is not UTF-8\n", 1},
    };
    check_rows(PLAN_LOOKUP_CSV, rows, sizeof rows / sizeof *rows, STATUS_INVALID);
}

static void test_lookup_file_read__json_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"sku\":\"A1\",\"min_price\":8.00}\n\n{\"min_price\":\"1E3\",\"sku\":\"A2\"}",
         "{\"sku\":\"A1\",\"min_price\":8}\n{\"min_price\":1000,\"sku\":\"A2\"}\n", 2},
        {"{\"sku\":\"A1\",\"min_price\":null,\"stock\":7,\"active\":true,"
         "\"checked\":\"2026-03-01\",\"net\":\"10.1.2.3\"}\r\n",
         "{\"sku\":\"A1\",\"stock\":7,\"active\":true,\"checked\":\"2026-03-01T00:00:00Z\","
         "\"net\":\"10.1.2.3/32\"}\n", COLUMN_COUNT},
        {"{\"sku\":\"A1\",\"min_price\":\"\"}", "{\"sku\":\"A1\"}\n", 2},
        {"", "", 2},
        {"{\"sku\":\"A1\",\"note\":1}\n{\"sku\":\"A2\",\"note\":2}\n",
         "1:1 warning: column 'note' is not declared by lookup 'prices' and is left out\n"
         "{\"sku\":\"A1\"}\n{\"sku\":\"A2\"}\n", 1},
    };
    check_rows(PLAN_LOOKUP_JSON_LINES, rows, sizeof rows / sizeof *rows, STATUS_OK);
}

static void test_lookup_file_read__json_lines_problems(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"sku\":1,\"active\":\"true\",\"stock\":1.5,\"min_price\":[1],\"net\":true}\n",
         "1:1 sku: 1 is not text\n"
         "1:1 active: 'true' is not true or false\n"
         "1:1 stock: '1.5' is not a whole number of 64 bits\n"
         "1:1 min_price: a list or map is not a decimal (38 digits at most)\n"
         "1:1 net: 'true' is not a network like 10.0.0.0/8\n", COLUMN_COUNT},
        {"{\"sku\":\"A1\"}\n[1]\n{\"min_price\":1}\n",
         "2:1 a row is a JSON object, not list\n"
         "3:1 sku: the key of the row is missing\n", 2},
    };
    check_rows(PLAN_LOOKUP_JSON_LINES, rows, sizeof rows / sizeof *rows, STATUS_INVALID);
}

/* The reason of a syntax error is the reader's own; that it is reported where it stands is ours. */
static void test_lookup_file_read__json_syntax_has_its_place(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_JSON_LINES, 1);
    struct buf out = {0};
    write_file(SPAN("{\"sku\":\"A1\"}\n{\"sku\":\"\xC3\xA9\" \"x\"}\n"));
    assert_int_equal(read_to_text(&lookup, &out), STATUS_INVALID);
    assert_true(span_starts_with(buf_view(&out), SPAN("2:12 ")));
    buf_deinit(&out);
    remove(PATH);
}

static void test_lookup_file_read__yaml(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"- sku: A1\n  min_price: 8.00\n- {sku: '7', min_price: , stock: 1}\n",
         "{\"sku\":\"A1\",\"min_price\":8}\n{\"sku\":\"7\",\"stock\":1}\n", 3},
        {"- sku: A1\n  active: true\n  checked: 2026-03-01T10:00:00Z\n  net: 10.0.0.0/8\n",
         "{\"sku\":\"A1\",\"active\":true,\"checked\":\"2026-03-01T10:00:00Z\","
         "\"net\":\"10.0.0.0/8\"}\n", COLUMN_COUNT},
        {"[]\n", "", 2},
        {"", "", 2},
    };
    check_rows(PLAN_LOOKUP_YAML, rows, sizeof rows / sizeof *rows, STATUS_OK);
}

static void test_lookup_file_read__yaml_problems(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"- sku: 7\n  min_price: abc\n", "1:8 sku: 7 is not text\n"
                                         "2:14 min_price: 'abc' is not a decimal (38 digits at "
                                         "most)\n", 2},
        {"sku: A1\n", "1:1 a lookup is one list of rows, not a map\n", 1},
        {"- A1\n", "1:3 a row is a map, not text\n", 1},
        {"- sku: [A1]\n", "1:8 sku: a list or map is not text\n", 1},
    };
    check_rows(PLAN_LOOKUP_YAML, rows, sizeof rows / sizeof *rows, STATUS_INVALID);
}

static void test_lookup_file_read__validity_columns(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_CSV, 1);
    struct buf out = {0};
    lookup.valid_from = SPAN("from");
    lookup.valid_to = SPAN("to");
    write_file(SPAN("sku,from,to\nA1,2026-03-01,\nA2,,2026-03-01\n"));
    assert_int_equal(read_to_text(&lookup, &out), STATUS_OK);
    assert_string_equal(out.ptr, "{\"sku\":\"A1\",\"from\":\"2026-03-01T00:00:00Z\"}\n"
                                 "{\"sku\":\"A2\",\"to\":\"2026-03-01T00:00:00Z\"}\n");
    buf_clear(&out);
    write_file(SPAN("sku,from,to\nA1,2026-03-01,2026-03-01\nA2,soon,\n"));
    assert_int_equal(read_to_text(&lookup, &out), STATUS_INVALID);
    assert_string_equal(out.ptr, "2:1 from is not before to\n"
                                 "3:4 from: 'soon' is not a time like 2026-03-01T10:00:00Z\n");
    buf_deinit(&out);
    remove(PATH);
}

static void test_lookup_file_read__network_key_needs_no_declaration(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_CSV, 0);
    struct buf out = {0};
    lookup.key = SPAN("network");
    lookup.key_is_cidr = true;
    write_file(SPAN("network\n10.0.0.0/8\n10.1.2.3\n"));
    assert_int_equal(read_to_text(&lookup, &out), STATUS_OK);
    assert_string_equal(out.ptr, "{\"network\":\"10.0.0.0/8\"}\n{\"network\":\"10.1.2.3/32\"}\n");
    buf_deinit(&out);
    remove(PATH);
}

static void test_lookup_file_read__stops_after_many_problems(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_CSV, 2);
    struct buf content = {0};
    struct buf out = {0};
    buf_append(&content, SPAN("sku,min_price\n"));
    for (int i = 0; i < 1000; i++) {
        buf_append(&content, SPAN(",x\n")); /* two problems each */
    }
    write_file(buf_view(&content));
    assert_int_equal(read_to_text(&lookup, &out), STATUS_INVALID);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) {
        lines += out.ptr[i] == '\n';
    }
    assert_int_equal(lines, LOOKUP_PROBLEMS_MAX + 1);
    assert_non_null(strstr(out.ptr, "50 problems; the rest of the file was not read"));
    buf_deinit(&content);
    buf_deinit(&out);
    remove(PATH);
}

static void test_lookup_file_read__row_limit(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_CSV, 1);
    struct buf content = {0};
    struct buf out = {0};
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    struct lookup_rows rows;
    buf_append(&content, SPAN("sku\n"));
    for (int i = 0; i < LOOKUP_ROWS_MAX; i++) {
        buf_append(&content, SPAN("A\n"));
    }
    write_file(buf_view(&content));
    assert_int_equal(lookup_file_read(&lookup, arena, &diags, &rows), STATUS_OK);
    assert_int_equal(rows.count, LOOKUP_ROWS_MAX);
    buf_append(&content, SPAN("B\n"));
    write_file(buf_view(&content));
    assert_int_equal(read_to_text(&lookup, &out), STATUS_INVALID);
    assert_string_equal(out.ptr, "1000002:1 more than 1000000 rows\n");
    arena_free(&arena);
    buf_deinit(&content);
    buf_deinit(&out);
    remove(PATH);
}

static void test_lookup_file_read__no_file(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_CSV, 1);
    struct buf out = {0};
    remove(PATH);
    assert_int_equal(read_to_text(&lookup, &out), STATUS_NOT_FOUND);
    assert_string_equal(out.ptr, "0:0 lookup 'prices': No such file or directory\n");
    buf_clear(&out);
    assert_int_equal(mkdir(PATH, 0700), 0);
    assert_int_equal(read_to_text(&lookup, &out), STATUS_IO);
    assert_string_equal(out.ptr, "0:0 lookup 'prices': this is not a file\n");
    assert_int_equal(rmdir(PATH), 0);
    write_file(SPAN(""));
    assert_int_equal(truncate(PATH, LOOKUP_FILE_BYTES_MAX + 1L), 0);
    buf_clear(&out);
    assert_int_equal(read_to_text(&lookup, &out), STATUS_INVALID);
    assert_string_equal(out.ptr, "0:0 lookup 'prices': the file is larger than 64 MiB\n");
    buf_deinit(&out);
    remove(PATH);
}

static void test_lookup_file_read__says_when_the_file_was_changed(void **state)
{
    (void)state;
    struct plan_lookup lookup = lookup_of(PLAN_LOOKUP_CSV, 1);
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    struct lookup_rows rows;
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1772359200, .tv_nsec = 5000}};
    write_file(SPAN("sku\nA1\n"));
    assert_int_equal(utimensat(AT_FDCWD, PATH, times, 0), 0);
    assert_int_equal(lookup_file_read(&lookup, arena, &diags, &rows), STATUS_OK);
    assert_int_equal(rows.modified_us, 1772359200000005);
    arena_free(&arena);
    remove(PATH);
}

/* A folder of its own, so that tests can run side by side. */
static int enter_folder(void **state)
{
    static char folder[] = "/tmp/test_lookup_file.XXXXXX";
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    return rmdir(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup_file_read__csv),
        cmocka_unit_test(test_lookup_file_read__csv_problems),
        cmocka_unit_test(test_lookup_file_read__json_lines),
        cmocka_unit_test(test_lookup_file_read__json_lines_problems),
        cmocka_unit_test(test_lookup_file_read__json_syntax_has_its_place),
        cmocka_unit_test(test_lookup_file_read__yaml),
        cmocka_unit_test(test_lookup_file_read__yaml_problems),
        cmocka_unit_test(test_lookup_file_read__validity_columns),
        cmocka_unit_test(test_lookup_file_read__network_key_needs_no_declaration),
        cmocka_unit_test(test_lookup_file_read__stops_after_many_problems),
        cmocka_unit_test(test_lookup_file_read__row_limit),
        cmocka_unit_test(test_lookup_file_read__no_file),
        cmocka_unit_test(test_lookup_file_read__says_when_the_file_was_changed),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
