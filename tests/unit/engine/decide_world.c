#include "decide_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SECOND = 1000000 };

struct world *world_new(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->arena = arena_new(0);
    world->topic_id = SPAN("id");
    world->partitions = 1;
    world->random = seed;
    return world;
}

void world_free(struct world **world)
{
    arena_free(&(*world)->arena);
    free(*world);
    *world = NULL;
}

uint64_t world_random(struct world *world, uint64_t bound)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (world->random >> 33) % bound;
}

void world_log(struct world *world, struct signal signal)
{
    assert_true(world->high < WORLD_LOG_MAX);
    signal.sequence = world->high + 1;
    world->log[world->high++] = signal;
}

void world_log_random(struct world *world, size_t count)
{
    static const struct span sources[] = {{"e/0#x", 5}, {"e/1#x", 5}};
    uint64_t committed[2] = {0};
    for (size_t i = 0; i < count; i++) {
        size_t source = world_random(world, 2);
        uint64_t finding = world_random(world, count / 2 + 1);
        int64_t time_us = (int64_t)(3 * i + world_random(world, 30)) * SECOND;
        struct signal signal = {
            .policy_id = SPAN("p"), .severity = SPAN("high"), .body = SPAN("{}"),
            .group_key = arena_printf(world->arena, "g%d", (int)world_random(world, 3)),
            .source = sources[source], .offset = committed[source] + world_random(world, 5),
            .event_time_us = time_us, .watermark_us = INT64_MIN,
            /* the same state under two versions of its policy: what is in the log decides */
            .episode_us = (int64_t)(world_random(world, 2) ? 40 : 90) * SECOND,
            .horizon_us = INT64_C(30) * SECOND, .summary = true};
        memcpy(signal.finding.bytes, &finding, sizeof finding);
        if (world_random(world, 4) == 0) {
            committed[source] += world_random(world, 4);
            signal.kind = SIGNAL_TICK;
            signal.offset = committed[source];
            signal.watermark_us = time_us - (int64_t)(30 * SECOND);
        }
        world_log(world, signal);
    }
}

void world_put_state(struct world *world, struct span key, struct span value, bool tombstone)
{
    struct snapshot_manifest manifest;
    assert_true(world->state_count < WORLD_STATE_MAX);
    world->state[world->state_count++] = (struct world_state){
        {arena_copy(world->arena, key), arena_copy(world->arena, value), tombstone},
        world->now_us};
    if (!tombstone && span_ends_with(key, SPAN("manifest")) &&
        snapshot_manifest_read(value, world->arena, &manifest) == STATUS_OK &&
        manifest.offset > world->manifest_highest) {
        world->manifest_highest = manifest.offset;
    }
}

enum status owner_open(struct world *world, struct decide_problem *problem, struct owner *out)
{
    char writer[32];
    struct snapshot_shelf *shelf = snapshot_shelf_new(0);
    const struct decide_found found = {
        .low = world->low, .high = world->high, .has_committed = world->has_committed,
        .committed = world->committed, .committed_id = SPAN("id")};
    snprintf(writer, sizeof writer, "w%u", world->writers++);
    const struct snapshot_writer_options options = {
        .partition = 0, .writer = span_view(writer), .topic_id = world->topic_id,
        .partitions = world->partitions};
    for (size_t i = 0; i < world->state_count; i++) {
        snapshot_shelf_put(shelf, &world->state[i].record, world->state[i].time_us);
    }
    out->world = world;
    out->part = NULL;
    out->way_count = 0;
    out->opened_us = world->now_us;
    return decide_part_open(&options, shelf, &found, problem, &out->part);
}

struct owner owner_opened(struct world *world)
{
    struct owner owner;
    struct decide_problem problem = {0};
    enum status status = owner_open(world, &problem, &owner);
    if (status != STATUS_OK) {
        fail_msg("%s", problem.text.ptr);
    }
    buf_deinit(&problem.text);
    return owner;
}

void owner_assert_refused(struct world *world, enum status status, const char *word)
{
    static struct owner owner;
    struct decide_problem problem = {0};
    assert_int_equal(owner_open(world, &problem, &owner), status);
    assert_null(owner.part);
    if (!strstr(problem.text.ptr, word)) {
        fail_msg("%s", problem.text.ptr);
    }
    assert_non_null(problem.hint);
    buf_deinit(&problem.text);
}

static void write_message(struct world *world, const struct way *message)
{
    if (message->is_state) {
        world_put_state(world, message->record.key, message->record.value,
                        message->record.tombstone);
    } else {
        assert_true(world->alert_count < WORLD_ALERTS_MAX);
        world->alerts[world->alert_count++] = message->alert;
    }
}

void owner_crash(struct owner *owner, size_t arrive)
{
    for (size_t i = 0; i < arrive && i < owner->way_count; i++) {
        write_message(owner->world, &owner->way[i]);
    }
    owner->way_count = 0;
    decide_part_free(&owner->part);
}

static struct world_alert world_alert_of(const struct alert *alert)
{
    return (struct world_alert){alert->id, alert->log_sequence, alert->ordinal, alert->count};
}

static struct way *add_way(struct owner *owner)
{
    assert_true(owner->way_count < WORLD_WAY_MAX);
    struct way *way = &owner->way[owner->way_count++];
    *way = (struct way){0};
    return way;
}

bool owner_fold(struct owner *owner)
{
    struct world *world = owner->world;
    uint64_t offset = decide_part_next(owner->part);
    struct alert_list alerts = {0};
    if (offset >= world->high || !decide_part_has_room(owner->part)) {
        return false;
    }
    assert_true(offset >= world->low);
    (void)decide_part_fold(owner->part, offset, &world->log[offset], world->arena, &alerts);
    size_t slot = alerts.count
                      ? decide_part_await(owner->part, offset, (uint32_t)alerts.count)
                      : 0;
    for (size_t i = 0; i < alerts.count; i++) {
        struct way *way = add_way(owner);
        way->alert = world_alert_of(&alerts.items[i]);
        way->slot = slot;
    }
    return true;
}

bool owner_send_state(struct owner *owner)
{
    struct snapshot_record record;
    struct arena *arena = owner->world->arena;
    if (!decide_part_next_record(owner->part, owner->world->now_us, &record)) {
        return false;
    }
    struct way *way = add_way(owner);
    way->is_state = true;
    way->record = (struct snapshot_record){
        arena_copy(arena, record.key), arena_copy(arena, record.value), record.tombstone};
    snapshot_writer_sent(decide_part_writer(owner->part));
    return true;
}

void owner_arrive(struct owner *owner, size_t place)
{
    if (owner->way[place].is_state) {
        for (place = 0; !owner->way[place].is_state; place++) {
        }
    }
    struct way message = owner->way[place];
    owner->way_count--;
    memmove(owner->way + place, owner->way + place + 1,
            (owner->way_count - place) * sizeof *owner->way);
    write_message(owner->world, &message);
    if (message.is_state) {
        snapshot_writer_deliver(decide_part_writer(owner->part));
    } else {
        decide_part_confirm(owner->part, message.slot);
    }
}

void owner_arrive_all(struct owner *owner)
{
    while (owner->way_count > 0) {
        owner_arrive(owner, 0);
    }
}

void owner_commit(struct owner *owner, bool is_member, bool answered)
{
    if (!is_member || !decide_part_may_commit(owner->part)) {
        return;
    }
    owner->world->has_committed = true;
    owner->world->committed = decide_part_output(owner->part);
    if (answered) {
        decide_part_committed(owner->part, owner->world->committed);
    }
}

void owner_finish(struct owner *owner)
{
    while (owner_fold(owner)) {
        owner_arrive_all(owner);
    }
    owner_arrive_all(owner);
    for (int i = 0; i < 2; i++) { /* one that was begun before, and one of the end */
        while (owner_send_state(owner)) {
            owner_arrive_all(owner);
        }
        if (decide_part_may_snapshot(owner->part)) {
            decide_part_snapshot(owner->part);
        }
    }
    while (owner_send_state(owner)) {
        owner_arrive_all(owner);
    }
    owner_commit(owner, true, true);
}

static bool same_version(const struct world_alert *a, const struct world_alert *b)
{
    return digest_equals(&a->id, &b->id) && a->log_sequence == b->log_sequence &&
           a->ordinal == b->ordinal;
}

static bool is_in(const struct world_alert *list, size_t count, const struct world_alert *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (same_version(&list[i], wanted)) {
            assert_int_equal(list[i].count, wanted->count);
            return true;
        }
    }
    return false;
}

static void check_rising(const struct world_alert *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            bool newer = list[i].log_sequence > list[k].log_sequence ||
                         (list[i].log_sequence == list[k].log_sequence &&
                          list[i].ordinal > list[k].ordinal);
            assert_true(newer || !digest_equals(&list[i].id, &list[k].id));
        }
    }
}

void world_check_alerts(const struct world *world)
{
    static struct world_alert expected[WORLD_ALERTS_MAX];
    struct decider *decider = decider_new(DECIDE_REPEATS);
    struct alert_list alerts = {0};
    size_t count = 0;
    for (uint64_t i = 0; i < world->high; i++) {
        (void)decider_fold(decider, &world->log[i], world->arena, &alerts);
    }
    for (; count < alerts.count; count++) {
        expected[count] = world_alert_of(&alerts.items[count]);
        if (!is_in(world->alerts, world->alert_count, &expected[count])) {
            fail_msg("alert %zu of the fold is missing", count);
        }
    }
    for (size_t i = 0; i < world->alert_count; i++) {
        if (!is_in(expected, count, &world->alerts[i])) {
            fail_msg("alert %zu of the topic is of no fold", i);
        }
    }
    check_rising(expected, count);
    decider_free(&decider);
}
