/* Pages cut into batches, and the notices, queue and job of the reader. */
#include "base/check.h"
#include "kinesis/kinesis_cut.h"
#include "kinesis/kinesis_job.h"
#include "kinesis/kinesis_notices.h"
#include "kinesis/kinesis_queue.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { PAGE_RECORDS = 10000, PACKED_MAX = 120 };

struct world {
    struct arena *arena;
    struct kinesis_record records[PAGE_RECORDS];
    char sequences[PAGE_RECORDS][8];
    struct kinesis_fetched fetched;
    struct source_record out[SOURCE_BATCH_RECORDS_MAX];
    struct kinesis_position position;
    struct kinesis_cut cut;
};

static const struct kinesis_hash_range all = {0, KINESIS_HASH_LAST};

static int world_up(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    world->arena = arena_new(0);
    world->fetched.page.records = world->records;
    *state = world;
    return 0;
}

static int world_down(void **state)
{
    struct world *world = *state;
    arena_free(&world->arena);
    test_free(world);
    return 0;
}

static void add(struct world *world, struct span data)
{
    size_t at = world->fetched.page.count++;
    int length = snprintf(world->sequences[at], sizeof world->sequences[at], "%zu", 100 + at);
    world->records[at] = (struct kinesis_record){
        .sequence = span_of(world->sequences[at], (size_t)length), .data = data};
}

/* `count` records of one byte, which are packed into one; their keys hash anywhere. */
static struct span packed(size_t count, struct buf *out)
{
    unsigned char md5[16];
    check(count <= PACKED_MAX);
    buf_append(out, SPAN("\xF3\x89\x9A\xC2\x0A\x01k"));
    for (size_t i = 0; i < count; i++) {
        buf_append(out, SPAN("\x1A\x05\x08\x00\x1A\x01"));
        buf_append_char(out, (char)('0' + i % 10));
    }
    assert_int_equal(EVP_Digest(out->ptr + 4, out->len - 4, md5, NULL, EVP_md5(), NULL), 1);
    buf_append(out, span_of((const char *)md5, sizeof md5));
    return buf_view(out);
}

static size_t next(struct world *world)
{
    return kinesis_cut_next(&world->cut, world->out, &world->position);
}

static void test_kinesis_cut__pages_become_batches(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < PAGE_RECORDS; i++) {
        add(world, SPAN("x"));
    }
    kinesis_cut_init(&world->cut, &world->fetched, all, world->arena);
    assert_int_equal(next(world), SOURCE_BATCH_RECORDS_MAX);
    assert_false(kinesis_cut_is_done(&world->cut));
    assert_true(span_equals(kinesis_position_sequence(&world->position), SPAN("4195")));
    assert_int_equal(next(world), SOURCE_BATCH_RECORDS_MAX);
    assert_int_equal(next(world), PAGE_RECORDS - 2 * SOURCE_BATCH_RECORDS_MAX);
    assert_true(kinesis_cut_is_done(&world->cut));
    assert_true(span_equals(kinesis_position_sequence(&world->position), SPAN("10099")));
    assert_int_equal(next(world), 0);
}

static void test_kinesis_cut__batches_are_bounded_by_bytes(void **state)
{
    struct world *world = *state;
    struct buf large = {0};
    buf_reserve(&large, 10 << 20);
    memset(large.ptr, 'x', 10 << 20);
    for (size_t i = 0; i < 5; i++) {
        add(world, span_of(large.ptr, 10 << 20));
    }
    kinesis_cut_init(&world->cut, &world->fetched, all, world->arena);
    assert_int_equal(next(world), 2);
    assert_int_equal(next(world), 2);
    assert_int_equal(next(world), 1);
    buf_deinit(&large);
}

static void test_kinesis_cut__a_batch_may_end_within_a_packed_record(void **state)
{
    struct world *world = *state;
    struct buf data = {0};
    for (size_t i = 0; i < SOURCE_BATCH_RECORDS_MAX - 7; i++) {
        add(world, SPAN("x"));
    }
    add(world, packed(100, &data));
    kinesis_cut_init(&world->cut, &world->fetched, all, world->arena);
    assert_int_equal(next(world), SOURCE_BATCH_RECORDS_MAX);
    assert_true(world->position.within);
    assert_int_equal(world->position.sub, 6);
    assert_true(span_equals(world->out[SOURCE_BATCH_RECORDS_MAX - 1].bytes, SPAN("6")));
    assert_int_equal(next(world), 93);
    assert_false(world->position.within); /* the whole record is done */
    assert_true(kinesis_cut_is_done(&world->cut));
    buf_deinit(&data);
}

static void test_kinesis_cut__goes_on_within_a_packed_record(void **state)
{
    struct world *world = *state;
    struct buf data = {0};
    add(world, packed(10, &data));
    add(world, buf_view(&data));
    world->fetched.first_sub = 7;
    kinesis_cut_init(&world->cut, &world->fetched, all, world->arena);
    assert_int_equal(next(world), 13); /* only of the first */
    assert_true(span_equals(world->out[0].bytes, SPAN("7")));
    buf_deinit(&data);
}

static void test_kinesis_cut__passes_over_what_is_at_home_elsewhere(void **state)
{
    struct world *world = *state;
    struct buf data = {0};
    kinesis_hash home = kinesis_hash_of_key(SPAN("k"));
    add(world, packed(10, &data));
    kinesis_cut_init(&world->cut, &world->fetched,
                     (struct kinesis_hash_range){home + 1, KINESIS_HASH_LAST}, world->arena);
    assert_int_equal(next(world), 0);
    assert_true(kinesis_cut_is_done(&world->cut));
    assert_true(span_equals(kinesis_position_sequence(&world->position), SPAN("100")));
    kinesis_cut_init(&world->cut, &world->fetched, (struct kinesis_hash_range){home, home},
                     world->arena);
    assert_int_equal(next(world), 10);
    buf_deinit(&data);
}

static void test_kinesis_notices__what_does_not_fit_is_counted(void **state)
{
    (void)state;
    static struct kinesis_notices notices;
    struct source_notice notice;
    kinesis_notices_init(&notices);
    for (int64_t i = 0; i < KINESIS_NOTICES_MAX + 3; i++) {
        kinesis_notices_add(&notices, SOURCE_NOTICE_LATE, SPAN("s"), SPAN("t"), i);
    }
    for (int64_t i = 0; i < KINESIS_NOTICES_MAX; i++) {
        assert_true(kinesis_notices_take(&notices, &notice));
        assert_int_equal(notice.number, i);
        assert_true(span_equals(notice.part, SPAN("s")) && span_equals(notice.text, SPAN("t")));
    }
    assert_true(kinesis_notices_take(&notices, &notice));
    assert_int_equal(notice.kind, SOURCE_NOTICE_HELD_BACK);
    assert_int_equal(notice.number, 3);
    assert_false(kinesis_notices_take(&notices, &notice));
    kinesis_notices_add(&notices, SOURCE_NOTICE_ON_TIME, SPAN(""), SPAN(""), 7);
    assert_true(kinesis_notices_take(&notices, &notice));
    assert_int_equal(notice.number, 7);
    assert_false(kinesis_notices_take(&notices, &notice));
    kinesis_notices_deinit(&notices);
}

static void test_kinesis_queue__in_order_and_used_again(void **state)
{
    (void)state;
    struct kinesis_queue queue = {0};
    struct kinesis_delivery *first = kinesis_queue_blank(&queue);
    struct kinesis_delivery *second = kinesis_queue_blank(&queue);
    buf_append(&first->body, SPAN("abc"));
    buf_append(&second->body, SPAN("de"));
    kinesis_queue_put(&queue, first);
    kinesis_queue_put(&queue, second);
    assert_int_equal(queue.count, 2);
    assert_int_equal(queue.bytes, 5);
    struct kinesis_delivery *taken = kinesis_queue_take(&queue);
    assert_ptr_equal(taken, first);
    assert_int_equal(queue.bytes, 2);
    kinesis_queue_give_back(&queue, &taken);
    assert_null(taken);
    assert_ptr_equal(kinesis_queue_blank(&queue), first);
    assert_int_equal(first->body.len, 0);
    kinesis_queue_put(&queue, first);
    assert_ptr_equal(kinesis_queue_take(&queue), second);
    kinesis_queue_put(&queue, second);
    kinesis_queue_deinit(&queue);
}

static void test_kinesis_job__what_lasts_is_trouble(void **state)
{
    (void)state;
    static const struct {
        enum kinesis_outcome outcome;
        unsigned times;
        enum kinesis_trouble trouble;
        int64_t wait_max_ms;
    } rows[] = {
        {KINESIS_FAILED, 2, KINESIS_TROUBLE_NONE, 500},
        {KINESIS_FAILED, 3, KINESIS_TROUBLE_RETRYING, 1000},
        {KINESIS_THROTTLED, 9, KINESIS_TROUBLE_NONE, 30000}, /* told as lateness */
        {KINESIS_EXPIRED, 1, KINESIS_TROUBLE_NONE, 250},
        {KINESIS_EXPIRED, 9, KINESIS_TROUBLE_RETRYING, 20000}, /* each new one expires at once */
        {KINESIS_TOO_LONG, 14, KINESIS_TROUBLE_NONE, 250}, /* each half as long */
        {KINESIS_TOO_LONG, 15, KINESIS_TROUBLE_RETRYING, 20000},
        {KINESIS_REFUSED, 1, KINESIS_TROUBLE_REFUSED, 30000},
        {KINESIS_KEY_REFUSED, 1, KINESIS_TROUBLE_KEY_REFUSED, 30000},
    };
    struct kinesis_call call = {0};
    buf_append(&call.problem, SPAN("why"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kinesis_job job = {0};
        int64_t wait_ms = 0;
        for (unsigned k = 0; k < rows[i].times; k++) {
            wait_ms = kinesis_job_fail(&job, rows[i].outcome, &call, &kinesis_pace_default, k);
        }
        assert_int_equal(job.trouble, rows[i].trouble);
        assert_int_equal(job.problem.len, rows[i].trouble ? 3 : 0);
        assert_in_range(wait_ms, 1, rows[i].wait_max_ms);
        kinesis_job_succeed(&job);
        assert_int_equal(job.trouble, KINESIS_TROUBLE_NONE);
        assert_int_equal(job.failures, 0);
        kinesis_job_deinit(&job);
    }
    call.answer.retry_after_ms = 7777; /* what the service asks for */
    struct kinesis_job job = {0};
    assert_int_equal(kinesis_job_fail(&job, KINESIS_FAILED, &call, &kinesis_pace_default, 1),
                     7777);
    kinesis_job_deinit(&job);
    buf_deinit(&call.problem);
}

int main(void)
{
#define CUT_TEST(name) cmocka_unit_test_setup_teardown(name, world_up, world_down)
    const struct CMUnitTest tests[] = {
        CUT_TEST(test_kinesis_cut__pages_become_batches),
        CUT_TEST(test_kinesis_cut__batches_are_bounded_by_bytes),
        CUT_TEST(test_kinesis_cut__a_batch_may_end_within_a_packed_record),
        CUT_TEST(test_kinesis_cut__goes_on_within_a_packed_record),
        CUT_TEST(test_kinesis_cut__passes_over_what_is_at_home_elsewhere),
        cmocka_unit_test(test_kinesis_notices__what_does_not_fit_is_counted),
        cmocka_unit_test(test_kinesis_queue__in_order_and_used_again),
        cmocka_unit_test(test_kinesis_job__what_lasts_is_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
