/* kinesis_shards.c: the memory is asked again and again, because another process may own a parent,
 * or a shard from now on. */
#include "kinesis/kinesis_shards.h"

#include "base/check.h"
#include "kinesis/kinesis_audit.h"

#include <stdlib.h>

/* Listings in a row that have a hole before it is told: shards of one reshard may be listed one
 * after the other. */
enum { UNCOVERED_TOLD = 3, UNCOVERED_SHOWN = 3, US_PER_MS = 1000 };

void kinesis_shards_init(struct kinesis_shards *shards,
                         const struct kinesis_source_options *options,
                         const struct kinesis_pace *pace)
{
    *shards = (struct kinesis_shards){
        .stream = options->stream,
        .start = options->start,
        .start_ms = options->start_ms,
        .clock = options->clock,
        .pace = *pace,
        .scratch = arena_new(0),
    };
    kinesis_lineage_init(&shards->lineage);
}

static void free_reading(struct kinesis_reading *reading)
{
    buf_deinit(&reading->part);
    buf_deinit(&reading->name);
    free(reading);
}

void kinesis_shards_deinit(struct kinesis_shards *shards)
{
    while (shards->readings) {
        struct kinesis_reading *reading = shards->readings;
        shards->readings = reading->next;
        free_reading(reading); /* the fetch frees the feeds itself */
    }
    kinesis_lineage_deinit(&shards->lineage);
    arena_free(&shards->scratch);
}

bool kinesis_shards_reads(const struct kinesis_shards *shards,
                          const struct kinesis_reading *reading)
{
    const struct kinesis_reading *at = shards->readings;
    while (at && at != reading) {
        at = at->next;
    }
    return at != NULL;
}

static void stop_reading(struct kinesis_shards *shards, struct kinesis_node *node)
{
    struct kinesis_reading **link = &shards->readings;
    while (*link != node->reader) {
        link = &(*link)->next;
    }
    struct kinesis_reading *reading = *link;
    *link = reading->next;
    kinesis_fetch_drop(shards->fetch, &reading->feed);
    free_reading(reading);
    node->reader = NULL;
}

static struct kinesis_reading *start_reading(struct kinesis_shards *shards,
                                             struct kinesis_node *node, struct span name,
                                             const struct kinesis_position *position, bool fresh)
{
    struct kinesis_reading *reading = calloc(1, sizeof *reading);
    if (!reading) {
        check_memory_exhausted(sizeof *reading);
    }
    buf_append(&reading->part, node->shard.id);
    buf_append(&reading->name, name);
    reading->range = node->shard.range;
    reading->position = *position;
    reading->next = shards->readings;
    reading->feed = kinesis_fetch_add(shards->fetch, node->shard.id, position, fresh, reading);
    shards->readings = reading;
    node->reader = reading;
    node->known = true;
    struct span text = kinesis_position_write(name, position, shards->scratch);
    kinesis_notices_add(shards->notices, SOURCE_NOTICE_PART_STARTED, node->shard.id, text, 0);
    return reading;
}

/* ---- where a shard begins that nobody read yet ---- */

/* Whether a parent was begun once; also one that is listed no more. */
static enum status has_known_parent(struct kinesis_shards *shards, const struct kinesis_node *node,
                                    bool *out)
{
    struct span position;
    enum status status = STATUS_OK;
    *out = false;
    for (size_t i = 0; i < KINESIS_PARENTS && status == STATUS_OK; i++) {
        if (node->parents[i]) {
            *out |= node->parents[i]->known;
        } else if (node->shard.parents[i].len) {
            status = shards->memory->position(shards->memory->context, node->shard.parents[i],
                                              shards->scratch, &position);
            *out |= status == STATUS_OK;
            status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
    }
    return status;
}

/* The time from which all its parents were read and held nothing; -1: not all were. */
static int64_t empty_from_ms(const struct kinesis_node *node)
{
    int64_t from_ms = -1;
    for (size_t i = 0; i < KINESIS_PARENTS; i++) {
        const struct kinesis_node *parent = node->parents[i];
        if (node->shard.parents[i].len && (!parent || parent->from_ms < 0)) {
            return -1;
        }
        if (parent && parent->from_ms > from_ms) {
            from_ms = parent->from_ms;
        }
    }
    return from_ms;
}

static struct kinesis_position position_at(enum kinesis_place place, int64_t time_ms)
{
    return (struct kinesis_position){.place = place, .time_ms = time_ms};
}

static enum status begin_unknown(struct kinesis_shards *shards, struct kinesis_node *node,
                                 struct span name)
{
    bool known_parent = false;
    enum status status = has_known_parent(shards, node, &known_parent);
    if (status != STATUS_OK) {
        return status;
    }
    struct kinesis_position position = position_at(KINESIS_PLACE_BEGINNING, -1);
    bool fresh = false;
    if (known_parent) {
        int64_t from_ms = empty_from_ms(node);
        if (from_ms >= 0) {
            position = position_at(KINESIS_PLACE_TIME, from_ms);
        }
    } else if (shards->start == KINESIS_START_AT_TIMESTAMP) {
        position = position_at(KINESIS_PLACE_TIME, shards->start_ms);
    } else if (shards->start == KINESIS_START_LATEST) {
        if (node->shard.last_sequence.len) {
            node->finished = true; /* what it holds came before the start */
            return STATUS_OK;
        }
        position = position_at(KINESIS_PLACE_LATEST, clock_now_us(shards->clock) / US_PER_MS);
        fresh = true;
    }
    start_reading(shards, node, name, &position, fresh);
    return STATUS_OK;
}

/* ---- what the memory says ---- */

static bool owns(const struct kinesis_shards *shards, const struct kinesis_node *node)
{
    const struct source_memory *memory = shards->memory;
    return !memory->owns || memory->owns(memory->context, node->shard.id);
}

/* STATUS_CONFLICT: it is of another stream. */
static enum status recall(struct kinesis_shards *shards, const struct kinesis_node *node,
                          struct span name, struct kinesis_position *out)
{
    struct span text;
    enum status status = shards->memory->position(shards->memory->context, node->shard.id,
                                                  shards->scratch, &text);
    return status == STATUS_OK ? kinesis_position_read(text, name, out) : status;
}

static void finish(struct kinesis_node *node, const struct kinesis_position *position)
{
    node->finished = true;
    node->known = true;
    node->from_ms = position->time_ms;
}

static enum status begin_conflicting(struct kinesis_shards *shards, struct kinesis_node *node,
                                     struct span name)
{
    const struct kinesis_position position = position_at(KINESIS_PLACE_BEGINNING, -1);
    kinesis_notices_add(shards->notices, SOURCE_NOTICE_REPLACED, node->shard.id,
                        SPAN("its position is of another stream, or of one made anew under the "
                             "same name: it is read from its beginning"),
                        0);
    start_reading(shards, node, name, &position, false);
    return STATUS_OK;
}

static enum status begin_recalled(struct kinesis_shards *shards, struct kinesis_node *node,
                                  struct span name, const struct kinesis_position *position)
{
    if (position->place == KINESIS_PLACE_END) {
        finish(node, position);
    } else {
        start_reading(shards, node, name, position, false);
    }
    return STATUS_OK;
}

/* Looks at a shard that is neither read nor finished. */
static enum status visit(struct kinesis_shards *shards, struct kinesis_node *node)
{
    struct kinesis_position position;
    bool mine = owns(shards, node);
    if (mine && !kinesis_node_is_ready(node)) {
        return STATUS_OK;
    }
    struct span name = kinesis_position_name(shards->stream, node->shard.id,
                                             node->shard.first_sequence, shards->scratch);
    enum status status = recall(shards, node, name, &position);
    if (!mine) { /* its reader is elsewhere; ours may wait for its end */
        if (status == STATUS_OK && position.place == KINESIS_PLACE_END) {
            finish(node, &position);
        }
        return status == STATUS_NOT_FOUND || status == STATUS_CONFLICT ? STATUS_OK : status;
    }
    switch ((int)status) {
    case STATUS_OK: return begin_recalled(shards, node, name, &position);
    case STATUS_NOT_FOUND: return begin_unknown(shards, node, name);
    case STATUS_CONFLICT: return begin_conflicting(shards, node, name);
    default: return status;
    }
}

/* A shard that its stream no longer has: what was left of it cannot be had any more. */
static bool is_lost(struct kinesis_shards *shards, const struct kinesis_node *node)
{
    const struct kinesis_reading *reading = node->reader;
    return !node->listed && kinesis_fetch_state(shards->fetch, reading->feed).refused;
}

static void lose(struct kinesis_shards *shards, struct kinesis_node *node)
{
    const struct kinesis_reading *reading = node->reader;
    struct span text =
        arena_printf(shards->scratch, "the stream no longer has this shard; it was read up to %.*s",
                     SPAN_ARG(kinesis_position_write(buf_view(&reading->name), &reading->position,
                                                     shards->scratch)));
    kinesis_notices_add(shards->notices, SOURCE_NOTICE_PART_LOST, node->shard.id, text, 0);
    stop_reading(shards, node);
    node->finished = true;
}

static void stop_unowned(struct kinesis_shards *shards)
{
    for (size_t i = 0; i < shards->lineage.count; i++) {
        struct kinesis_node *node = &shards->lineage.nodes[i];
        if (node->reader && is_lost(shards, node)) {
            lose(shards, node);
        } else if (node->reader && !owns(shards, node)) {
            stop_reading(shards, node);
        }
    }
}

enum status kinesis_shards_sync(struct kinesis_shards *shards)
{
    enum status status = STATUS_OK;
    bool finished = true;
    arena_reset(shards->scratch);
    stop_unowned(shards);
    while (finished) { /* each round, the children of those that the last one found finished */
        finished = false;
        for (size_t i = 0; i < shards->lineage.count && status == STATUS_OK; i++) {
            struct kinesis_node *node = &shards->lineage.nodes[i];
            if (!node->finished && !node->reader) {
                status = visit(shards, node);
                finished |= node->finished;
            }
        }
    }
    return status;
}

int64_t kinesis_shards_idle_us(const struct kinesis_shards *shards)
{
    int64_t oldest_us = INT64_MAX;
    for (size_t i = 0; i < shards->lineage.count; i++) {
        const struct kinesis_node *node = &shards->lineage.nodes[i];
        const struct kinesis_reading *reading = node->reader;
        if (node->finished || (!reading && !owns(shards, node))) {
            continue;
        }
        if (!reading || reading->end_us == 0) {
            return 0;
        }
        oldest_us = reading->end_us < oldest_us ? reading->end_us : oldest_us;
    }
    return oldest_us == INT64_MAX ? 0 : oldest_us;
}

bool kinesis_shards_settle(struct kinesis_shards *shards, struct span part, struct span position)
{
    struct kinesis_node *node = kinesis_lineage_find(&shards->lineage, part);
    struct kinesis_reading *reading = node ? node->reader : NULL;
    struct kinesis_position place;
    if (!reading ||
        kinesis_position_read(position, buf_view(&reading->name), &place) != STATUS_OK ||
        place.place != KINESIS_PLACE_END) {
        return false;
    }
    kinesis_notices_add(shards->notices, SOURCE_NOTICE_PART_ENDED, part, SPAN(""), 0);
    stop_reading(shards, node);
    finish(node, &place);
    return true;
}

/* ---- listings ---- */

static void tell_gone(void *context, const struct kinesis_node *node)
{
    struct kinesis_shards *shards = context;
    if (owns(shards, node)) {
        kinesis_notices_add(shards->notices, SOURCE_NOTICE_PART_LOST, node->shard.id,
                            SPAN("its records expired before it could be read"), 0);
    }
}

static struct span findings_text(const struct kinesis_findings *findings, struct arena *arena)
{
    struct span text = SPAN("");
    for (size_t i = 0; i < findings->count && i < UNCOVERED_SHOWN; i++) {
        const struct kinesis_finding *finding = &findings->items[i];
        char first[KINESIS_HASH_TEXT_SIZE];
        char last[KINESIS_HASH_TEXT_SIZE];
        kinesis_hash_format(finding->range.first, first);
        kinesis_hash_format(finding->range.last, last);
        text = arena_printf(arena, "%.*s%shash keys %s to %s: %u shards", SPAN_ARG(text),
                            text.len ? "; " : "", first, last, finding->readers);
    }
    return findings->count > UNCOVERED_SHOWN
               ? arena_printf(arena, "%.*s; and more", SPAN_ARG(text))
               : text;
}

static void audit(struct kinesis_shards *shards)
{
    struct kinesis_findings findings = kinesis_audit(&shards->lineage, shards->scratch);
    shards->uncovered = findings.count ? shards->uncovered + 1 : 0;
    if (findings.count) {
        kinesis_fetch_list_within(shards->fetch, shards->pace.list_again_ms);
    }
    if (shards->uncovered >= UNCOVERED_TOLD && !shards->uncovered_told) {
        shards->uncovered_told = true;
        kinesis_notices_add(shards->notices, SOURCE_NOTICE_UNCOVERED, SPAN(""),
                            findings_text(&findings, shards->scratch), 0);
    } else if (findings.count == 0 && shards->uncovered_told) {
        shards->uncovered_told = false;
        kinesis_notices_add(shards->notices, SOURCE_NOTICE_COVERED, SPAN(""), SPAN(""), 0);
    }
}

void kinesis_shards_list(struct kinesis_shards *shards, const struct kinesis_listing *listing)
{
    arena_reset(shards->scratch);
    kinesis_lineage_update(&shards->lineage, listing->shards, listing->count, tell_gone, shards);
    shards->listed = true;
    audit(shards);
}
