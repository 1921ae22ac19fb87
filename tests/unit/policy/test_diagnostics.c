/* What is said about bad and odd policies: every tests/unit/policy/bad/NAME.yaml is refused with
 * the text of NAME.expected, every good/NAME.yaml is loaded with the (warning) text of its own.
 * DELTAWARD_UPDATE=1 writes the expected texts anew: read them before you commit them. */
#include "policy/plan.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { FILE_BYTES_MAX = 64 * 1024, CASES_MIN = 40 };

/* Loads one file as of 2026-01-01 and writes all that is said about it. */
static enum status load_and_render(struct span path, struct buf *out)
{
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    struct plan_options options = {.now_us = 1767225600000000};
    struct plan *plan = NULL;
    enum status status = plan_load(&path, 1, &options, &diags, &plan);
    for (size_t i = 0; i < diags.count; i++) {
        diag_render(&diags.items[i], false, out);
    }
    assert_true((status == STATUS_OK) == (plan != NULL));
    assert_true((status == STATUS_OK) == (diags.errors == 0));
    plan_unref(&plan);
    arena_free(&arena);
    return status;
}

static struct span read_whole(const char *path, char *bytes)
{
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(bytes, 1, FILE_BYTES_MAX, file) : 0;
    if (file) {
        fclose(file);
    }
    return span_of(bytes, length);
}

static void write_whole(const char *path, struct span text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr ? text.ptr : "", 1, text.len, file), text.len);
    fclose(file);
}

/* One case; true when what is said is as expected. */
static bool run_case(const char *folder, struct span name, enum status wanted)
{
    static char bytes[FILE_BYTES_MAX];
    char path[512];
    struct buf said = {0};
    snprintf(path, sizeof path, "%s/%.*s", folder, SPAN_ARG(name));
    enum status status = load_and_render(span_view(path), &said);
    snprintf(path, sizeof path, "%s/%.*s.expected", folder, (int)name.len - 5, name.ptr);
    if (getenv("DELTAWARD_UPDATE")) {
        write_whole(path, buf_view(&said));
    }
    bool same = span_equals(read_whole(path, bytes), buf_view(&said)) && status == wanted;
    if (!same) {
        print_error("%s/%.*s: status %d, and said:\n%s\n", folder, SPAN_ARG(name), status,
                    said.ptr ? said.ptr : "");
    }
    buf_deinit(&said);
    return same;
}

static size_t run_folder(const char *folder, enum status wanted)
{
    size_t count = 0;
    size_t failed = 0;
    const struct dirent *entry;
    DIR *handle = opendir(folder);
    assert_non_null(handle);
    while ((entry = readdir(handle))) {
        struct span name = span_view(entry->d_name);
        if (span_ends_with(name, SPAN(".yaml"))) {
            failed += !run_case(folder, name, wanted);
            count++;
        }
    }
    closedir(handle);
    assert_int_equal(failed, 0);
    return count;
}

static void test_plan_load__bad_files(void **state)
{
    (void)state;
    assert_true(run_folder("tests/unit/policy/bad", STATUS_INVALID) >= CASES_MIN);
}

static void test_plan_load__good_files(void **state)
{
    (void)state;
    assert_true(run_folder("tests/unit/policy/good", STATUS_OK) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_load__bad_files),
        cmocka_unit_test(test_plan_load__good_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
