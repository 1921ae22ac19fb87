/* No allocation per event: once warm, records that match nothing take no memory from the heap.
 * malloc and its kin are wrapped by the linker (see CMakeLists.txt). */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static atomic_size_t allocations;

void *__wrap_malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __real_realloc(memory, size);
}

/* Policies of the kinds that ship: decimals, lookups, lists, changed(), changes(), definitions. */
static const char policies[] =
    "apiVersion: deltaward/v1\nkind: Lookup\nid: promotions\nsource: {file: promotions.csv}\n"
    "key: sku\ncolumns: {sku: string, min_price: decimal, max_price: decimal}\n---\n"
    "apiVersion: deltaward/v1\nkind: Policy\nid: price\nseverity: high\n"
    "match: {tables: [t], operations: [MODIFY], attributes_changed: [n]}\n"
    "params: {tolerance: 0.5}\n"
    "condition: >\n  math.abs(new.n - old.n) > old.n * params.tolerance\n"
    "  && !lookup_all('promotions', keys.id).exists(p, new.n >= p.min_price)\n---\n"
    "apiVersion: deltaward/v1\nkind: Policy\nid: lines\nseverity: high\nmatch: {tables: ['t*']}\n"
    "condition: has(new.l) && new.l.exists(x, x == 'bad')\n---\n"
    "apiVersion: deltaward/v1\nkind: Policy\nid: changes\nseverity: high\n"
    "condition: changes().filter(c, c in ['a', 'b']).size() > 0 || changed('x', 'y.z')\n---\n"
    "apiVersion: deltaward/v1\nkind: Policy\nid: calls\nseverity: high\n"
    "match: {source: api_call, services: [dynamodb], operations: ['*Table']}\n"
    "condition: actor.principal.endsWith('x') || raw.requestParameters.tableName in ['b']\n";

static const char call[] =
    "{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-01-01T00:00:00Z\","
    "\"eventSource\":\"dynamodb.amazonaws.com\",\"eventName\":\"UpdateTable\","
    "\"userIdentity\":{\"arn\":\"a\"},\"requestParameters\":{\"tableName\":\"\\u0061\"}}";

static const char before[] = "{\"n\":{\"N\":\"10\"},\"l\":{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"}]}}";
static const char after[] = "{\"n\":{\"N\":\"10.5\"},\"l\":{\"L\":[{\"S\":\"c\"}]},"
                            "\"s\":{\"SS\":[\"p\",\"q\"]},\"m\":{\"M\":{\"k\":{\"BOOL\":true}}}}";

static void run_batch(struct fixture *fixture)
{
    const struct source_batch batch = {
        .records = fixture->records, .count = fixture->count, .position = SPAN("here")};
    engine_run(fixture->engine, &fixture->source, &batch, &fixture->batch);
}

static void test_engine_run__no_allocation_once_warm(void **state)
{
    (void)state;
    static const size_t threads[] = {1, 2};
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        struct lookup_rows rows = {0};
        fixture_init(&fixture, policies, &rows, threads[i]);
        for (int k = 0; k < 500; k++) {
            fixture_add(&fixture, "1", before, after, k);
            fixture_add_bytes(&fixture, span_view(call));
        }
        for (int k = 0; k < 20; k++) { /* every worker meets every kind of slice */
            run_batch(&fixture);
        }
        assert_int_equal(fixture.batch.signal_count, 0);
        assert_int_equal(fixture_count(&fixture, "price", "evaluated"), 500);
        assert_int_equal(fixture_count(&fixture, "changes", "evaluated"), 500);
        assert_int_equal(fixture_count(&fixture, "calls", "evaluated"), 500);
        assert_int_equal(fixture_count(&fixture, "calls", "not_evaluable"), 0);
        assert_int_equal(fixture_count(&fixture, "price", "not_evaluable"), 0);
        assert_int_equal(fixture_count(&fixture, "lines", "not_evaluable"), 0);
        size_t warm = atomic_load(&allocations);
        assert_true(warm > 0);
        for (int k = 0; k < 20; k++) {
            run_batch(&fixture);
        }
        assert_int_equal(atomic_load(&allocations) - warm, 0);
        fixture_deinit(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_run__no_allocation_once_warm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
