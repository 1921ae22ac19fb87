/* test_aws_credentials.c: when credentials are fetched, by whom, and what serves when that fails;
 * with a clock that only tests move. */
#include "aws/aws_credentials.h"

#include "base/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const int64_t minute_us = (int64_t)60 * 1000000;

/* Where the credentials of these tests come from. */
struct origin {
    _Atomic int64_t now_us;
    _Atomic int64_t life_us; /* of those handed out; 0: they never expire */
    atomic_int status;
    atomic_int fetches;
    atomic_int flying;
    atomic_bool overlapped;
    int slow_ms;
};

static int64_t now_of(void *context)
{
    return atomic_load(&((struct origin *)context)->now_us);
}

static enum status fetch_from(void *context, struct aws_keys *out, struct buf *problem)
{
    struct origin *origin = context;
    char id[32];
    if (atomic_fetch_add(&origin->flying, 1) > 0) {
        atomic_store(&origin->overlapped, true);
    }
    const struct timespec nap = {.tv_nsec = (long)origin->slow_ms * 1000000};
    nanosleep(&nap, NULL);
    int number = atomic_fetch_add(&origin->fetches, 1) + 1;
    enum status status = (enum status)atomic_load(&origin->status);
    atomic_fetch_sub(&origin->flying, 1);
    if (status != STATUS_OK) {
        buf_append(problem, SPAN("no luck"));
        return status;
    }
    snprintf(id, sizeof id, "KEY%d", number);
    check(aws_keys_set(out, span_view(id), span_view(id), SPAN("")));
    int64_t life_us = atomic_load(&origin->life_us);
    out->expiry_us = life_us ? now_of(origin) + life_us : 0;
    return STATUS_OK;
}

/* The id that is handed out; "" and the problem when none is. */
static void assert_get(struct aws_credentials *credentials, uint64_t refused, const char *id)
{
    struct aws_keys keys = {.generation = 0};
    struct buf problem = {0};
    enum status status = aws_credentials_get(credentials, refused, &keys, &problem);
    if (*id) {
        assert_int_equal(status, STATUS_OK);
        assert_string_equal(keys.access_key_id.ptr, id);
    } else {
        assert_int_not_equal(status, STATUS_OK);
        assert_string_equal(problem.ptr, "no luck");
    }
    aws_keys_deinit(&keys);
    buf_deinit(&problem);
}

static void test_get__kept_while_fresh(void **state)
{
    (void)state;
    struct origin origin = {.now_us = 1, .life_us = 60 * minute_us};
    struct aws_credentials *credentials = aws_credentials_new(fetch_from, now_of, &origin);
    assert_get(credentials, 0, "KEY1");
    origin.now_us += 44 * minute_us;
    assert_get(credentials, 0, "KEY1");
    origin.now_us += 2 * minute_us; /* 14 minutes left */
    assert_get(credentials, 0, "KEY2");
    assert_get(credentials, 0, "KEY2");
    aws_credentials_free(&credentials);
    assert_int_equal(origin.fetches, 2);
}

static void test_get__never_expiring(void **state)
{
    (void)state;
    struct origin origin = {.now_us = 1};
    struct aws_credentials *credentials = aws_credentials_new(fetch_from, now_of, &origin);
    assert_get(credentials, 0, "KEY1");
    origin.now_us += 1000000 * minute_us;
    assert_get(credentials, 0, "KEY1");
    aws_credentials_free(&credentials);
}

/* A failure keeps the old ones to their end, and is not repeated with each call. */
static void test_get__old_ones_serve_after_a_failure(void **state)
{
    (void)state;
    struct origin origin = {.now_us = 1, .life_us = 60 * minute_us};
    struct aws_credentials *credentials = aws_credentials_new(fetch_from, now_of, &origin);
    assert_get(credentials, 0, "KEY1");
    origin.status = STATUS_IO;
    origin.now_us += 55 * minute_us; /* mandatory */
    for (int i = 0; i < 10; i++) {
        assert_get(credentials, 0, "KEY1");
    }
    assert_int_equal(origin.fetches, 2);
    origin.now_us += 6 * minute_us; /* dead */
    assert_get(credentials, 0, "");
    aws_credentials_free(&credentials);
}

static void test_get__none_at_first(void **state)
{
    (void)state;
    struct origin origin = {.now_us = 1, .status = STATUS_NOT_FOUND};
    struct aws_credentials *credentials = aws_credentials_new(fetch_from, now_of, &origin);
    const struct timespec hold = {.tv_sec = 1, .tv_nsec = 100000000};
    assert_get(credentials, 0, "");
    assert_get(credentials, 0, ""); /* held back: not asked again at once */
    assert_int_equal(origin.fetches, 1);
    origin.status = STATUS_OK;
    nanosleep(&hold, NULL);
    assert_get(credentials, 0, "KEY2");
    aws_credentials_free(&credentials);
}

/* The service called them expired, whatever they say themselves. */
static void test_get__refused_ones_are_replaced_once(void **state)
{
    (void)state;
    struct origin origin = {.now_us = 1, .life_us = 60 * minute_us};
    struct aws_credentials *credentials = aws_credentials_new(fetch_from, now_of, &origin);
    struct aws_keys keys = {.generation = 0};
    struct buf problem = {0};
    assert_int_equal(aws_credentials_get(credentials, 0, &keys, &problem), STATUS_OK);
    uint64_t refused = keys.generation;
    aws_keys_deinit(&keys);
    assert_get(credentials, refused, "KEY2");
    assert_get(credentials, refused, "KEY2"); /* another thread, refused with the same ones */
    assert_int_equal(origin.fetches, 2);
    buf_deinit(&problem);
    aws_credentials_free(&credentials);
}

static void test_get__expired_on_arrival(void **state)
{
    (void)state;
    struct origin origin = {.now_us = 1, .life_us = -minute_us};
    struct aws_credentials *credentials = aws_credentials_new(fetch_from, now_of, &origin);
    for (int i = 0; i < 3; i++) {
        struct aws_keys keys = {.generation = 0};
        struct buf problem = {0};
        assert_int_equal(aws_credentials_get(credentials, 0, &keys, &problem), STATUS_IO);
        assert_true(problem.len > 0);
        buf_deinit(&problem);
    }
    assert_int_equal(origin.fetches, 1);
    aws_credentials_free(&credentials);
}

/* -- threads: time runs fast, credentials expire all the time, nobody overtakes anybody */

enum { THREADS = 8, GETS = 2000 };

struct crowd {
    struct origin origin;
    struct aws_credentials *credentials;
};

static void *get_many(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < GETS; i++) {
        struct aws_keys keys = {.generation = 0};
        struct buf problem = {0};
        enum status status = aws_credentials_get(crowd->credentials, 0, &keys, &problem);
        check(status == STATUS_OK && keys.access_key_id.len > 0);
        check(span_equals(buf_view(&keys.access_key_id), buf_view(&keys.secret)));
        check(keys.expiry_us > 0);
        atomic_fetch_add(&crowd->origin.now_us, minute_us / 50);
        aws_keys_deinit(&keys);
        buf_deinit(&problem);
    }
    return NULL;
}

static void test_get__one_flight_at_a_time(void **state)
{
    (void)state;
    struct crowd crowd = {.origin = {.now_us = 1, .life_us = 60 * minute_us, .slow_ms = 1}};
    pthread_t threads[THREADS];
    crowd.credentials = aws_credentials_new(fetch_from, now_of, &crowd.origin);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, get_many, &crowd), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_false(crowd.origin.overlapped);
    /* 320 minutes of use, renewed every 45 to 60 */
    assert_in_range(crowd.origin.fetches, 5, 12);
    aws_credentials_free(&crowd.credentials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get__kept_while_fresh),
        cmocka_unit_test(test_get__never_expiring),
        cmocka_unit_test(test_get__old_ones_serve_after_a_failure),
        cmocka_unit_test(test_get__none_at_first),
        cmocka_unit_test(test_get__refused_ones_are_replaced_once),
        cmocka_unit_test(test_get__expired_on_arrival),
        cmocka_unit_test(test_get__one_flight_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
