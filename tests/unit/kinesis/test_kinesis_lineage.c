#include "kinesis/kinesis_audit.h"
#include "kinesis/kinesis_lineage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { MODEL_SHARDS_MAX = 400 };

static struct kinesis_shard shard(const char *id, const char *parent, const char *adjacent,
                                  kinesis_hash first, kinesis_hash last)
{
    return (struct kinesis_shard){
        .id = span_view(id),
        .parents = {span_view(parent), span_view(adjacent)},
        .range = {first, last},
        .first_sequence = SPAN("1"),
    };
}

static void finish(struct kinesis_lineage *lineage, const char *id)
{
    struct kinesis_node *node = kinesis_lineage_find(lineage, span_view(id));
    assert_non_null(node);
    node->finished = true;
}

static bool ready(const struct kinesis_lineage *lineage, const char *id)
{
    const struct kinesis_node *node = kinesis_lineage_find(lineage, span_view(id));
    assert_non_null(node);
    return kinesis_node_is_ready(node);
}

static void assert_findings(const struct kinesis_lineage *lineage, const char *expected)
{
    struct arena *arena = arena_new(0);
    struct kinesis_findings findings = kinesis_audit(lineage, arena);
    struct span text = SPAN("");
    for (size_t i = 0; i < findings.count; i++) {
        char first[KINESIS_HASH_TEXT_SIZE];
        char last[KINESIS_HASH_TEXT_SIZE];
        kinesis_hash_format(findings.items[i].range.first, first);
        bool to_end = findings.items[i].range.last == KINESIS_HASH_LAST;
        kinesis_hash_format(findings.items[i].range.last, last);
        text = arena_printf(arena, "%.*s%s-%s:%u ", SPAN_ARG(text), first, to_end ? "end" : last,
                            findings.items[i].readers);
    }
    assert_string_equal(text.len ? text.ptr : "", expected);
    arena_free(&arena);
}

static void test_kinesis_node_is_ready__parents_first(void **state)
{
    (void)state;
    const kinesis_hash half = KINESIS_HASH_LAST / 2;
    const struct kinesis_shard shards[] = {
        shard("4", "1", "3", 0, KINESIS_HASH_LAST), /* merged from 1 and 3 */
        shard("1", "0", NULL, 0, half),
        shard("0", "expired", NULL, 0, KINESIS_HASH_LAST),
        shard("2", "0", NULL, half + 1, KINESIS_HASH_LAST),
        shard("3", "2", NULL, half + 1, KINESIS_HASH_LAST),
        shard("1", "0", NULL, 5, 6), /* named twice */
    };
    struct kinesis_lineage lineage;
    kinesis_lineage_init(&lineage);
    kinesis_lineage_update(&lineage, shards, 6, NULL, NULL);
    assert_int_equal(lineage.count, 5);
    assert_true(ready(&lineage, "0")); /* an expired parent holds nobody up */
    assert_false(ready(&lineage, "1"));
    assert_findings(&lineage, "");
    finish(&lineage, "0");
    assert_false(ready(&lineage, "0"));
    assert_true(ready(&lineage, "1") && ready(&lineage, "2"));
    assert_false(ready(&lineage, "3"));
    finish(&lineage, "1");
    assert_false(ready(&lineage, "4")); /* one of two parents is left */
    assert_findings(&lineage, "");      /* the keys of 1 wait for 4 */
    finish(&lineage, "2");
    finish(&lineage, "3");
    assert_true(ready(&lineage, "4"));
    assert_findings(&lineage, "");
    kinesis_lineage_deinit(&lineage);
}

static void count_gone(void *context, const struct kinesis_node *node)
{
    int *gone = context;
    assert_false(node->finished);
    (*gone)++;
}

static void test_kinesis_lineage_update__keeps_what_it_knew(void **state)
{
    (void)state;
    int reader = 0;
    int gone = 0;
    struct kinesis_shard shards[] = {
        shard("0", NULL, NULL, 0, KINESIS_HASH_LAST),
        shard("1", "0", NULL, 0, KINESIS_HASH_LAST),
        shard("2", "1", NULL, 0, KINESIS_HASH_LAST),
    };
    struct kinesis_lineage lineage;
    kinesis_lineage_init(&lineage);
    kinesis_lineage_update(&lineage, shards, 3, count_gone, &gone);
    finish(&lineage, "0");
    kinesis_lineage_find(&lineage, SPAN("1"))->reader = &reader;
    /* 0 is gone after it was read; 1 is still being read and holds 2 up */
    kinesis_lineage_update(&lineage, shards + 2, 1, count_gone, &gone);
    assert_int_equal(lineage.count, 2);
    assert_int_equal(gone, 0);
    assert_false(ready(&lineage, "2"));
    assert_false(kinesis_lineage_find(&lineage, SPAN("1"))->listed);
    assert_ptr_equal(kinesis_lineage_find(&lineage, SPAN("1"))->reader, &reader);
    kinesis_lineage_find(&lineage, SPAN("1"))->reader = NULL;
    kinesis_lineage_update(&lineage, shards + 2, 1, count_gone, &gone);
    assert_int_equal(gone, 1);
    assert_true(ready(&lineage, "2"));
    kinesis_lineage_update(&lineage, NULL, 0, count_gone, &gone);
    assert_int_equal(gone, 2);
    assert_findings(&lineage, "0-end:0 ");
    kinesis_lineage_deinit(&lineage);
}

static void test_kinesis_audit__names_holes_and_overlaps(void **state)
{
    (void)state;
    const struct kinesis_shard shards[] = {
        shard("a", NULL, NULL, 10, 99),
        shard("b", NULL, NULL, 100, 199),
        shard("c", NULL, NULL, 150, 299),
        shard("d", NULL, NULL, 160, 169),
        shard("e", NULL, NULL, 301, KINESIS_HASH_LAST),
        shard("f", "g", NULL, 400, 499), /* parents that name each other: neither is read */
        shard("g", "f", NULL, 400, 499),
    };
    struct kinesis_lineage lineage;
    kinesis_lineage_init(&lineage);
    kinesis_lineage_update(&lineage, shards, 7, NULL, NULL);
    assert_findings(&lineage, "0-9:0 150-159:2 160-169:3 170-199:2 300-300:0 ");
    finish(&lineage, "e");
    assert_findings(&lineage,
                    "0-9:0 150-159:2 160-169:3 170-199:2 300-end:0 ");
    kinesis_lineage_deinit(&lineage);
}

/* A stream that splits and merges at random, and a reader that finishes shards at random. */
struct model {
    struct kinesis_shard shards[MODEL_SHARDS_MAX];
    char ids[MODEL_SHARDS_MAX][8];
    bool open[MODEL_SHARDS_MAX];
    size_t count;
    uint64_t seed;
};

static size_t pick(struct model *model, size_t below)
{
    model->seed = model->seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(model->seed >> 33) % below;
}

static void add(struct model *model, const char *parent, const char *adjacent, kinesis_hash first,
                kinesis_hash last)
{
    size_t at = model->count++;
    snprintf(model->ids[at], sizeof model->ids[at], "s%04zu", at);
    model->shards[at] = shard(model->ids[at], parent, adjacent, first, last);
    model->open[at] = true;
}

static void split(struct model *model, size_t at)
{
    struct kinesis_hash_range range = model->shards[at].range;
    if (range.first == range.last) {
        return;
    }
    kinesis_hash middle = range.first + (range.last - range.first) / (2 + pick(model, 5));
    model->open[at] = false;
    add(model, model->ids[at], NULL, range.first, middle);
    add(model, model->ids[at], NULL, middle + 1, range.last);
}

static void merge(struct model *model, size_t at)
{
    for (size_t i = 0; i < model->count; i++) {
        if (model->open[i] && model->shards[i].range.first == model->shards[at].range.last + 1 &&
            model->shards[at].range.last != KINESIS_HASH_LAST) {
            model->open[at] = false;
            model->open[i] = false;
            add(model, model->ids[at], model->ids[i], model->shards[at].range.first,
                model->shards[i].range.last);
            return;
        }
    }
}

static void reshard(struct model *model)
{
    size_t at = pick(model, model->count);
    while (!model->open[at]) {
        at = (at + 1) % model->count;
    }
    if (pick(model, 2)) {
        split(model, at);
    } else {
        merge(model, at);
    }
}

/* Finishes a closed shard that may be read, if the one picked is such. */
static void finish_some(struct model *model, struct kinesis_lineage *lineage)
{
    size_t at = pick(model, model->count);
    struct kinesis_node *node = kinesis_lineage_find(lineage, model->shards[at].id);
    if (node && !model->open[at] && kinesis_node_is_ready(node)) {
        node->finished = true;
    }
}

/* The one reader of a key is ready, or waits for a parent of other keys only. */
static void assert_progress(struct model *model, struct kinesis_lineage *lineage)
{
    size_t ready_count = 0;
    for (size_t i = 0; i < lineage->count; i++) {
        const struct kinesis_node *node = &lineage->nodes[i];
        ready_count += kinesis_node_is_ready(node);
        for (size_t j = 0; j < KINESIS_PARENTS; j++) {
            assert_true(!node->finished || !node->parents[j] || node->parents[j]->finished);
        }
    }
    assert_true(model->count == 0 || ready_count > 0);
}

static void test_kinesis_lineage__random_reshards(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct model *model = test_calloc(1, sizeof *model);
        struct kinesis_lineage lineage;
        model->seed = seed * 77;
        kinesis_lineage_init(&lineage);
        add(model, NULL, NULL, 0, KINESIS_HASH_LAST / 3);
        add(model, NULL, NULL, KINESIS_HASH_LAST / 3 + 1, KINESIS_HASH_LAST);
        while (model->count < MODEL_SHARDS_MAX - 2) {
            reshard(model);
            if (pick(model, 4) == 0) {
                kinesis_lineage_update(&lineage, model->shards, model->count, NULL, NULL);
            }
            for (size_t i = 0; i < 4; i++) {
                finish_some(model, &lineage);
            }
            if (pick(model, 8) == 0) {
                kinesis_lineage_update(&lineage, model->shards, model->count, NULL, NULL);
                assert_findings(&lineage, "");
                assert_progress(model, &lineage);
            }
        }
        kinesis_lineage_deinit(&lineage);
        test_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinesis_node_is_ready__parents_first),
        cmocka_unit_test(test_kinesis_lineage_update__keeps_what_it_knew),
        cmocka_unit_test(test_kinesis_audit__names_holes_and_overlaps),
        cmocka_unit_test(test_kinesis_lineage__random_reshards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
