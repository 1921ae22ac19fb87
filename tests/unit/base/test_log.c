#include "base/log.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static int64_t fixed_now(void *context)
{
    (void)context;
    return INT64_C(1772359200125000);
}

static const struct log_event started = {.number = 0, .level = LOG_INFO, .name = "run_started",
                                         .text = "started"};
static const struct log_event detail = {.number = 1, .level = LOG_DEBUG, .name = "detail",
                                        .text = "a detail"};
static const struct log_event trouble = {.number = 2, .level = LOG_ERROR, .name = "trouble",
                                         .text = "something broke"};

/* A log whose lines go to a file that read_back takes. */
struct scene {
    FILE *file;
    struct log *log;
    char text[1 << 20];
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    scene->file = tmpfile();
    const struct log_options options = {
        .descriptor = fileno(scene->file),
        .level = LOG_INFO,
        .format = LOG_JSON,
        .clock = {.now_us = fixed_now},
    };
    scene->log = log_new(&options);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    log_free(&scene->log);
    fclose(scene->file);
    free(scene);
    return 0;
}

static const char *read_back(struct scene *scene)
{
    ssize_t length = pread(fileno(scene->file), scene->text, sizeof scene->text - 1, 0);
    scene->text[length < 0 ? 0 : length] = '\0';
    return scene->text;
}

static void test_log_write__json(void **state)
{
    struct scene *scene = *state;
    const struct log_field fields[] = {log_text("path", SPAN("a\"b\n")), log_number("records", -3)};
    log_write(scene->log, &started, fields, 2);
    assert_string_equal(read_back(scene),
                        "{\"time\":\"2026-03-01T10:00:00.125Z\",\"level\":\"info\","
                        "\"event\":\"run_started\",\"message\":\"started\","
                        "\"path\":\"a\\\"b\\n\",\"records\":-3}\n");
}

static void test_log_write__text(void **state)
{
    struct scene *scene = *state;
    const struct log_field fields[] = {log_text("path", SPAN("a b")), log_number("records", 3)};
    log_configure(scene->log, LOG_INFO, LOG_TEXT, SPAN("shop"));
    log_write(scene->log, &started, fields, 2);
    log_write(scene->log, &trouble, NULL, 0);
    assert_string_equal(read_back(scene), "deltaward: started (path \"a b\", records 3)\n"
                                          "deltaward: error: something broke\n");
}

static void test_log_write__name_and_level(void **state)
{
    struct scene *scene = *state;
    log_configure(scene->log, LOG_INFO, LOG_JSON, SPAN("shop"));
    log_write(scene->log, &detail, NULL, 0);
    assert_string_equal(read_back(scene), "");
    log_write(scene->log, &trouble, NULL, 0);
    assert_non_null(strstr(read_back(scene), "\"name\":\"shop\",\"level\":\"error\""));
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/* The period may end during the loop: then one more burst, and the count, come through. */
static void test_log_write__a_flood_is_held_back_and_counted(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 1000; i++) {
        log_write(scene->log, &trouble, NULL, 0);
    }
    size_t lines = count_lines(read_back(scene));
    assert_in_range(lines, LOG_BURST, 2 * LOG_BURST);
    log_free(&scene->log);
    const char *text = read_back(scene);
    assert_int_equal(count_lines(text), lines + 1);
    assert_non_null(strstr(text, "\"held_back\":"));
    assert_null(strstr(text, "\"held_back\":0"));
}

static void test_log_write__long_texts_are_cut_at_a_code_point(void **state)
{
    struct scene *scene = *state;
    char text[LOG_FIELD_BYTES_MAX + 2] = "x"; /* then the bound splits a code point */
    for (size_t i = 1; i + 1 < sizeof text; i += 2) {
        memcpy(text + i, "\xC3\xA9", 2);
    }
    struct log_field field = log_text("t", span_of(text, sizeof text - 1));
    log_write(scene->log, &started, &field, 1);
    assert_null(strstr(read_back(scene), "\xEF\xBF\xBD"));
    assert_non_null(strstr(scene->text, "\xC3\xA9\"}"));
    assert_in_range(strlen(scene->text), LOG_FIELD_BYTES_MAX, LOG_FIELD_BYTES_MAX + 200);
}

static void test_log_level_parse__table(void **state)
{
    (void)state;
    enum log_level level = LOG_INFO;
    enum log_format format = LOG_TEXT;
    assert_true(log_level_parse(SPAN("debug"), &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_false(log_level_parse(SPAN("Debug"), &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_format_parse(SPAN("json"), &format));
    assert_int_equal(format, LOG_JSON);
    assert_false(log_format_parse(SPAN(""), &format));
}

enum { THREADS = 4, ROUNDS = 200, TOLD = 40 };

struct writer {
    struct log *log;
    unsigned first; /* number of its first event: the threads share some */
};

static void *write_many(void *context)
{
    const struct writer *writer = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct log_event event = {.number = (writer->first + i) % TOLD, .level = LOG_INFO,
                                        .name = "many", .text = "one of many"};
        const struct log_field field = log_text("path", SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
        log_write(writer->log, &event, &field, 1);
    }
    return NULL;
}

/* Lines are whole, and none is missing: what was not told was counted. */
static void test_log_write__many_threads(void **state)
{
    struct scene *scene = *state;
    struct writer writers[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.log = scene->log, .first = i * 10};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    log_free(&scene->log);
    int lines = 0;
    long held_back = 0;
    (void)read_back(scene);
    char *rest = NULL;
    for (char *line = strtok_r(scene->text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *held = strstr(line, "\"held_back\":");
        held_back += held ? strtol(held + strlen("\"held_back\":"), NULL, 10) : 0;
        lines += strstr(line, "\"path\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"") != NULL;
        assert_int_equal(line[0], '{');
        assert_int_equal(line[strlen(line) - 1], '}');
    }
    assert_int_equal(lines + held_back, THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_log_write__json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_write__text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_write__name_and_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_write__a_flood_is_held_back_and_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_log_write__long_texts_are_cut_at_a_code_point, set_up,
                                        tear_down),
        cmocka_unit_test(test_log_level_parse__table),
        cmocka_unit_test_setup_teardown(test_log_write__many_threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
