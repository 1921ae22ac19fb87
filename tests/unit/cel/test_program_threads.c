/* Programs with what they share, many threads, a frame each: run under the thread sanitizer
 * too. */
#include "cel_host.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { THREADS = 4, EVENTS = 500 };

static const char *const EXPRESSIONS[] = {
    "new.price < old.price * 0.9",
    "new.arn.matches('^arn:aws:iam::[0-9]{12}:(user|role)/[a-z]+$')",
    "[1, 2, 3].map(x, x * 2).exists(x, x == 6)",
    "new.status in ['A', 'B', 'C'] && !new.arn.startsWith('x')",
    "timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin') == 14",
    "'%s %.2f'.format([new.status, new.price]) == 'B 8.99'",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3')",
    "old.price * 0.9 > new.price && old.price * 0.9 == 9.0",
};
enum { EXPRESSION_COUNT = sizeof EXPRESSIONS / sizeof *EXPRESSIONS };

struct shared {
    struct test_host *host; /* its images are only read */
    struct cel_program *programs[EXPRESSION_COUNT];
};

static void *run_all(void *context)
{
    struct shared *shared = context;
    struct arena *arena = arena_new(0);
    struct cel_frame *frame = cel_frame_new(shared->host->slots, 0);
    uintptr_t right = 0;
    for (size_t i = 0; i < EVENTS; i++) {
        arena_reset(arena);
        cel_frame_begin(frame, &shared->host->host, arena);
        for (size_t k = 0; k < EXPRESSION_COUNT; k++) {
            struct value result = cel_run(shared->programs[k], frame);
            right += result.kind == VALUE_BOOL && result.boolean;
        }
    }
    cel_frame_free(&frame);
    arena_free(&arena);
    return (void *)right;
}

static void test_run__one_program_in_many_threads(void **state)
{
    (void)state;
    struct test_host host;
    struct shared shared = {.host = &host};
    pthread_t threads[THREADS];
    test_host_init(&host, 0);
    host.uncounted = true;
    test_host_set_images(&host, "{\"price\": 10}",
                         "{\"price\": 8.99, \"status\": \"B\","
                         " \"arn\": \"arn:aws:iam::123456789012:user/a\"}");
    for (size_t i = 0; i < EXPRESSION_COUNT; i++) {
        shared.programs[i] = test_host_compile(&host, EXPRESSIONS[i]);
    }
    cel_programs_share(host.slots, shared.programs, EXPRESSION_COUNT);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_all, &shared), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *right;
        assert_int_equal(pthread_join(threads[i], &right), 0);
        assert_int_equal((uintptr_t)right, EVENTS * EXPRESSION_COUNT);
    }
    test_host_deinit(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run__one_program_in_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
