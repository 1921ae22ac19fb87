#include "engine/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { SLICES = 200, ROUNDS = 200 };

struct task {
    size_t workers;
    atomic_int runs[SLICES];
    atomic_int inside[8];  /* per worker: it runs one slice at a time */
    atomic_bool broken;
};

static void run(void *context, size_t worker, size_t slice)
{
    struct task *task = context;
    if (worker >= task->workers || atomic_fetch_add(&task->inside[worker], 1) != 0) {
        atomic_store(&task->broken, true);
    }
    atomic_fetch_add(&task->runs[slice], 1);
    atomic_fetch_sub(&task->inside[worker], 1);
}

static void test_worker_pool_run__each_slice_once(void **state)
{
    (void)state;
    for (size_t workers = 1; workers <= 8; workers *= 2) {
        struct worker_pool *pool = worker_pool_new(workers);
        assert_int_equal(worker_pool_count(pool), workers);
        for (size_t round = 0; round < ROUNDS; round++) {
            struct task task = {.workers = workers};
            size_t slices = round % SLICES;
            worker_pool_run(pool, slices, run, &task);
            for (size_t i = 0; i < SLICES; i++) {
                assert_int_equal(atomic_load(&task.runs[i]), i < slices);
            }
            assert_false(atomic_load(&task.broken));
        }
        worker_pool_free(&pool);
        assert_null(pool);
    }
}

static void test_worker_pool_free__before_any_task(void **state)
{
    (void)state;
    struct worker_pool *none = NULL;
    struct worker_pool *pool = worker_pool_new(4);
    worker_pool_free(&pool);
    worker_pool_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worker_pool_run__each_slice_once),
        cmocka_unit_test(test_worker_pool_free__before_any_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
