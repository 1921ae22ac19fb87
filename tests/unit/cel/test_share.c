/* What programs of one table share: computed once an event, with the result that each would have
 * alone. */
#include "cel_host.h"

#include "cel/env_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { CALL_PROBE = 7, STEPS_MAX = 1000, PROGRAMS_MAX = 4, NOTE = 3 };

/* A host that counts what it is asked, and the programs of a test. */
struct sharing {
    struct test_host host;
    size_t calls;
    struct cel_program *programs[PROGRAMS_MAX];
    size_t count;
};

/* probe(x): x; an error for 'fail'; a note for 'note'. */
static struct value probe(void *context, uint32_t host_call, const struct value *arguments,
                          size_t count, struct arena *arena)
{
    struct sharing *sharing = context; /* the host is its first member */
    (void)arena;
    assert_int_equal(host_call, CALL_PROBE);
    assert_int_equal(count, 1);
    sharing->calls++;
    if (arguments->kind == VALUE_STRING && span_equals(arguments->text, SPAN("fail"))) {
        return value_failure(VALUE_ERROR_OTHER, SPAN("as asked"));
    }
    if (arguments->kind == VALUE_STRING && span_equals(arguments->text, SPAN("note"))) {
        cel_frame_note(sharing->host.frame, NOTE);
    }
    return *arguments;
}

static int start(void **state)
{
    static struct sharing sharing;
    sharing = (struct sharing){.calls = 0};
    test_host_init(&sharing.host, STEPS_MAX);
    sharing.host.host.call = probe;
    cel_env_add_function(sharing.host.env, &(struct cel_function){
                                               .name = SPAN("probe"),
                                               .result = cel_type_simple(CEL_TYPE_DYN),
                                               .host_call = CALL_PROBE,
                                           });
    test_host_set_images(&sharing.host, "null",
                         "{\"a\": 1, \"text\": \"abc\", \"list\": [4, 5, 6], \"size\": 40}");
    *state = &sharing;
    return 0;
}

static int stop(void **state)
{
    struct sharing *sharing = *state;
    test_host_deinit(&sharing->host);
    return 0;
}

static void compile_in(struct sharing *sharing, const struct cel_env *env, const char *text)
{
    struct cel_issues issues = cel_issues_in(sharing->host.plan_arena);
    struct cel_program **program = &sharing->programs[sharing->count++];
    if (cel_compile(env, span_view(text), sharing->host.plan_arena, &issues, program) !=
        STATUS_OK) {
        fail_msg("%s: %.*s", text, SPAN_ARG(issues.items[0].message));
    }
}

static void compile_all(struct sharing *sharing, const char *const *texts)
{
    sharing->count = 0;
    for (size_t i = 0; i < PROGRAMS_MAX && texts[i]; i++) {
        compile_in(sharing, sharing->host.env, texts[i]);
    }
}

static void share(struct sharing *sharing)
{
    cel_programs_share(sharing->host.slots, sharing->programs, sharing->count);
}

static void begin(struct sharing *sharing)
{
    sharing->calls = 0;
    sharing->host.loads = 0;
    cel_frame_begin(sharing->host.frame, &sharing->host.host, sharing->host.event_arena);
}

static struct value run(struct sharing *sharing, size_t i)
{
    return cel_run(sharing->programs[i], sharing->host.frame);
}

static void run_all(struct sharing *sharing)
{
    begin(sharing);
    for (size_t i = 0; i < sharing->count; i++) {
        (void)run(sharing, i);
    }
}

/* How often the host is called for an event, before and after sharing; and how many memos it took.
 */
static void test_share__calls(void **state)
{
    static const struct {
        const char *programs[PROGRAMS_MAX];
        size_t calls_alone;
        size_t calls_shared;
        size_t memos;
    } rows[] = {
        {{"probe(new.a) == 1 && new.text == 'x'", "new.text == 'y' || probe(new.a) == 1"}, 2, 1, 1},
        {{"probe(new.a) == 1", "probe(  new . a )  ==  1"}, 2, 1, 1},
        {{"probe(new.a) + 1 == 2", "probe(new.a) + 1 == 2", "probe(new.a) + 2 == 3"}, 3, 1, 2},
        {{"probe(new.a) == probe(new.a)"}, 2, 1, 1},
        {{"probe('fail') == 1", "probe('fail') == 2"}, 2, 1, 1},
        {{"probe(new.none) == 1", "probe(new.none) == 2"}, 0, 0, 1},
        {{"probe(new.a) == 1", "probe(new.text) == 1", "probe('a') == 1", "probe(1) == 1"},
         4, 4, 0},
        {{"probe(1) == 1", "probe(1u) == 1", "probe(1.0) == 1", "probe('1') == 1"}, 4, 4, 0},
        {{"probe(0.1) == 1", "probe(0.10) == 1"}, 2, 2, 0}, /* each is a decimal of its own text */
        {{"new.list.exists(x, x == probe(new.a))"}, 3, 1, 1},
        {{"new.list.exists(x, x == probe(x) + 1)"}, 3, 3, 0},
        {{"new.list.exists(x, x == probe(x) + 1)", "!new.list.exists(x, x == probe(x) + 1)"},
         6, 3, 1},
        {{"new.list.exists(x, probe(x) == 0)", "new.list.all(x, probe(x) != 0)"}, 6, 6, 0},
        {{"cel.bind(x, 1, probe(x)) == 1", "cel.bind(x, 2, probe(x)) == 2"}, 2, 2, 0},
        {{"cel.bind(x, new.a, probe(x) + probe(x)) == 2"}, 2, 2, 0},
        {{"false && probe(new.a) == 1", "probe(new.a) == 1 || true"}, 0, 0, 1},
    };
    struct sharing *sharing = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        compile_all(sharing, rows[i].programs);
        run_all(sharing);
        assert_int_equal(sharing->calls, rows[i].calls_alone);
        size_t before = cel_slots_size(sharing->host.slots).memos;
        share(sharing);
        size_t memos = cel_slots_size(sharing->host.slots).memos - before;
        for (size_t event = 0; event < 3; event++) {
            run_all(sharing);
            if (sharing->calls != rows[i].calls_shared || memos != rows[i].memos) {
                fail_msg("row %zu: %zu calls, %zu memos", i, sharing->calls, memos);
            }
        }
    }
}

/* What is as cheap as a comparison is computed again; patterns, arithmetic and lists are not. */
static void test_share__what_is_worth_it(void **state)
{
    static const struct {
        const char *programs[PROGRAMS_MAX];
        size_t memos;
    } rows[] = {
        {{"new.text == 'x'", "new.text == 'x'"}, 0},
        {{"has(new.text)", "has(new.text)"}, 0},
        {{"new.text.startsWith('a')", "!new.text.startsWith('a')"}, 0},
        {{"new.text.matches('^a+$')", "!new.text.matches('^a+$')"}, 1},
        {{"new.a * 0.9 > 1", "new.a * 0.9 > 2"}, 1},
        {{"[new.a, new.text].size() > 1", "[new.a, new.text] == []"}, 1},
        {{"'a' + 'b' == 'ab'", "'a' + 'b' == 'ab'"}, 1}, /* counted, though it is folded */
    };
    struct sharing *sharing = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        compile_all(sharing, rows[i].programs);
        size_t before = cel_slots_size(sharing->host.slots).memos;
        share(sharing);
        size_t memos = cel_slots_size(sharing->host.slots).memos - before;
        if (memos != rows[i].memos) {
            fail_msg("row %zu: %zu memos", i, memos);
        }
    }
}

/* Constants of the same name count by their values; functions of the same name by what they are. */
static void test_share__names_by_what_they_mean(void **state)
{
    static const struct {
        int64_t first;
        int64_t second;
        size_t calls;
    } rows[] = {{1, 1, 1}, {1, 2, 2}};
    struct sharing *sharing = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int64_t numbers[] = {rows[i].first, rows[i].second};
        sharing->count = 0;
        for (size_t k = 0; k < 2; k++) {
            struct cel_env *env = cel_env_extend(sharing->host.env, sharing->host.plan_arena);
            struct value number = value_int(numbers[k]);
            cel_env_add_constant(env, SPAN("limit"), &number);
            compile_in(sharing, env, "probe(limit) > 0");
        }
        share(sharing);
        run_all(sharing);
        assert_int_equal(sharing->calls, rows[i].calls);
    }
}

/* By the generic way nothing is shared. */
static void test_share__generic(void **state)
{
    static const char *const texts[] = {"probe(new.a) == 1", "probe(new.a) == 1", NULL};
    struct sharing *sharing = *state;
    cel_env_set_generic(sharing->host.env, true);
    compile_all(sharing, texts);
    share(sharing);
    run_all(sharing);
    assert_int_equal(sharing->calls, 2);
}

/* --- the budget of steps does not tell who was first --- */

static void assert_same(const struct value *a, const struct value *b)
{
    assert_int_equal(a->kind, b->kind);
    if (a->kind == VALUE_ERROR) {
        assert_int_equal(a->error, b->error);
    } else {
        assert_true(value_equals(a, b));
    }
}

static void test_share__budget(void **state)
{
    /* each loop over new.size takes some 200 steps of the 1000 */
#define LOOP "lists.range(int(new.size)).all(x, x >= 0)"
#define SHORT "lists.range(int(new.size) / 2).all(x, x >= 0)"
#define LONG "lists.range(int(new.size) * 4).all(x, x >= 0)"
    static const char *const rows[][PROGRAMS_MAX] = {
        {LOOP, LOOP " && " SHORT, SHORT " && " LOOP, "!(" LOOP ")"},
        {LONG, LONG " && " LOOP, LOOP " && " LONG, "(" LOOP " && " LONG ") || true"},
        {LOOP " && " LONG, LONG, "new.list.all(y, y > 0 && " LONG ")", LONG " ? 1 : 2"},
        {"new.list.all(y, " LOOP ")", LOOP, LOOP " && " LOOP " && " LOOP,
         "new.list.all(y, " LOOP ")"},
    };
    struct sharing *sharing = *state;
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct value alone[PROGRAMS_MAX];
        compile_all(sharing, rows[row]);
        for (size_t i = 0; i < PROGRAMS_MAX; i++) {
            begin(sharing);
            alone[i] = run(sharing, i);
        }
        share(sharing);
        for (size_t first = 0; first < PROGRAMS_MAX; first++) {
            begin(sharing);
            for (size_t k = 0; k < PROGRAMS_MAX; k++) {
                size_t i = (first + k) % PROGRAMS_MAX;
                struct value result = run(sharing, i);
                assert_same(&result, &alone[i]);
            }
        }
    }
}

/* --- variables: slots that programs compute --- */

static struct value load_by_running(void *context, uint32_t slot, struct arena *arena)
{
    struct sharing *sharing = context;
    (void)arena;
    if (cel_slots_get(sharing->host.slots, slot).root == HOST_DATA) {
        sharing->host.loads++;
        return cel_run(sharing->programs[PROGRAMS_MAX - 1], sharing->host.frame);
    }
    return value_map_get(&sharing->host.new_image,
                         cel_slots_get(sharing->host.slots, slot).member)
               ? *value_map_get(&sharing->host.new_image,
                                cel_slots_get(sharing->host.slots, slot).member)
               : value_failure(VALUE_ERROR_ABSENT, SPAN("absent"));
}

static void test_share__variables_have_their_price(void **state)
{
    static const char *const texts[] = {"data", (LONG " && data"), ("data && " LOOP), LONG};
    struct sharing *sharing = *state;
    struct value alone[PROGRAMS_MAX];
    sharing->host.host.load = load_by_running;
    compile_all(sharing, texts);
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        begin(sharing);
        alone[i] = run(sharing, i);
    }
    assert_int_equal(alone[0].kind, VALUE_BOOL);
    assert_int_equal(alone[1].error, VALUE_ERROR_LIMIT);
    for (size_t first = 0; first < PROGRAMS_MAX; first++) {
        begin(sharing);
        for (size_t k = 0; k < PROGRAMS_MAX; k++) {
            size_t i = (first + k) % PROGRAMS_MAX;
            struct value result = run(sharing, i);
            assert_same(&result, &alone[i]);
        }
    }
    begin(sharing);
    (void)run(sharing, 0);
    (void)run(sharing, 0);
    (void)run(sharing, 2);
    assert_int_equal(sharing->host.loads, 1);
}

/* --- notes --- */

static void test_share__notes(void **state)
{
    static const char *const texts[] = {"probe('note') == 'note'", "probe('note') != ''",
                                        "new.a == 1", NULL};
    struct sharing *sharing = *state;
    compile_all(sharing, texts);
    share(sharing);
    for (size_t event = 0; event < 2; event++) {
        begin(sharing);
        for (size_t i = 0; i < 3; i++) {
            assert_true(run(sharing, i).boolean);
            assert_int_equal(cel_frame_take_note(sharing->host.frame), i < 2 ? NOTE : 0);
        }
        assert_int_equal(sharing->calls, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_share__calls, start, stop),
        cmocka_unit_test_setup_teardown(test_share__what_is_worth_it, start, stop),
        cmocka_unit_test_setup_teardown(test_share__names_by_what_they_mean, start, stop),
        cmocka_unit_test_setup_teardown(test_share__generic, start, stop),
        cmocka_unit_test_setup_teardown(test_share__budget, start, stop),
        cmocka_unit_test_setup_teardown(test_share__variables_have_their_price, start, stop),
        cmocka_unit_test_setup_teardown(test_share__notes, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
