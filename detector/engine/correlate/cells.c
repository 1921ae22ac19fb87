/* cells.c: pieces of a slab, named by number in a hash table by policy and group, in a schedule,
 * and in a list a policy by their last events. The schedule is told when a cell is due anew, never
 * that it no longer is: an entry holds when the cell says the same. */
#include "engine/correlate/cells.h"

#include "base/check.h"
#include "base/pages.h"
#include "base/slab.h"
#include "engine/correlate/ready.h"
#include "engine/correlate/schedule.h"

#include <stdlib.h>

/* TABLE_BYTES: what a cell takes in the table and in the schedule, nearly. */
enum { BUCKETS_MIN = 64, STALE_MIN = 64, TABLE_BYTES = 32 };
/* Of CELLS_AHEAD: so many groups later what was fetched is read for what to fetch next. */
enum { AHEAD_STEP = CELLS_AHEAD / 4, FORESEEN = 3 * AHEAD_STEP, LINE_BYTES = 64 };
/* Of most cells. */
enum { CELL_BYTES = 96 };

struct bucket {
    uint32_t number; /* of a cell; 0: none */
    uint32_t hash;
};

/* An event to come: the hash of its group, the first byte of its value. */
struct foreseen {
    uint32_t hash;
    unsigned char tag;
};

/* `buckets` are found by linear probing, at most three quarters of them in use. */
struct cells {
    struct slab slab; /* cells alone: a number that was given back is never something else */
    struct slab held; /* of operators */
    struct bucket *buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    size_t bytes;
    struct foreseen foreseen[FORESEEN];
    size_t foreseen_next;
    struct schedule schedule;
    struct ready_list ready;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

struct cells *cells_new(void)
{
    struct cells *cells = allocate(1, sizeof *cells);
    cells->bucket_count = BUCKETS_MIN;
    cells->buckets = allocate(BUCKETS_MIN, sizeof *cells->buckets);
    return cells;
}

static struct cell *cell_at(const struct cells *cells, uint32_t number)
{
    return number ? slab_at(&cells->slab, number) : NULL;
}

static void cell_release(struct cell *cell)
{
    struct keepsakes **kept = cell_kept(cell);
    cell->policy->type->release(cell_memory(cell));
    if (kept) {
        keepsakes_free(kept);
    }
}

void cells_free(struct cells **cells)
{
    struct cells *ended = *cells;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->bucket_count; i++) {
        if (ended->buckets[i].number) {
            cell_release(cell_at(ended, ended->buckets[i].number));
        }
    }
    slab_deinit(&ended->slab);
    slab_deinit(&ended->held);
    schedule_deinit(&ended->schedule);
    free(ended->buckets);
    ready_deinit(&ended->ready);
    free(ended);
    *cells = NULL;
}

struct slab *cells_slab(struct cells *cells)
{
    return &cells->held;
}

size_t cells_count(const struct cells *cells)
{
    return cells->count;
}

size_t cells_bytes(const struct cells *cells)
{
    return cells->bytes;
}

/* -- what stands behind a cell */

static size_t kept_at(const struct watched *policy)
{
    return slab_rounded(sizeof(struct cell) + policy->type->memory_size);
}

static size_t key_at(const struct watched *policy)
{
    return kept_at(policy) + (policy->type->shows_from_us ? sizeof(struct keepsakes *) : 0);
}

struct keepsakes **cell_kept(const struct cell *cell)
{
    void *place = (char *)(uintptr_t)cell + kept_at(cell->policy);
    return cell->policy->type->shows_from_us ? place : NULL;
}

struct span cell_group_key(const struct cell *cell)
{
    const char *place = (const char *)cell + key_at(cell->policy);
    uint16_t length;
    memcpy(&length, place, sizeof length);
    return span_of(place + sizeof length, length);
}

static size_t piece_bytes(const struct watched *policy, struct span group_key)
{
    return key_at(policy) + sizeof(uint16_t) + group_key.len;
}

static size_t bytes_alone(const struct cell *cell)
{
    return TABLE_BYTES + slab_rounded(piece_bytes(cell->policy, cell_group_key(cell)));
}

static struct cell *cell_new(struct cells *cells, struct watched *policy, struct span group_key)
{
    uint16_t length = (uint16_t)group_key.len;
    uint32_t number = slab_take(&cells->slab, piece_bytes(policy, group_key));
    struct cell *cell = cell_at(cells, number);
    char *key = (char *)cell + key_at(policy);
    check(length == group_key.len);
    cell->policy = policy;
    cell->due_us = INT64_MAX;
    cell->number = number;
    memcpy(key, &length, sizeof length);
    if (length) {
        memcpy(key + sizeof length, group_key.ptr, length);
    }
    return cell;
}

/* -- by group */

static uint32_t hash_of(const struct digest *state_id, struct span group_key)
{
    uint64_t state;
    memcpy(&state, state_id->bytes, sizeof state);
    return (uint32_t)((state ^ span_hash(group_key)) >> 32);
}

/* The bucket of the cell, or the empty one where it belongs. */
static size_t bucket_of(const struct cells *cells, const struct watched *policy,
                        struct span group_key, uint32_t hash)
{
    size_t mask = cells->bucket_count - 1;
    size_t place = hash & mask;
    for (; cells->buckets[place].number; place = (place + 1) & mask) {
        const struct bucket *bucket = &cells->buckets[place];
        const struct cell *cell = bucket->hash == hash ? cell_at(cells, bucket->number) : NULL;
        if (cell && cell->policy == policy && span_equals(cell_group_key(cell), group_key)) {
            break;
        }
    }
    return place;
}

struct cell *cells_find(const struct cells *cells, const struct watched *policy,
                        struct span group_key)
{
    size_t place = bucket_of(cells, policy, group_key, hash_of(&policy->state_id, group_key));
    return cell_at(cells, cells->buckets[place].number);
}

/* One of the hash; NULL when none is there. */
static struct cell *first_of(const struct cells *cells, uint32_t hash)
{
    size_t mask = cells->bucket_count - 1;
    size_t place = hash & mask;
    while (cells->buckets[place].number && cells->buckets[place].hash != hash) {
        place = (place + 1) & mask;
    }
    return cell_at(cells, cells->buckets[place].number);
}

static void fetch_cell(const struct cell *cell)
{
    if (cell) {
        __builtin_prefetch(cell);
        __builtin_prefetch((const char *)cell + LINE_BYTES);
        __builtin_prefetch((const char *)cell + CELL_BYTES);
    }
}

/* What an event reads beside the cell: what the operator holds, the neighbours in the list. */
static void fetch_around(const struct cells *cells, const struct cell *cell)
{
    if (cell) {
        const struct operator_type *type = cell->policy->type;
        __builtin_prefetch(cell_at(cells, cell->older));
        __builtin_prefetch(cell_at(cells, cell->newer));
        if (type->foresee) {
            type->foresee(cell_memory(cell), 0, false);
        }
    }
}

/* Only where a value came (or one in 256 did not: its first byte is 0). */
static void fetch_near(const struct cells *cells, struct foreseen event)
{
    const struct cell *cell = first_of(cells, event.hash);
    if (cell && cell->policy->type->foresee) {
        cell->policy->type->foresee(cell_memory(cell), event.tag, true);
    }
}

void cells_foresee(struct cells *cells, const struct digest *state_id, struct span group_key,
                   unsigned char tag)
{
    struct foreseen *place = &cells->foreseen[cells->foreseen_next];
    size_t later = cells->foreseen_next + FORESEEN - AHEAD_STEP;
    if (place->tag) {
        fetch_near(cells, *place);
    }
    fetch_around(cells, first_of(cells, cells->foreseen[(later - AHEAD_STEP) % FORESEEN].hash));
    fetch_cell(first_of(cells, cells->foreseen[later % FORESEEN].hash));
    *place = (struct foreseen){hash_of(state_id, group_key), tag};
    cells->foreseen_next = (cells->foreseen_next + 1) % FORESEEN;
    __builtin_prefetch(&cells->buckets[place->hash & (cells->bucket_count - 1)]);
}

static void grow(struct cells *cells)
{
    struct bucket *before = cells->buckets;
    size_t mask = 2 * cells->bucket_count - 1;
    cells->buckets = pages_take_zeroed((mask + 1) * sizeof *cells->buckets);
    for (size_t i = 0; i < cells->bucket_count; i++) {
        size_t place = before[i].hash & mask;
        while (before[i].number && cells->buckets[place].number) {
            place = (place + 1) & mask;
        }
        if (before[i].number) {
            cells->buckets[place] = before[i];
        }
    }
    cells->bucket_count = mask + 1;
    free(before);
}

/* Empties a bucket and moves up what probing would no longer find. */
static void empty_bucket(struct cells *cells, size_t place)
{
    size_t mask = cells->bucket_count - 1;
    struct bucket *buckets = cells->buckets;
    buckets[place].number = 0;
    for (size_t next = (place + 1) & mask; buckets[next].number; next = (next + 1) & mask) {
        if (((next - buckets[next].hash) & mask) >= ((next - place) & mask)) {
            buckets[place] = buckets[next];
            buckets[next].number = 0;
            place = next;
        }
    }
}

/* -- by their last events */

static void unlink_cell(struct cells *cells, struct cell *cell)
{
    struct watched *policy = cell->policy;
    *(cell->older ? &cell_at(cells, cell->older)->newer : &policy->oldest) = cell->newer;
    *(cell->newer ? &cell_at(cells, cell->newer)->older : &policy->newest) = cell->older;
}

static void link_newest(struct cells *cells, struct cell *cell)
{
    struct watched *policy = cell->policy;
    cell->older = policy->newest;
    cell->newer = 0;
    *(cell->older ? &cell_at(cells, cell->older)->newer : &policy->oldest) = cell->number;
    policy->newest = cell->number;
}

void cells_touch(struct cells *cells, struct cell *cell)
{
    if (cell->newer) {
        unlink_cell(cells, cell);
        link_newest(cells, cell);
    }
}

struct cell *cells_oldest(const struct cells *cells, const struct watched *policy)
{
    return cell_at(cells, policy->oldest);
}

struct cell *cells_newer(const struct cells *cells, const struct cell *cell)
{
    return cell_at(cells, cell->newer);
}

/* -- by when they are due */

/* NULL when the cell is not there any more, or due at another time. */
static struct cell *cell_due(const struct cells *cells, uint32_t number, int64_t time_us)
{
    struct cell *cell = slab_at_last(&cells->slab, number);
    return cell && cell->due_us == time_us ? cell : NULL;
}

/* The first time that a cell is met by. */
static bool holds_first(void *context, const struct due *due)
{
    struct cell *cell = cell_due(context, due->number, due->time_us);
    bool holds = cell && !cell->marked;
    if (holds) {
        cell->marked = true;
    }
    return holds;
}

static bool unmark(void *context, const struct due *due)
{
    cell_at(context, due->number)->marked = false;
    return true;
}

/* Entries are few more than cells. */
static void filter(struct cells *cells)
{
    struct schedule *schedule = &cells->schedule;
    if (schedule->count < 2 * cells->count + STALE_MIN) {
        return;
    }
    schedule_filter(schedule, holds_first, cells);
    schedule_filter(schedule, unmark, cells);
}

/* The first entry that holds; NULL without any. */
static const struct due *first_due(struct cells *cells)
{
    const struct due *first = schedule_first(&cells->schedule);
    while (first && !cell_due(cells, first->number, first->time_us)) {
        schedule_take(&cells->schedule);
        first = schedule_first(&cells->schedule);
    }
    return first;
}

/* Has fetched what the cells that are due next will read, and where they stand in the table, which
 * those leave that have nothing left. */
static void foresee_due(const struct cells *cells)
{
    enum { FAR = 4, NEAR = 2 };
    const struct due *far = schedule_later(&cells->schedule, FAR);
    const struct due *near = schedule_later(&cells->schedule, NEAR);
    const struct cell *cell = near ? cell_due(cells, near->number, near->time_us) : NULL;
    fetch_cell(far ? slab_at_last(&cells->slab, far->number) : NULL);
    fetch_around(cells, cell);
    if (cell) {
        uint32_t hash = hash_of(&cell->policy->state_id, cell_group_key(cell));
        __builtin_prefetch(&cells->buckets[hash & (cells->bucket_count - 1)]);
    }
}

/* Takes all that are due at the first time off the schedule. */
static void gather(struct cells *cells, int64_t watermark_us)
{
    const struct due *first = first_due(cells);
    ready_begin(&cells->ready, first ? first->time_us : INT64_MAX);
    if (!first || first->time_us > watermark_us) {
        return;
    }
    while (first && first->time_us == cells->ready.time_us) {
        ready_add(&cells->ready, cell_at(cells, first->number));
        foresee_due(cells);
        schedule_take(&cells->schedule);
        first = first_due(cells);
    }
    ready_sort(&cells->ready);
}

/* The first that is ready and still due; NULL without any. */
static struct cell *first_ready(struct cells *cells)
{
    struct ready_list *ready = &cells->ready;
    for (; ready->first < ready->count; ready->first++) {
        struct cell *cell = cell_due(cells, ready->items[ready->first].number, ready->time_us);
        if (cell) {
            return cell;
        }
    }
    return NULL;
}

struct cell *cells_next(struct cells *cells, int64_t watermark_us)
{
    struct cell *cell = first_ready(cells);
    if (!cell) {
        gather(cells, watermark_us);
        cell = first_ready(cells);
    }
    return cell && cells->ready.time_us <= watermark_us ? cell : NULL;
}

int64_t cells_due_us(struct cells *cells)
{
    const struct due *first = first_due(cells);
    int64_t due_us = first ? first->time_us : INT64_MAX;
    return first_ready(cells) && cells->ready.time_us < due_us ? cells->ready.time_us : due_us;
}

/* -- all of it */

struct cell *cells_add(struct cells *cells, struct watched *policy, struct span group_key)
{
    uint32_t hash = hash_of(&policy->state_id, group_key);
    if (4 * (cells->count + 1) > 3 * cells->bucket_count) {
        grow(cells);
    }
    size_t place = bucket_of(cells, policy, group_key, hash);
    check(!cells->buckets[place].number);
    struct cell *cell = cell_new(cells, policy, group_key);
    cells->buckets[place] = (struct bucket){cell->number, hash};
    cells->count++;
    link_newest(cells, cell);
    cell->bytes = bytes_alone(cell) & INT32_MAX;
    cells->bytes += cell->bytes;
    policy->bytes += cell->bytes;
    return cell;
}

static size_t measure(const struct cell *cell)
{
    struct keepsakes **kept = cell_kept(cell);
    return bytes_alone(cell) + cell->policy->type->bytes(cell_memory(cell)) +
           (kept ? keepsakes_bytes(*kept) : 0);
}

void cells_changed(struct cells *cells, struct cell *cell)
{
    struct watched *policy = cell->policy;
    size_t bytes = measure(cell);
    int64_t due_us = policy->type->due_us(cell_memory(cell), &policy->rule);
    cells->bytes += bytes - cell->bytes;
    policy->bytes += bytes - cell->bytes;
    cell->bytes = bytes & INT32_MAX;
    if (due_us == cell->due_us) {
        return;
    }
    cell->due_us = due_us;
    if (due_us != INT64_MAX) {
        schedule_add(&cells->schedule, (struct due){due_us, cell->number});
        filter(cells);
    }
}

void cells_remove(struct cells *cells, struct cell *cell)
{
    struct span group_key = cell_group_key(cell);
    uint32_t hash = hash_of(&cell->policy->state_id, group_key);
    empty_bucket(cells, bucket_of(cells, cell->policy, group_key, hash));
    unlink_cell(cells, cell);
    cells->count--;
    cells->bytes -= cell->bytes;
    cell->policy->bytes -= cell->bytes;
    cell_release(cell);
    cell->due_us = INT64_MAX; /* what the schedule still says of it does not hold */
    slab_give(&cells->slab, cell->number);
}
