/* Part A of docs/RECOVERY.md in a world that does everything wrong that it may: messages arrive in
 * any order, are lost, or arrive twice; commits are answered late or never; members crash, or go on
 * for long after their partition was given to another. Matches of some records are held back until
 * time is past them (rule 8), and some of those are withdrawn then. Whatever happened, whenever a
 * tick tells a position, all below it lies in the log; and in the end everything was counted
 * once. */
#include "engine/assignment.h"
#include "engine/assignment_start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    RECORDS = 24,      /* of the one source partition; each gives one signal */
    LOGS = 2,          /* partitions of the signals log */
    MEMBERS = 3,
    WIRE_MAX = 4096,   /* messages under way */
    STEPS = 600,
    SEEDS = 1500,
    GRACE = 5,
};

static const struct digest revision = {{7}};

/* A message on its way to the log. */
struct message {
    struct assignment *from; /* NULL: its sender is gone, nobody hears the report */
    uint32_t run;            /* of the sender */
    uint64_t token;
    size_t log;
    bool is_tick;
    int64_t position;        /* of a tick; the offset of a signal */
    int64_t watermark_us;    /* of a tick */
};

/* A member of the group, perhaps one that lost its partition and does not know it. */
struct member {
    struct assignment *assignment;
    uint32_t run;        /* which process it is */
    uint64_t generation; /* in which it got the partition */
    int64_t next;
    bool committing;
    uint64_t commit_generation;
    uint32_t commit_epoch;
    int64_t commit_position;
    struct buf commit_text;
};

/* What decide has of one partition of the log: the floor, and what it counted above it. */
struct fold {
    int64_t floor;
    bool in_log[RECORDS];
    unsigned counted[RECORDS];
};

struct world {
    uint64_t random;
    struct member members[MEMBERS];
    size_t owner;
    uint64_t generation;
    uint32_t runs;
    int64_t committed; /* what the group has */
    struct buf metadata;
    struct fold folds[LOGS];
    struct message wire[WIRE_MAX];
    size_t wire_count;
};

static uint64_t draw(struct world *world, uint64_t below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (world->random >> 33) % below;
}

static void put(struct world *world, struct message message)
{
    assert_true(world->wire_count < WIRE_MAX);
    world->wire[world->wire_count++] = message;
}

static void send_tick(struct world *world, struct member *member)
{
    struct signal tick = assignment_tick(member->assignment, 0);
    for (size_t i = 0; i < LOGS; i++) {
        put(world, (struct message){
            .from = member->assignment,
            .run = member->run,
            .token = assignment_tick_token(member->assignment),
            .log = i,
            .is_tick = true,
            .position = (int64_t)tick.offset,
            .watermark_us = tick.watermark_us,
        });
    }
}

/* Its match is held back. */
static bool is_held(int64_t offset)
{
    return offset % 3 == 1;
}

/* Asked again it matches no more: it is never in the log. */
static bool is_withdrawn(int64_t offset)
{
    return offset % 9 == 4;
}

static size_t log_of(int64_t offset)
{
    return (size_t)(offset / 2 % LOGS);
}

/* Begins where the group says; the process may be new or go on. */
static void begin(struct world *world, struct member *member)
{
    assert_int_equal(assignment_begin(member->assignment, world->committed,
                                      buf_view(&world->metadata), &revision), STATUS_OK);
    member->next = world->committed;
    member->generation = world->generation;
    send_tick(world, member);
}

static void join(struct world *world, struct member *member)
{
    const struct assignment_options options = {
        .topic = SPAN("events"), .identity = SPAN("T1"), .tells = LOGS};
    member->assignment = assignment_new(&options);
    member->run = ++world->runs;
    begin(world, member);
}

/* Its messages may still arrive; nobody hears of it. */
static void crash(struct world *world, struct member *member)
{
    for (size_t i = 0; i < world->wire_count; i++) {
        if (world->wire[i].run == member->run) {
            world->wire[i].from = NULL;
        }
    }
    assignment_free(&member->assignment);
    member->committing = false;
}

static void append(struct world *world, const struct message *message)
{
    struct fold *fold = &world->folds[message->log];
    if (!message->is_tick) {
        fold->in_log[message->position] = true;
        fold->counted[message->position] += message->position >= fold->floor &&
                                            fold->counted[message->position] == 0;
        return;
    }
    for (int64_t i = 0; i < message->position; i++) {
        assert_true(log_of(i) != message->log || fold->in_log[i] || is_withdrawn(i));
        /* rules 1, 5 and 8 */
    }
    for (int64_t i = 0; i < RECORDS && i < message->watermark_us; i++) {
        /* rules 7 and 8: no window is closed before it */
        assert_true(log_of(i) != message->log || fold->in_log[i] || is_withdrawn(i));
    }
    fold->floor = message->position > fold->floor ? message->position : fold->floor;
}

static void report(const struct message *message, bool confirmed)
{
    if (message->from) {
        assignment_deliver(message->from, frontier_token_unpack(message->token), confirmed);
    }
}

/* One message of the wire arrives, is lost, or arrives without its sender hearing of it. */
static void move_message(struct world *world, bool may_fail)
{
    if (world->wire_count == 0) {
        return;
    }
    size_t at = (size_t)draw(world, world->wire_count);
    struct message message = world->wire[at];
    world->wire[at] = world->wire[--world->wire_count];
    uint64_t luck = may_fail ? draw(world, 40) : 9;
    if (luck > 1) {
        append(world, &message);
        report(&message, true);
    } else if (luck == 1) { /* given up by the sender; there or not */
        if (draw(world, 2)) {
            append(world, &message);
        }
        report(&message, false);
    } else {
        put(world, message); /* sent twice by the network: a copy stays under way */
        world->wire[world->wire_count - 1].from = NULL;
        append(world, &message);
        report(&message, true);
    }
}

static void put_signal(struct world *world, struct member *member, uint64_t token, int64_t offset)
{
    put(world, (struct message){.from = member->assignment, .run = member->run, .token = token,
                                .log = log_of(offset), .position = offset});
}

static void hold(struct member *member, int64_t offset)
{
    if (is_held(offset)) {
        const struct held_match match = {.offset = (uint64_t)offset,
                                         .event_time_us = offset,
                                         .due_us = offset + GRACE};
        assignment_hold(member->assignment, &match);
    }
}

static void evaluate(struct world *world, struct member *member)
{
    int64_t count = (int64_t)draw(world, 3) + 1;
    if (!frontier_has_room(assignment_frontier(member->assignment)) || member->next >= RECORDS) {
        return;
    }
    int64_t end = member->next + count < RECORDS ? member->next + count : RECORDS;
    uint32_t signals = 0;
    for (int64_t i = member->next; i < end; i++) {
        assignment_count(member->assignment, ASSIGNMENT_EVALUATED);
        assignment_see(member->assignment, SPAN("s"), i, i);
        hold(member, i);
        signals += !is_held(i);
    }
    uint64_t token = assignment_add(member->assignment, end, signals);
    for (int64_t i = member->next; i < end; i++) {
        if (!is_held(i)) {
            put_signal(world, member, token, i);
        }
    }
    member->next = end;
}

/* What is due is asked again; its own stretch waits for what it came to. */
static void release(struct world *world, struct member *member)
{
    const struct frontier *frontier = assignment_frontier(member->assignment);
    const struct held_match *match;
    int64_t released[RECORDS];
    size_t asked = 0;
    size_t count = 0;
    bool hurried;
    while (frontier_has_room(frontier) && (match = assignment_due(member->assignment, &hurried))) {
        int64_t offset = (int64_t)match->offset;
        assert_false(hurried);
        asked++;
        if (!is_withdrawn(offset)) {
            released[count++] = offset;
        }
        assignment_release(member->assignment);
    }
    if (asked == 0) {
        return;
    }
    uint64_t token = assignment_add(member->assignment, frontier->read, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        put_signal(world, member, token, released[i]);
    }
}

/* A fetch found nothing more; an idle tick may be due. */
static void idle(struct world *world, struct member *member)
{
    if (member->next == RECORDS && assignment_idle(member->assignment, RECORDS, RECORDS + GRACE)) {
        send_tick(world, member);
    }
}

static void send_commit(struct member *member)
{
    const struct frontier *frontier = assignment_frontier(member->assignment);
    if (!member->committing && frontier_may_commit(frontier)) {
        buf_clear(&member->commit_text);
        member->commit_position = assignment_commit(member->assignment, &member->commit_text);
        member->commit_epoch = frontier->epoch;
        member->commit_generation = member->generation;
        member->committing = true;
    }
}

/* The coordinator checks the generation; its answer may get lost, which counts as refused. */
static void answer_commit(struct world *world, struct member *member, bool may_fail)
{
    if (!member->committing) {
        return;
    }
    bool taken = member->commit_generation == world->generation;
    if (taken) {
        assert_true(member->commit_position >= world->committed);
        world->committed = member->commit_position;
        buf_clear(&world->metadata);
        buf_append(&world->metadata, buf_view(&member->commit_text));
    }
    member->committing = false;
    bool heard = !may_fail || draw(world, 20) > 0;
    if (assignment_acknowledge(member->assignment, member->commit_epoch, taken && heard)) {
        send_tick(world, member);
    }
}

/* Rule 2: from the committed position, once nothing of the old one is in flight. */
static void mend(struct world *world, struct member *member)
{
    if (assignment_frontier(member->assignment)->phase == FRONTIER_FAILED && !member->committing &&
        member->generation == world->generation) {
        assignment_end(member->assignment);
        begin(world, member);
    }
}

static void act(struct world *world, struct member *member)
{
    evaluate(world, member);
    if (draw(world, 2)) {
        release(world, member);
        idle(world, member);
    }
    if (draw(world, 2)) {
        send_commit(member);
    }
    mend(world, member);
}

/* The partition goes to another; the old owner does not hear of it yet. */
static void rebalance(struct world *world)
{
    size_t to = (size_t)draw(world, MEMBERS);
    world->generation++;
    if (world->members[to].assignment) {
        crash(world, &world->members[to]);
    }
    world->owner = to;
    join(world, &world->members[to]);
}

static void step(struct world *world)
{
    struct member *member = &world->members[draw(world, MEMBERS)];
    switch (draw(world, 12)) {
    case 0:
        if (draw(world, 6) == 0) {
            rebalance(world);
        }
        break;
    case 1:
    case 2:
        if (member->assignment) {
            answer_commit(world, member, true);
        }
        break;
    case 3:
    case 4:
    case 5:
        if (member->assignment) {
            act(world, member);
        }
        break;
    default:
        move_message(world, true);
        break;
    }
}

/* No more faults: zombies end, the owner goes on until all is committed and told. */
static void finish(struct world *world)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        if (i != world->owner && world->members[i].assignment) {
            crash(world, &world->members[i]);
        }
    }
    struct member *owner = &world->members[world->owner];
    const struct frontier *frontier = assignment_frontier(owner->assignment);
    for (size_t i = 0; i < 20000 && (!frontier_is_quiet(frontier) || frontier->read < RECORDS ||
                                     world->wire_count > 0); i++) {
        act(world, owner);
        answer_commit(world, owner, false);
        move_message(world, false);
    }
}

static void check_end(struct world *world)
{
    assert_int_equal(world->committed, RECORDS);
    for (int64_t i = 0; i < RECORDS; i++) {
        assert_int_equal(world->folds[log_of(i)].counted[i], is_withdrawn(i) ? 0 : 1);
    }
    for (size_t i = 0; i < LOGS; i++) {
        assert_int_equal(world->folds[i].floor, RECORDS);
    }
    struct store_ledger ledger = assignment_ledger(world->members[world->owner].assignment);
    assert_int_equal(ledger.read, RECORDS);
    assert_int_equal(ledger.evaluated, RECORDS);
}

static void run_world(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    world->random = seed;
    world->generation = 1;
    join(world, &world->members[0]);
    for (size_t i = 0; i < STEPS; i++) {
        step(world);
    }
    finish(world);
    check_end(world);
    for (size_t i = 0; i < MEMBERS; i++) {
        assignment_free(&world->members[i].assignment);
        buf_deinit(&world->members[i].commit_text);
    }
    buf_deinit(&world->metadata);
    free(world);
}

static void rules_1_to_8_nothing_is_lost_in_a_hostile_world(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run_world(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_1_to_8_nothing_is_lost_in_a_hostile_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
