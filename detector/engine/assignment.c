/* assignment.c: what was seen in a stretch waits beside it until all its signals are confirmed, and
 * only then enters what the next commit says. */
#include "engine/assignment.h"

#include "base/check.h"
#include "engine/commit_metadata.h"

#include <stdlib.h>


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
    struct shard_clock *shards;  /* as of frontier.settled */
    struct store_ledger ledger;  /* the same */
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
    return assignment->ledger;
}

/* Everything that the commit said; nothing is known where it said nothing. */
static enum status recall(struct assignment *assignment, struct span text,
                          const struct digest *revision)
{
    struct commit_metadata metadata = {.revision = *revision};
    shard_clock_reset(assignment->shards);
    if (text.len) {
        if (commit_metadata_decode(text, &metadata) != STATUS_OK ||
            !span_equals(metadata.identity, assignment->options.identity) ||
            shard_clock_decode(assignment->shards, metadata.shards) != STATUS_OK) {
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

/* What is confirmed enters what the next commit says. */
static void settle(struct assignment *assignment)
{
    size_t slot;
    while (frontier_settle(&assignment->frontier, &slot)) {
        struct stretch *stretch = &assignment->stretches[slot];
        add_ledger(&assignment->ledger, &stretch->ledger);
        for (size_t i = 0; i < stretch->count; i++) {
            const struct seen *seen = &stretch->seen[i];
            shard_clock_see(assignment->shards, name_of(stretch, seen), seen->event_us,
                            seen->arrival_us);
        }
        clear_stretch(stretch);
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

void assignment_drop(struct assignment *assignment)
{
    clear_stretch(&assignment->open);
}

void assignment_deliver(struct assignment *assignment, struct frontier_token token, bool confirmed)
{
    frontier_deliver(&assignment->frontier, token.epoch, token.slot, confirmed);
    settle(assignment);
}

int64_t assignment_commit(struct assignment *assignment, struct buf *metadata)
{
    const struct commit_metadata said = {
        .identity = assignment->options.identity,
        .revision = assignment->revision,
        .ledger = assignment->ledger,
    };
    frontier_commit(&assignment->frontier);
    commit_metadata_encode(&said, assignment->shards, metadata);
    assignment->committing = (struct mark){
        .revision = assignment->revision,
        .watermark_us = shard_clock_watermark(assignment->shards),
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
