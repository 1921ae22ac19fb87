/* The tables of decide beside plain arrays that do the same slowly. */
#include "engine/decide/episodes.h"
#include "engine/decide/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { STEPS = 20000, GROUPS = 400, SOURCES = 3 };

static size_t below(uint64_t *state, size_t bound)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((*state >> 33) % bound);
}

/* A group's signal: two groups share each text and differ in the state. */
static struct signal group_signal(size_t group, char text[32])
{
    struct signal signal = {
        .policy_id = SPAN("p"), .source = SPAN("s"), .body = SPAN("{}"), .sequence = group};
    snprintf(text, 32, "g%zu", group / 2);
    signal.group_key = span_view(text);
    signal.state_id.bytes[0] = (unsigned char)(group % 2);
    return signal;
}

/* Among the open groups of a source (or of all), the one that ends first. */
static struct episode *slow_next(struct episode *const *open, const uint32_t *source, bool all)
{
    struct episode *best = NULL;
    for (size_t i = 0; i < GROUPS; i++) {
        struct episode *one = open[i];
        if (!one || (!all && one->source != *source)) {
            continue;
        }
        int order = !best ? -1 : (one->end_us > best->end_us) - (one->end_us < best->end_us);
        if (order == 0) {
            order = memcmp(one->opening.state_id.bytes, best->opening.state_id.bytes, DIGEST_BYTES);
        }
        if (order == 0) {
            order = span_compare(one->opening.group_key, best->opening.group_key);
        }
        best = order < 0 ? one : best;
    }
    return best;
}

static void test_episodes__equal_a_plain_array(void **state)
{
    (void)state;
    struct episodes *episodes = episodes_new();
    struct episode *open[GROUPS] = {NULL};
    uint64_t random = 1;
    size_t count = 0;
    size_t bytes = 0;
    for (size_t step = 0; step < STEPS; step++) {
        char text[32];
        size_t group = below(&random, GROUPS);
        if (count > 0 && below(&random, 3) == 0) { /* as time does */
            group = (size_t)episodes_next_of_all(episodes)->opening.sequence;
        }
        struct signal signal = group_signal(group, text);
        assert_ptr_equal(episodes_find(episodes, &signal), open[group]);
        if (open[group]) {
            bytes -= open[group]->bytes;
            count--;
            episodes_close(episodes, open[group]);
            open[group] = NULL;
        } else {
            signal.event_time_us = (int64_t)below(&random, 50);
            signal.episode_us = 10;
            open[group] = episodes_open(episodes, &signal, SPAN(""),
                                         (uint32_t)below(&random, SOURCES));
            bytes += open[group]->bytes;
            count++;
        }
        assert_int_equal(episodes_count(episodes), count);
        assert_int_equal(episodes_bytes(episodes), bytes);
        uint32_t source = (uint32_t)below(&random, SOURCES);
        assert_ptr_equal(episodes_next(episodes, source), slow_next(open, &source, false));
        struct episode *first = episodes_next_of_all(episodes);
        struct episode *slow = slow_next(open, NULL, true);
        assert_ptr_equal(first, slow);
    }
    episodes_free(&episodes);
}

/* What a plain array remembers of one finding. */
struct known {
    bool present;
    int64_t forgotten_us;
    uint32_t source;
    uint64_t order;
};

static void drop_first(struct known *known)
{
    struct known *first = NULL;
    for (size_t i = 0; i < GROUPS; i++) {
        if (known[i].present && (!first || known[i].order < first->order)) {
            first = &known[i];
        }
    }
    first->present = false;
}

static size_t count_present(const struct known *known)
{
    size_t count = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        count += known[i].present;
    }
    return count;
}

static void test_findings__equal_a_plain_array(void **state)
{
    (void)state;
    enum { BOUND = 100, HORIZON = 60 };
    struct sources *sources = sources_new(false);
    uint32_t source = sources_intern(sources, SPAN("s"));
    struct findings *findings = findings_new(sources, false, BOUND);
    struct known known[GROUPS] = {0};
    int64_t watermark = 0;
    uint64_t dropped = 0;
    uint64_t slow_dropped = 0;
    uint64_t random = 2;
    for (uint64_t step = 0; step < STEPS; step++) {
        size_t id = below(&random, GROUPS);
        struct signal signal = {.horizon_us = HORIZON, .fan_index = (uint32_t)(id % 4)};
        signal.finding.bytes[0] = (unsigned char)(id / 4);
        watermark += (int64_t)below(&random, 2);
        signal.event_time_us = watermark;
        signal.watermark_us = watermark;
        sources_hear(sources, source, watermark, false);
        findings_sweep(findings, source);
        for (size_t i = 0; i < GROUPS; i++) {
            known[i].present = known[i].present && known[i].forgotten_us > watermark;
        }
        enum findings_answer expected = known[id].present ? FINDINGS_REPEATED : FINDINGS_NEW;
        assert_int_equal(findings_add(findings, &signal, source, &dropped), expected);
        if (expected == FINDINGS_NEW) {
            if (count_present(known) == BOUND) {
                drop_first(known);
                slow_dropped++;
            }
            known[id] = (struct known){true, watermark + HORIZON, 0, step};
        }
        assert_int_equal(dropped, slow_dropped);
    }
    assert_true(dropped > 0);
    findings_free(&findings);
    sources_free(&sources);
}

static void advance(struct sources *sources, struct findings *findings, uint32_t source,
                    int64_t watermark_us)
{
    sources_hear(sources, source, watermark_us, false);
    findings_sweep(findings, source);
}

static void test_findings_add__sources_have_their_own_time(void **state)
{
    (void)state;
    struct sources *sources = sources_new(false);
    struct findings *findings = findings_new(sources, false, 10);
    struct signal signal = {.horizon_us = 60};
    uint64_t dropped = 0;
    uint32_t a = sources_intern(sources, SPAN("a"));
    uint32_t b = sources_intern(sources, SPAN("b"));
    advance(sources, findings, a, 0);
    advance(sources, findings, b, 0);
    assert_int_equal(findings_add(findings, &signal, a, &dropped), FINDINGS_NEW);
    advance(sources, findings, b, 1000);
    assert_int_equal(findings_add(findings, &signal, b, &dropped), FINDINGS_REPEATED);
    advance(sources, findings, a, 60);
    assert_int_equal(findings_add(findings, &signal, b, &dropped), FINDINGS_NEW);
    findings_free(&findings);
    sources_free(&sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_episodes__equal_a_plain_array),
        cmocka_unit_test(test_findings__equal_a_plain_array),
        cmocka_unit_test(test_findings_add__sources_have_their_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
