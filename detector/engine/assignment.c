/* assignment.c: what was seen in a stretch waits beside it until all its signals are confirmed, and
 * only then enters what the next commit says. */
#include "engine/assignment.h"

#include "base/check.h"
#include "engine/backlog.h"
#include "engine/commit_metadata.h"

#include <stdlib.h>


enum { MARK_CLOCK_BYTES_MAX = 16 * 1024 * 1024 }; /* in memory: all shards have room */

/* The times of one record; its shard is named in the stretch's `names`. */
struct seen {
    int64_t event_us;
    int64_t arrival_us;
    uint32_t name_at;
    uint32_t name_length;
};

/* What was read in one stretch. */
struct stretch {
    struct store_ledger ledger;
    struct seen *seen;
    size_t count;
    size_t capacity;
    struct buf names; /* a name once for each run of records of one shard */
    bool holds;       /* matches of its records are held back */
    bool releases;    /* what was held back is asked again in it: the oldest at this offset */
    int64_t released;
};

/* What the commit of a position says, and its tick. */
struct mark {
    struct digest revision;
    int64_t watermark_us;
};

struct assignment {
    struct arena *arena; /* texts of the options */
    struct assignment_options options;
    struct span source;
    struct frontier frontier;
    struct shard_clock *shards;  /* as of frontier.confirmed */
    struct store_ledger ledger;  /* the same */
    struct backlog *backlog;     /* while it waits, what is known as of frontier.settled */
    struct shard_clock *marked;  /* the clock of its mark, when it is asked for */
    struct shard_clock *ahead;   /* as of what was read, and of its idle time */
    struct held_queue *held;
    struct digest revision;      /* of the set in force */
    struct mark committing;
    struct mark committed;
    struct stretch open;         /* being evaluated */
    struct stretch stretches[FRONTIER_STRETCHES_MAX];
};

struct assignment *assignment_new(const struct assignment_options *options)
{
    struct assignment *assignment = calloc(1, sizeof *assignment);
    if (!assignment) {
        check_memory_exhausted(sizeof *assignment);
    }
    assignment->arena = arena_new(1024);
    assignment->options = *options;
    assignment->options.topic = arena_copy(assignment->arena, options->topic);
    assignment->options.identity = arena_copy(assignment->arena, options->identity);
    assignment->source =
        arena_printf(assignment->arena, "%.*s/%u#%.*s", SPAN_ARG(options->topic),
                     (unsigned)options->partition, SPAN_ARG(options->identity));
    assignment->shards = shard_clock_new(options->idle_after_us);
    assignment->marked = shard_clock_new(options->idle_after_us);
    assignment->ahead = shard_clock_new(options->idle_after_us);
    assignment->backlog = backlog_new();
    assignment->held = held_queue_new();
    assignment->frontier.epoch = options->epoch;
    return assignment;
}

static void clear_stretch(struct stretch *stretch)
{
    free(stretch->seen);
    buf_deinit(&stretch->names);
    *stretch = (struct stretch){0};
}

static void clear_stretches(struct assignment *assignment)
{
    clear_stretch(&assignment->open);
    for (size_t i = 0; i < FRONTIER_STRETCHES_MAX; i++) {
        clear_stretch(&assignment->stretches[i]);
    }
}

void assignment_free(struct assignment **assignment)
{
    struct assignment *ended = *assignment;
    if (!ended) {
        return;
    }
    clear_stretches(ended);
    shard_clock_free(&ended->shards);
    shard_clock_free(&ended->marked);
    shard_clock_free(&ended->ahead);
    backlog_free(&ended->backlog);
    held_queue_free(&ended->held);
    arena_free(&ended->arena);
    free(ended);
    *assignment = NULL;
}

struct span assignment_source(const struct assignment *assignment)
{
    return assignment->source;
}

const struct frontier *assignment_frontier(const struct assignment *assignment)
{
    return &assignment->frontier;
}

struct store_ledger assignment_ledger(const struct assignment *assignment)
{
    return backlog_is_waiting(assignment->backlog) ? backlog_mark(assignment->backlog)->ledger
                                                   : assignment->ledger;
}

/* Everything that the commit said; nothing is known where it said nothing. */
static enum status recall(struct assignment *assignment, struct span text,
                          const struct digest *revision)
{
    struct commit_metadata metadata = {.revision = *revision};
    shard_clock_reset(assignment->shards);
    shard_clock_reset(assignment->ahead);
    if (text.len) {
        if (commit_metadata_decode(text, &metadata) != STATUS_OK ||
            !span_equals(metadata.identity, assignment->options.identity) ||
            shard_clock_decode(assignment->shards, metadata.shards) != STATUS_OK ||
            shard_clock_decode(assignment->ahead, metadata.shards) != STATUS_OK) {
            return STATUS_INVALID;
        }
    }
    assignment->ledger = metadata.ledger;
    assignment->committed = (struct mark){
        .revision = metadata.revision,
        .watermark_us = shard_clock_watermark(assignment->shards),
    };
    return STATUS_OK;
}

enum status assignment_begin(struct assignment *assignment, int64_t position, struct span metadata,
                             const struct digest *revision)
{
    check(assignment->frontier.phase == FRONTIER_FREE);
    enum status status = recall(assignment, metadata, revision);
    if (status != STATUS_OK) {
        return status;
    }
    assignment->revision = *revision;
    frontier_begin(&assignment->frontier, position, assignment->options.tells);
    return STATUS_OK;
}

void assignment_end(struct assignment *assignment)
{
    clear_stretches(assignment);
    backlog_clear(assignment->backlog);
    held_queue_free(&assignment->held);
    assignment->held = held_queue_new();
    frontier_end(&assignment->frontier);
}

void assignment_count(struct assignment *assignment, enum assignment_record record)
{
    struct store_ledger *ledger = &assignment->open.ledger;
    ledger->read++;
    switch (record) {
    case ASSIGNMENT_EVALUATED:
        ledger->evaluated++;
        break;
    case ASSIGNMENT_QUARANTINED:
        ledger->quarantined++;
        break;
    case ASSIGNMENT_SKIPPED:
        ledger->skipped++;
        break;
    }
}

static void reserve_seen(struct stretch *stretch)
{
    if (stretch->count < stretch->capacity) {
        return;
    }
    size_t capacity = stretch->capacity ? 2 * stretch->capacity : 64;
    struct seen *seen = realloc(stretch->seen, capacity * sizeof *seen);
    if (!seen) {
        check_memory_exhausted(capacity * sizeof *seen);
    }
    stretch->seen = seen;
    stretch->capacity = capacity;
}

static struct span name_of(const struct stretch *stretch, const struct seen *seen)
{
    return span_of(stretch->names.ptr + seen->name_at, seen->name_length);
}

void assignment_see(struct assignment *assignment, struct span shard, int64_t event_us,
                    int64_t arrival_us)
{
    struct stretch *open = &assignment->open;
    struct seen seen = {.event_us = event_us, .arrival_us = arrival_us};
    const struct seen *last = open->count ? &open->seen[open->count - 1] : NULL;
    if (last && span_equals(name_of(open, last), shard)) {
        seen.name_at = last->name_at;
    } else {
        check(open->names.len + shard.len < UINT32_MAX);
        seen.name_at = (uint32_t)open->names.len;
        buf_append(&open->names, shard);
    }
    seen.name_length = (uint32_t)shard.len;
    reserve_seen(open);
    open->seen[open->count++] = seen;
    shard_clock_see(assignment->ahead, shard, event_us, arrival_us);
}

static uint64_t token_of(const struct assignment *assignment, size_t slot)
{
    return frontier_token_pack((struct frontier_token){
        .partition = assignment->options.partition,
        .epoch = assignment->frontier.epoch,
        .slot = slot,
    });
}

static void add_ledger(struct store_ledger *sums, const struct store_ledger *part)
{
    sums->read += part->read;
    sums->evaluated += part->evaluated;
    sums->quarantined += part->quarantined;
    sums->skipped += part->skipped;
}

/* What was read in a stretch is known now. */
static void learn(struct assignment *assignment, const struct stretch *stretch)
{
    add_ledger(&assignment->ledger, &stretch->ledger);
    for (size_t i = 0; i < stretch->count; i++) {
        const struct seen *seen = &stretch->seen[i];
        shard_clock_see(assignment->shards, name_of(stretch, seen), seen->event_us,
                        seen->arrival_us);
    }
}

static int64_t lower(int64_t floor, const struct stretch *stretch)
{
    return stretch->releases && stretch->released < floor ? stretch->released : floor;
}

/* The oldest record of which a match is held, or asked again in a stretch that is not confirmed. */
static int64_t held_floor(const struct assignment *assignment)
{
    const struct frontier *frontier = &assignment->frontier;
    const struct held_match *oldest = held_queue_oldest(assignment->held);
    int64_t floor = oldest ? (int64_t)oldest->offset : INT64_MAX;
    for (size_t i = 0; i < frontier->count; i++) {
        size_t slot = (frontier->first + i) % FRONTIER_STRETCHES_MAX;
        floor = lower(floor, &assignment->stretches[slot]);
    }
    return lower(floor, &assignment->open);
}

/* What is known as of what is confirmed. */
static struct backlog_mark mark_at(const struct assignment *assignment, int64_t position)
{
    struct backlog_mark mark = {.position = position, .ledger = assignment->ledger};
    shard_clock_encode(assignment->shards, MARK_CLOCK_BYTES_MAX, &mark.clock);
    return mark;
}

/* What is confirmed enters what the next commit says, or waits behind what is held back. */
static void settle_stretch(struct assignment *assignment, const struct stretch *stretch)
{
    struct frontier *frontier = &assignment->frontier;
    struct backlog *backlog = assignment->backlog;
    if (!backlog_is_waiting(backlog) && frontier->confirmed > held_floor(assignment)) {
        struct backlog_mark now = mark_at(assignment, frontier->settled);
        backlog_begin(backlog, &now);
    }
    learn(assignment, stretch);
    if (backlog_is_waiting(backlog)) {
        struct backlog_mark end = mark_at(assignment, frontier->confirmed);
        backlog_add(backlog, &end, stretch->holds);
    } else {
        frontier_pass(frontier, frontier->confirmed);
    }
}

static void settle(struct assignment *assignment)
{
    struct frontier *frontier = &assignment->frontier;
    struct backlog *backlog = assignment->backlog;
    size_t slot;
    while (frontier_settle(frontier, &slot)) {
        settle_stretch(assignment, &assignment->stretches[slot]);
        clear_stretch(&assignment->stretches[slot]);
    }
    if (backlog_is_waiting(backlog) && backlog_pass(backlog, held_floor(assignment))) {
        frontier_pass(frontier, backlog_is_waiting(backlog) ? backlog_mark(backlog)->position
                                                            : frontier->confirmed);
    }
}

uint64_t assignment_add(struct assignment *assignment, int64_t end, uint32_t deliveries)
{
    size_t slot = frontier_add(&assignment->frontier, end, deliveries);
    assignment->stretches[slot] = assignment->open;
    assignment->open = (struct stretch){0};
    settle(assignment); /* without deliveries nobody reports */
    return token_of(assignment, slot);
}

void assignment_hold(struct assignment *assignment, const struct held_match *match)
{
    held_queue_add(assignment->held, match);
    assignment->open.holds = true;
}

const struct held_match *assignment_due(struct assignment *assignment, bool *hurried)
{
    const struct held_match *match = held_queue_next_due(assignment->held);
    bool due = match && match->due_us <= shard_clock_watermark(assignment->ahead);
    *hurried = match && !due && held_queue_is_full(assignment->held, 0);
    return due || *hurried ? match : NULL;
}

void assignment_release(struct assignment *assignment)
{
    struct stretch *open = &assignment->open;
    int64_t offset = (int64_t)held_queue_next_due(assignment->held)->offset;
    if (!open->releases || offset < open->released) {
        open->released = offset;
    }
    open->releases = true;
    held_queue_remove_next(assignment->held);
}

size_t assignment_held(struct assignment *assignment, const struct held_match **oldest)
{
    *oldest = held_queue_oldest(assignment->held);
    return held_queue_count(assignment->held);
}

void assignment_drop(struct assignment *assignment)
{
    clear_stretch(&assignment->open);
}

void assignment_deliver(struct assignment *assignment, struct frontier_token token, bool confirmed)
{
    frontier_deliver(&assignment->frontier, token.epoch, token.slot, confirmed);
    settle(assignment);
}

/* The clock as of frontier.settled. */
static struct shard_clock *settled_clock(struct assignment *assignment)
{
    if (!backlog_is_waiting(assignment->backlog)) {
        return assignment->shards;
    }
    const struct backlog_mark *mark = backlog_mark(assignment->backlog);
    check(shard_clock_decode(assignment->marked, buf_view(&mark->clock)) == STATUS_OK);
    return assignment->marked;
}

int64_t assignment_commit(struct assignment *assignment, struct buf *metadata)
{
    struct shard_clock *clock = settled_clock(assignment);
    const struct commit_metadata said = {
        .identity = assignment->options.identity,
        .revision = assignment->revision,
        .ledger = assignment_ledger(assignment),
    };
    frontier_commit(&assignment->frontier);
    commit_metadata_encode(&said, clock, metadata);
    assignment->committing = (struct mark){
        .revision = assignment->revision,
        .watermark_us = shard_clock_watermark(clock),
    };
    return assignment->frontier.committing_to;
}

/* Watermarks that were told only rise: one that falls says nothing new. */
static void raise(struct mark *mark, int64_t told_us)
{
    if (mark->watermark_us < told_us) {
        mark->watermark_us = told_us;
    }
}

bool assignment_acknowledge(struct assignment *assignment, uint32_t epoch, bool acknowledged)
{
    if (!frontier_acknowledge(&assignment->frontier, epoch, acknowledged,
                              assignment->options.tells)) {
        return false;
    }
    raise(&assignment->committing, assignment->committed.watermark_us);
    assignment->committed = assignment->committing;
    return true;
}

bool assignment_idle(struct assignment *assignment, int64_t end, int64_t fetched_us)
{
    struct frontier *frontier = &assignment->frontier;
    if (frontier->phase == FRONTIER_RUNNING && frontier->read == end) {
        shard_clock_idle(assignment->ahead, fetched_us);
    }
    if (!frontier_is_quiet(frontier) || frontier->read != end) {
        return false;
    }
    shard_clock_idle(assignment->shards, fetched_us);
    int64_t watermark_us = shard_clock_watermark(assignment->shards);
    if (watermark_us <= assignment->committed.watermark_us) {
        return false;
    }
    assignment->committed.watermark_us = watermark_us;
    frontier_tell_again(frontier, assignment->options.tells);
    return true;
}

struct signal assignment_tick(const struct assignment *assignment, int64_t detected_us)
{
    return (struct signal){
        .kind = SIGNAL_TICK,
        .source = assignment->source,
        .offset = (uint64_t)assignment->frontier.committed,
        .event_time_us = assignment->committed.watermark_us,
        .watermark_us = assignment->committed.watermark_us,
        .detected_us = detected_us,
        .revision = assignment->committed.revision,
    };
}

uint64_t assignment_tick_token(const struct assignment *assignment)
{
    return token_of(assignment, FRONTIER_TICK);
}
