/* No allocation per event: conditions over scalars take no memory, from the heap or from the arena
 * of the event. malloc and its kin are wrapped by the linker (see CMakeLists.txt). */
#include "cel_host.h"

#include <setjmp.h>
#include <stdarg.h>
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

static size_t allocations;

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

/* The first eight are those that bench_cel measures; then what else has closures of its own. */
static const char *const conditions[] = {
    "new.table == 'products'",
    "new.op == 'MODIFY' && new.table == 'products'",
    "new.price < old.price * 0.9",
    "new.op == 'MODIFY' && new.table == 'products' && has(new.price) && has(old.price) && "
    "new.price < old.price * 0.9",
    "new.status in ['ACTIVE', 'HIDDEN', 'SOLD_OUT']",
    "!new.arn.startsWith('arn:aws:iam::123456789012:')",
    "new.arn.matches('^arn:aws:iam::[0-9]{12}:(user|role)/[a-z-]+$')",
    "new.tags.exists(t, t == 'sale')",
    "new.status in ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'ACTIVE', 'I']",
    "new.price in [1, 2, 3.5, 4, 5, 6, 7, 8, 89.99]",
    "{'A': 1, 'B': 2, 'C': 3, 'D': 4, 'E': 5, 'F': 6, 'G': 7, 'ACTIVE': 8}"
    "[?new.status].orValue(0) == 8",
    "math.abs(new.price - old.price) > old.price * 0.02",
    "new.?price.orValue(1) > 500",
    "new.tags.all(t, t.size() < 10) && !new.tags.exists(t, t == new.status.lowerAscii())",
    "new.arn.matches('^arn:aws:iam::[0-9]{12}:(user|role)/[a-z-]+$') ? new.price > 5 : false",
    "cel.bind(d, old.price - new.price, d * d > 1)",
};
enum { CONDITIONS = sizeof conditions / sizeof *conditions, EVENTS = 500 };

/* All that is asked for, and an event that lacks it. */
static const char *const images[][2] = {
    {"{\"price\": 100}",
     "{\"table\": \"products\", \"op\": \"MODIFY\", \"price\": 89.99, \"status\": \"ACTIVE\","
     " \"arn\": \"arn:aws:iam::123456789012:role/price-writer\", \"tags\": [\"a\", \"sale\"]}"},
    {"{\"price\": 100}",
     "{\"table\": \"ledger\", \"op\": \"INSERT\", \"price\": 95.5, \"status\": \"DRAFT\","
     " \"arn\": \"arn:aws:iam::999999999999:user/somebody\", \"tags\": [\"a\", \"b\"]}"},
    {"{}", "{\"table\": \"products\", \"op\": \"MODIFY\"}"},
};
enum { IMAGES = sizeof images / sizeof *images };

/* The lower-case text of a status is new for each event: one string, in the arena. */
static bool makes_text(size_t condition)
{
    return strstr(conditions[condition], "lowerAscii") != NULL;
}

static struct cel_program *compile(struct test_host *host, const char *text)
{
    struct cel_issues issues = cel_issues_in(host->plan_arena);
    struct cel_program *program = NULL;
    if (cel_compile(host->env, span_view(text), host->plan_arena, &issues, &program) !=
        STATUS_OK) {
        fail_msg("%s: %.*s", text, SPAN_ARG(issues.items[0].message));
    }
    return program;
}

/* An event and the conditions from `first` to `last`; what they took of the arena. */
static size_t run_event(struct test_host *host, struct cel_program *const *programs, size_t first,
                        size_t last)
{
    arena_reset(host->event_arena);
    cel_frame_begin(host->frame, &host->host, host->event_arena);
    for (size_t i = first; i < last; i++) {
        struct value value = cel_run(programs[i], host->frame);
        assert_true(value.kind == VALUE_BOOL ||
                    (value.kind == VALUE_ERROR && value.error == VALUE_ERROR_ABSENT));
    }
    return arena_used(host->event_arena);
}

static void check_events(struct test_host *host, struct cel_program *const *programs, size_t first,
                         size_t last)
{
    (void)run_event(host, programs, first, last); /* memory of the frame and the arena's first */
    allocations = 0;
    for (size_t i = 0; i < EVENTS; i++) {
        size_t used = run_event(host, programs, first, last);
        bool may = last - first > 1 || makes_text(first);
        if (allocations > 0 || (used > 0 && !may)) {
            fail_msg("%s: %zu allocations, %zu bytes", conditions[first], allocations, used);
        }
    }
}

static void test_run__no_allocation(void **state)
{
    (void)state;
    for (size_t shared = 0; shared < 2; shared++) {
        struct test_host host;
        struct cel_program *programs[CONDITIONS];
        test_host_init(&host, 0);
        for (size_t i = 0; i < CONDITIONS; i++) {
            programs[i] = compile(&host, conditions[i]);
        }
        if (shared) {
            cel_programs_share(host.slots, programs, CONDITIONS);
        }
        for (size_t image = 0; image < IMAGES; image++) {
            test_host_set_images(&host, images[image][0], images[image][1]);
            for (size_t i = 0; i < CONDITIONS; i++) {
                check_events(&host, programs, i, i + 1);
            }
            check_events(&host, programs, 0, CONDITIONS);
        }
        test_host_deinit(&host);
    }
}

/* The count counts. */
static void test_run__what_is_made_is_counted(void **state)
{
    (void)state;
    struct test_host host;
    test_host_init(&host, 0);
    test_host_set_images(&host, images[0][0], images[0][1]);
    struct cel_program *program = compile(&host, "new.status + 'x' == ''");
    allocations = 0;
    assert_true(run_event(&host, &program, 0, 1) > 0);
    assert_true(allocations > 0); /* the first chunk of the arena */
    test_host_deinit(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run__no_allocation),
        cmocka_unit_test(test_run__what_is_made_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
