/* cel_host.h: a host of two records, `old` and `new`, and a few variables, for tests of programs.
 */
#ifndef TESTS_CEL_HOST_H
#define TESTS_CEL_HOST_H

#include "cel/program.h"

enum { HOST_OLD = 1, HOST_NEW = 2, HOST_DATA = 3, HOST_REAL = 4 };

/* In place. Slots are answered from the two images; a missing member is absent. */
struct test_host {
    struct arena *plan_arena;
    struct arena *event_arena;
    struct cel_slots *slots;
    struct cel_env *env;
    struct cel_frame *frame;
    struct cel_host host;
    struct value old_image; /* null: no image */
    struct value new_image;
    struct value data; /* of the variable `data` */
    double real;       /* of the variable `real`, a double */
    size_t loads;      /* how often the host was asked */
    bool compares;     /* evaluates by the generic way too; not where steps are few */
    bool uncounted;    /* many threads ask at once: loads stays */
};

void test_host_init(struct test_host *host, uint32_t steps_max);
void test_host_deinit(struct test_host *host);
/* Images from JSON whose numbers are decimals; "null" for none. */
void test_host_set_images(struct test_host *host, const char *old_json, const char *new_json);
void test_host_set_data(struct test_host *host, const char *json);
/* Compiles, checked; fails the test with the issues when it does not compile. */
struct cel_program *test_host_compile(struct test_host *host, const char *text);
/* Begins an event and runs. */
struct value test_host_run(struct test_host *host, const struct cel_program *program);
/* Both. The value as JSON, or the kind of error: "absent", "no overload", "limit", "error";
 * "refused" when it does not compile. Fails the test where the generic way gives another answer. */
const char *test_host_evaluate(struct test_host *host, const char *text);

/* An expression, and what test_host_evaluate gives of it. */
struct test_row {
    const char *expression;
    const char *result;
};
/* Fails the test after all rows that are wrong were printed. A row of what is refused may give the
 * failure that it ends with when it is not checked. */
void test_host_check_rows(struct test_host *host, const struct test_row *rows, size_t count);

/* Set-up and tear-down of cmocka: *state is a host with the default budget of steps. */
int test_host_start(void **state);
int test_host_stop(void **state);
#define HOST_TEST(test) cmocka_unit_test_setup_teardown(test, test_host_start, test_host_stop)

#endif
