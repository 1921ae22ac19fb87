/* One sink's deliveries, against a sink that answers by a script: what is sent, in which order, and
 * how far the cursor may follow (recovery-rules.md, part C). */
#include "app/notify/courier.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { ALERTS_MAX = 300, CALLS_MAX = 16, MS = 1000 * 1000 };

/* Alerts are written "a1": alert a, version 1. */
struct world {
    struct sink sink; /* first: the sink is cast to the world */
    const char *script[CALLS_MAX]; /* of each send: S L B R by place; missing: S */
    size_t calls;
    enum status failure; /* of every send, unless STATUS_OK */
    int64_t retry_after_ms;
    struct sink_answer answers[ALERTS_MAX];
    struct buf sent;     /* "a1 b1 | a2 ": what was taken, a bar after each send */
    struct buf news;     /* a letter each: T B R (recovered) X (refusal) */
    struct alert alerts[ALERTS_MAX];
    struct courier *courier;
};

static struct world *world_of(const struct sink *sink)
{
    return (struct world *)(uintptr_t)sink;
}

static char name_of(const struct alert *alert)
{
    return (char)alert->id.bytes[0];
}

static enum sink_verdict verdict_at(const struct world *world, size_t call, size_t i)
{
    const char *script = call < CALLS_MAX ? world->script[call] : NULL;
    if (!script || i >= strlen(script)) {
        return SINK_SENT;
    }
    const char *found = strchr("SLBR", script[i]);
    check(found);
    return (enum sink_verdict)(found - "SLBR");
}

static enum status fake_send(struct sink *sink, const struct alert *alerts, size_t count,
                             struct sink_cursor *out)
{
    struct world *world = world_of(sink);
    size_t call = world->calls++;
    bool all = true;
    (void)out;
    if (world->failure != STATUS_OK) {
        return world->failure;
    }
    for (size_t i = 0; i < count; i++) {
        enum sink_verdict verdict = verdict_at(world, call, i);
        world->answers[i] = (struct sink_answer){.verdict = verdict,
                                                 .reason = SPAN("why"),
                                                 .retry_after_ms = world->retry_after_ms};
        all = all && verdict == SINK_SENT;
        if (verdict == SINK_SENT) {
            buf_printf(&world->sent, "%c%d ", name_of(&alerts[i]), (int)alerts[i].log_sequence);
        }
    }
    buf_append(&world->sent, SPAN("| "));
    return all ? STATUS_OK : STATUS_AGAIN;
}

static struct sink_answer fake_answer(const struct sink *sink, size_t i)
{
    return world_of(sink)->answers[i];
}

static struct span fake_problem(const struct sink *sink)
{
    (void)sink;
    return SPAN("broken");
}

static const struct sink_ops answering = {
    .send = fake_send, .answer = fake_answer, .problem = fake_problem};
static const struct sink_ops whole = {.send = fake_send, .problem = fake_problem};

/* Alerts called x are not for this sink. */
static bool wants(void *context, const struct alert *alert)
{
    (void)context;
    return name_of(alert) != 'x';
}

static void tell(void *context, enum courier_news news, const struct alert *alert,
                 struct span reason)
{
    struct world *world = context;
    assert_int_equal(alert != NULL, news == COURIER_REFUSAL);
    assert_true(news == COURIER_RECOVERED || reason.len > 0);
    buf_append_char(&world->news, "TBRX"[news]);
}

static void courier_begin(struct world *world)
{
    const struct courier_options options = {
        .sink = &world->sink, .wants = wants, .tell = tell, .context = world, .seed = 7};
    world->courier = courier_new(&options);
}

static int world_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->sink.ops = &answering;
    courier_begin(world);
    *state = world;
    return 0;
}

static int world_down(void **state)
{
    struct world *world = *state;
    courier_free(&world->courier);
    buf_deinit(&world->sent);
    buf_deinit(&world->news);
    free(world);
    return 0;
}

static struct alert alert_of(const char *word)
{
    return (struct alert){
        .id = {{(unsigned char)word[0], (unsigned char)word[0]}},
        .log_sequence = (uint64_t)(word[1] - '0'),
    };
}

/* Loads alerts written "a1 b1 a2". */
static void load(struct world *world, const char *words)
{
    size_t count = 0;
    for (const char *at = words; *at; at += at[2] ? 3 : 2) {
        world->alerts[count++] = alert_of(at);
    }
    courier_load(world->courier, world->alerts, count);
}

static void expect_sent(struct world *world, const char *sent)
{
    assert_string_equal(world->sent.ptr ? world->sent.ptr : "", sent);
}

/* Steps until the stretch is done or refusals wait, passing over waits. */
static enum courier_step run(struct world *world)
{
    uint64_t now_ns = 1;
    for (size_t i = 0; i < 1000; i++) {
        enum courier_step step = courier_step(world->courier, now_ns);
        if (step == COURIER_DONE || step == COURIER_REFUSED) {
            return step;
        }
        if (step == COURIER_WAITS) {
            now_ns = courier_due_ns(world->courier);
        }
    }
    fail_msg("it never ends");
    return COURIER_DONE;
}

static void test_step__what_is_sent(void **state)
{
    static const struct {
        const char *alerts;
        const char *script[4];
        const char *sent;
    } rows[] = {
        {"", {NULL}, ""},
        {"a1 b1 c1", {NULL}, "a1 b1 c1 | "},
        /* two states of one alert never stand in one send */
        {"a1 b1 a2 c1", {NULL}, "a1 b1 | a2 c1 | "},
        {"a1 a2 a3", {NULL}, "a1 | a2 | a3 | "},
        /* at most ten */
        {"a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1", {NULL},
         "a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 | k1 | "},
        /* what failed is sent again; its later state waits for it */
        {"a1 b1 a2", {"LS", "L"}, "b1 | | a1 | a2 | "},
        {"a1 b1 c1", {"SLS", "L"}, "a1 c1 | | b1 | "},
        {"a1 b1", {"LL", "BB", "LB"}, "| | | a1 b1 | "},
        /* others go past one that fails */
        {"a1 b1 c1 b2", {"LSS", "LS", "L"}, "b1 c1 | b2 | | a1 | "},
        /* routes */
        {"x1 a1 x2 x3", {NULL}, "a1 | "},
        {"x1 x2", {NULL}, ""},
        /* rule 19: a version below one that was sent, and a repeat of the same */
        {"a3 a1", {NULL}, "a3 | "},
        {"a3 b1 a3 a2 a4", {NULL}, "a3 b1 | a4 | "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *fresh = NULL;
        world_up(&fresh);
        struct world *world = fresh;
        memcpy(world->script, rows[i].script, sizeof rows[i].script);
        load(world, rows[i].alerts);
        assert_int_equal(run(world), COURIER_DONE);
        expect_sent(world, rows[i].sent);
        assert_int_equal(courier_settled(world->courier), (strlen(rows[i].alerts) + 1) / 3);
        world_down(&fresh);
    }
}

/* Rule 18: the cursor passes an alert only after the sink's answer. */
static void test_rule_18__the_cursor_waits_for_the_answer(void **state)
{
    struct world *world = *state;
    world->script[0] = "SLS";
    load(world, "a1 b1 c1");
    assert_int_equal(courier_settled(world->courier), 0);
    assert_int_equal(courier_step(world->courier, 1), COURIER_SENT);
    expect_sent(world, "a1 c1 | ");
    assert_int_equal(courier_settled(world->courier), 1); /* c1 is sent, but behind b1 */
    assert_int_equal(run(world), COURIER_DONE);
    assert_int_equal(courier_settled(world->courier), 3);
}

/* Rule 18, the other half: or after the refusal is durable. */
static void test_rule_18__the_cursor_waits_for_the_refusal(void **state)
{
    struct world *world = *state;
    size_t count = 0;
    world->script[0] = "SRSR";
    load(world, "a1 b1 c1 d1 b2");
    assert_int_equal(run(world), COURIER_REFUSED);
    assert_int_equal(courier_settled(world->courier), 1);
    const struct courier_refusal *refusals = courier_refusals(world->courier, &count);
    assert_int_equal(count, 2);
    assert_int_equal(name_of(refusals[0].alert), 'b');
    assert_int_equal(name_of(refusals[1].alert), 'd');
    assert_true(span_equals(refusals[0].reason, SPAN("why")));
    assert_int_equal(courier_step(world->courier, 1), COURIER_REFUSED); /* until they are kept */
    courier_refusals_kept(world->courier);
    assert_int_equal(courier_settled(world->courier), 4);
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "a1 c1 | b2 | "); /* never again, but its later state is */
    assert_string_equal(world->news.ptr, "XX");
}

/* Rule 19: a3 was sent, then a crash; the topic's repeat of a1 comes next. The new owner has read
 * back what lies before the cursor. */
static void test_rule_19__a_new_owner_reads_back(void **state)
{
    struct world *world = *state;
    struct alert a1 = alert_of("a1");
    struct alert a3 = alert_of("a3");
    courier_recall(world->courier, &a1);
    courier_recall(world->courier, &a3);
    courier_recall(world->courier, &a1); /* a repeat before the cursor takes nothing back */
    load(world, "a1 a2 b1 a4");
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "b1 a4 | ");
    assert_int_equal(courier_stats(world->courier).outdated, 2);
}

/* The ordinal counts when the log's place is the same: opened and resolved by one finding. */
static void test_rule_19__ordinals_order_states_of_one_place(void **state)
{
    struct world *world = *state;
    struct alert alerts[] = {alert_of("a1"), alert_of("a1"), alert_of("a1")};
    alerts[1].ordinal = 2;
    alerts[2].ordinal = 1;
    courier_load(world->courier, alerts, 3);
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "a1 | a1 | ");
}

/* Rule 20, the remedy: what was sent is sent once more, but for what a newer state followed. */
static void test_rule_20__again_unless_a_newer_was_sent(void **state)
{
    struct world *world = *state;
    load(world, "a1 b1 c1 c2");
    assert_int_equal(run(world), COURIER_DONE);
    struct alert again[] = {alert_of("a1"), alert_of("c1"), alert_of("b1"), alert_of("d1")};
    courier_load_again(world->courier, again, 4);
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "a1 b1 c1 | c2 | a1 b1 d1 | ");
    load(world, "a1 b1"); /* as before */
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "a1 b1 c1 | c2 | a1 b1 d1 | ");
}

/* Memory is bounded: the alerts longest not seen are forgotten, the newest are not. */
static void test_rule_19__remembers_the_newest(void **state)
{
    struct world *world = *state;
    enum { MANY = SINK_ANSWERS_MAX * 20000 };
    for (uint32_t i = 1; i <= MANY; i++) {
        struct alert alert = {.log_sequence = 5};
        memcpy(alert.id.bytes, &i, sizeof i);
        courier_recall(world->courier, &alert);
    }
    for (uint32_t i = 0; i < COURIER_STRETCH_MAX; i++) {
        uint32_t number = MANY - i;
        world->alerts[i] = (struct alert){.log_sequence = 4};
        memcpy(world->alerts[i].id.bytes, &number, sizeof number);
    }
    courier_load(world->courier, world->alerts, COURIER_STRETCH_MAX);
    assert_int_equal(courier_step(world->courier, 1), COURIER_DONE);
    expect_sent(world, "");
}

/* An owner that lost its part of the topic sends no more of it. */
static void test_drop__nothing_more_is_sent(void **state)
{
    struct world *world = *state;
    world->script[0] = "LR";
    load(world, "a1 b1");
    assert_int_equal(run(world), COURIER_REFUSED);
    courier_drop(world->courier);
    assert_int_equal(courier_step(world->courier, 1), COURIER_DONE);
    load(world, "c1");
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "| c1 | ");
}

/* The waits of sends that are never taken. */
static void test_wait__by_class(void **state)
{
    static const struct {
        const char *verdict;
        int64_t asked_ms;
        uint64_t first_ms; /* the longest that it may be; half of it the shortest */
        uint64_t last_ms;
    } rows[] = {
        {"L", 0, COURIER_LATER_MS, COURIER_LATER_MS_MAX},
        {"B", 0, COURIER_BLOCKED_MS, COURIER_BLOCKED_MS_MAX},
        {"L", 60000, 60000, 60000},
        {"L", INT64_MAX, COURIER_ASKED_MS_MAX, COURIER_ASKED_MS_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *fresh = NULL;
        world_up(&fresh);
        struct world *world = fresh;
        uint64_t now_ns = 1;
        for (size_t call = 0; call < CALLS_MAX; call++) {
            world->script[call] = rows[i].verdict;
        }
        world->retry_after_ms = rows[i].asked_ms;
        load(world, "a1");
        for (size_t call = 0; call < CALLS_MAX; call++) {
            uint64_t most = call == 0 ? rows[i].first_ms : rows[i].last_ms;
            assert_int_equal(courier_step(world->courier, now_ns), COURIER_SENT);
            assert_int_equal(courier_step(world->courier, now_ns), COURIER_WAITS);
            uint64_t wait_ms = (courier_due_ns(world->courier) - now_ns) / MS;
            assert_true(wait_ms <= most);
            assert_true(call != 0 || wait_ms >= most / 2);
            assert_true(call != CALLS_MAX - 1 || wait_ms >= most / 2);
            now_ns = courier_due_ns(world->courier);
        }
        world_down(&fresh);
    }
}

/* A sink that fails is told once, with its kind, and once that it is back. */
static void test_news__once(void **state)
{
    static const struct {
        const char *script[4];
        const char *news;
    } rows[] = {
        {{NULL}, ""},
        {{"LL", "LL", "LL"}, "TR"},
        {{"BB", "LL", "BB"}, "BR"},
        {{"LS", "L"}, "TR"},
        {{"SL"}, ""}, /* it takes others */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *fresh = NULL;
        world_up(&fresh);
        struct world *world = fresh;
        memcpy(world->script, rows[i].script, sizeof rows[i].script);
        load(world, "a1 b1");
        assert_int_equal(run(world), COURIER_DONE);
        assert_string_equal(world->news.ptr ? world->news.ptr : "", rows[i].news);
        assert_int_equal(courier_stats(world->courier).failing_since_ns, 0);
        world_down(&fresh);
    }
}

/* A sink that takes all or nothing gets the whole stretch, and is asked again after a failure. */
static void test_whole_sinks__all_or_nothing(void **state)
{
    struct world *world = *state;
    world->sink.ops = &whole;
    world->failure = STATUS_IO;
    load(world, "a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1");
    assert_int_equal(courier_step(world->courier, 1), COURIER_SENT);
    assert_int_equal(courier_settled(world->courier), 0);
    assert_int_equal(courier_step(world->courier, 1), COURIER_WAITS);
    assert_string_equal(world->news.ptr, "B");
    world->failure = STATUS_OK;
    assert_int_equal(run(world), COURIER_DONE);
    expect_sent(world, "a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 | ");
    assert_string_equal(world->news.ptr, "BR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step__what_is_sent),
        cmocka_unit_test_setup_teardown(test_rule_18__the_cursor_waits_for_the_answer, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(test_rule_18__the_cursor_waits_for_the_refusal, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(test_rule_19__a_new_owner_reads_back, world_up, world_down),
        cmocka_unit_test_setup_teardown(test_rule_19__ordinals_order_states_of_one_place, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(test_rule_20__again_unless_a_newer_was_sent, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(test_rule_19__remembers_the_newest, world_up, world_down),
        cmocka_unit_test_setup_teardown(test_drop__nothing_more_is_sent, world_up, world_down),
        cmocka_unit_test(test_wait__by_class),
        cmocka_unit_test(test_news__once),
        cmocka_unit_test_setup_teardown(test_whole_sinks__all_or_nothing, world_up, world_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
