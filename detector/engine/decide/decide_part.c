/* decide_part.c: the start is chosen here; all else is a decider with three numbers beside it. */
#include "engine/decide/decide_part.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CANDIDATES_MAX = 64 };

struct decide_part {
    struct decider *decider;
    struct snapshot_writer *writer;
    struct awaited *awaited;
    uint64_t start;
    uint64_t next;
    uint64_t muted_below;
    uint64_t committed;
    uint64_t snapshot_from; /* place in the log of the newest snapshot, written or begun with */
};

/* A start being chosen. */
struct opening {
    const struct snapshot_writer_options *options;
    struct snapshot_shelf *shelf;
    const struct decide_found *found;
    struct decide_problem *problem;
};

static const char remake_hint[] =
    "what was remembered of the old log cannot go on with this one: delete the topic of the state "
    "and the offsets of the consumer group too, then make the topic anew";
static const char cut_hint[] =
    "alerts may be missing: if that is accepted, delete the topics of signals and state, make both "
    "anew, and give signals a longer retention";

static bool refuse_foreign(const struct opening *opening)
{
    const struct snapshot_writer_options *options = opening->options;
    struct buf *text = &opening->problem->text;
    struct snapshot_manifest other;
    if (snapshot_shelf_foreign(opening->shelf, options->topic_id, options->partitions, &other)) {
        buf_printf(text,
                   "partition %" PRIu32 " of the signals log is of topic id %.*s with %" PRIu32
                   " partitions, its snapshots are of %.*s with %" PRIu32,
                   options->partition, SPAN_ARG(options->topic_id), options->partitions,
                   SPAN_ARG(other.topic_id), other.partitions);
        return true;
    }
    const struct decide_found *found = opening->found;
    if (found->has_committed && !span_equals(found->committed_id, options->topic_id)) {
        buf_printf(text,
                   "partition %" PRIu32 " of the signals log is of topic id %.*s, its committed "
                   "position of %.*s",
                   options->partition, SPAN_ARG(options->topic_id), SPAN_ARG(found->committed_id));
        return true;
    }
    return false;
}

/* Loads the newest snapshot that can be read; NULL without any. *place: where it stands. */
static struct decider *load_newest(const struct opening *opening, uint64_t *place)
{
    struct snapshot_whole candidates[CANDIDATES_MAX];
    size_t count = snapshot_shelf_list(opening->shelf, candidates, CANDIDATES_MAX);
    struct decider *decider = NULL;
    for (size_t i = 0; i < count && !decider; i++) {
        struct buf bytes = {0};
        const char *problem = NULL;
        snapshot_shelf_bytes(opening->shelf, &candidates[i], &bytes);
        *place = candidates[i].manifest.offset;
        if (decider_load(buf_view(&bytes), &problem, &decider) != STATUS_OK) {
            buf_clear(&opening->problem->text);
            buf_printf(&opening->problem->text,
                       "the snapshot of partition %" PRIu32 " at offset %" PRIu64
                       " cannot be read: %s",
                       opening->options->partition, *place, problem);
        }
        buf_deinit(&bytes);
    }
    return decider;
}

/* Where to begin, with the decider as of there. */
static enum status choose(const struct opening *opening, struct decider **decider, uint64_t *start)
{
    const struct decide_found *found = opening->found;
    struct decide_problem *problem = opening->problem;
    uint64_t place = 0;
    if (refuse_foreign(opening)) {
        problem->hint = remake_hint;
        return STATUS_CONFLICT;
    }
    struct decider *loaded = load_newest(opening, &place);
    if (!loaded && problem->text.len > 0) {
        problem->hint = "run the version that wrote it";
        return STATUS_UNAVAILABLE;
    }
    buf_clear(&problem->text);
    if (place < found->low || place > found->high) {
        buf_printf(&problem->text,
                   "partition %" PRIu32 " of the signals log holds offsets %" PRIu64 " to %" PRIu64
                   ", and %s %" PRIu64,
                   opening->options->partition, found->low, found->high,
                   loaded ? "its newest snapshot is of" : "there is no snapshot, so it starts at",
                   place);
        problem->hint = cut_hint;
        decider_free(&loaded);
        return STATUS_END;
    }
    *decider = loaded ? loaded : decider_new(DECIDE_REPEATS);
    *start = place;
    return STATUS_OK;
}

enum status decide_part_open(const struct snapshot_writer_options *options,
                             struct snapshot_shelf *shelf, const struct decide_found *found,
                             struct decide_problem *problem, struct decide_part **out)
{
    const struct opening opening = {options, shelf, found, problem};
    struct decider *decider = NULL;
    uint64_t start = 0;
    enum status status = choose(&opening, &decider, &start);
    if (status != STATUS_OK) {
        snapshot_shelf_free(&shelf);
        return status;
    }
    struct decide_part *part = calloc(1, sizeof *part);
    if (!part) {
        check_memory_exhausted(sizeof *part);
    }
    snapshot_shelf_keep_keys(shelf);
    part->decider = decider;
    part->writer = snapshot_writer_new(options, shelf);
    part->awaited = awaited_new();
    part->start = part->next = part->snapshot_from = start;
    part->committed = found->has_committed ? found->committed : 0;
    /* what was lost of the log behind was told to nobody when it comes anew */
    part->muted_below = part->committed < found->high ? part->committed : found->high;
    *out = part;
    return STATUS_OK;
}

void decide_part_free(struct decide_part **part)
{
    if (*part) {
        decider_free(&(*part)->decider);
        snapshot_writer_free(&(*part)->writer);
        awaited_free(&(*part)->awaited);
        free(*part);
        *part = NULL;
    }
}

uint64_t decide_part_next(const struct decide_part *part)
{
    return part->next;
}

uint64_t decide_part_start(const struct decide_part *part)
{
    return part->start;
}

bool decide_part_is_muted(const struct decide_part *part)
{
    return part->next < part->muted_below;
}

const struct decider *decide_part_decider(const struct decide_part *part)
{
    return part->decider;
}

struct decide_counts decide_part_take_counts(struct decide_part *part)
{
    return decider_take_counts(part->decider);
}

void decide_part_take_dropped(struct decide_part *part, decide_dropped_fn each, void *context)
{
    decider_take_dropped(part->decider, each, context);
}

bool decide_part_has_room(const struct decide_part *part)
{
    return awaited_has_room(part->awaited);
}

void decide_part_foresee(struct decide_part *part, const struct signal *signal)
{
    decider_foresee(part->decider, signal);
}

enum decide_outcome decide_part_fold(struct decide_part *part, uint64_t offset,
                                     const struct signal *signal, struct arena *arena,
                                     struct alert_list *out)
{
    size_t before = out->count;
    check(offset >= part->next);
    enum decide_outcome outcome = decider_fold(part->decider, signal, arena, out);
    if (offset < part->muted_below) {
        out->count = before;
        (void)decider_take_counts(part->decider); /* counted when it was new */
    }
    part->next = offset + 1;
    return outcome;
}

void decide_part_skip(struct decide_part *part, uint64_t offset)
{
    check(offset >= part->next);
    part->next = offset + 1;
}

size_t decide_part_await(struct decide_part *part, uint64_t offset, uint32_t messages)
{
    check(offset + 1 == part->next);
    return awaited_add(part->awaited, offset, messages);
}

void decide_part_confirm(struct decide_part *part, size_t slot)
{
    awaited_confirm(part->awaited, slot);
}

uint64_t decide_part_output(const struct decide_part *part)
{
    return awaited_position(part->awaited, part->next);
}

/* Never back: while replay is below the committed position there is nothing to say. */
bool decide_part_may_commit(const struct decide_part *part)
{
    return decide_part_output(part) > part->committed;
}

void decide_part_committed(struct decide_part *part, uint64_t position)
{
    if (position > part->committed) {
        part->committed = position;
    }
}

bool decide_part_may_snapshot(const struct decide_part *part)
{
    return part->next > part->snapshot_from && snapshot_writer_is_idle(part->writer);
}

void decide_part_snapshot(struct decide_part *part)
{
    struct buf bytes = {0};
    decider_save(part->decider, &bytes);
    snapshot_writer_begin(part->writer, &bytes, part->next);
    part->snapshot_from = part->next;
}

bool decide_part_next_record(struct decide_part *part, int64_t now_us,
                             struct snapshot_record *out)
{
    return snapshot_writer_next(part->writer, decide_part_output(part), now_us, out);
}

struct snapshot_writer *decide_part_writer(struct decide_part *part)
{
    return part->writer;
}
