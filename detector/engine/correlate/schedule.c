/* schedule.c: of the heap entries[0] is the earliest; behind entry i are 4i + 1 .. 4i + 4. */
#include "engine/correlate/schedule.h"

#include "base/check.h"
#include "base/pages.h"

#include <stdlib.h>
#include <string.h>

enum { BRANCHES = 4, LINE_BYTES = 64, CAPACITY_MIN = 16 };

/* -- the heap */

/* Entry 1 begins a line. */
static void heap_resize(struct due_heap *heap, size_t capacity)
{
    size_t bytes = (capacity * sizeof(struct due) / LINE_BYTES + 2) * LINE_BYTES;
    unsigned char *memory =
        bytes < PAGES_LARGE_BYTES ? aligned_alloc(LINE_BYTES, bytes) : pages_take(bytes);
    if (!memory) {
        check_memory_exhausted(bytes);
    }
    struct due *entries = (struct due *)(void *)(memory + LINE_BYTES - sizeof(struct due));
    if (heap->count) {
        memcpy(entries, heap->entries, heap->count * sizeof *entries);
    }
    free(heap->memory);
    heap->memory = memory;
    heap->entries = entries;
    heap->capacity = capacity;
}

static void sink(struct due_heap *heap, size_t place, struct due due)
{
    struct due *entries = heap->entries;
    for (;;) {
        size_t first = BRANCHES * place + 1;
        size_t end = first + BRANCHES < heap->count ? first + BRANCHES : heap->count;
        size_t least = first;
        for (size_t i = first; i < end; i++) {
            __builtin_prefetch(&entries[BRANCHES * i + 1]); /* one of these is next */
        }
        for (size_t i = first + 1; i < end; i++) {
            least = entries[i].time_us < entries[least].time_us ? i : least;
        }
        if (first >= heap->count || entries[least].time_us >= due.time_us) {
            break;
        }
        entries[place] = entries[least];
        place = least;
    }
    entries[place] = due;
}

static void heap_add(struct due_heap *heap, struct due due)
{
    if (heap->count == heap->capacity) {
        heap_resize(heap, heap->capacity ? 2 * heap->capacity : CAPACITY_MIN);
    }
    size_t place = heap->count++;
    struct due *entries = heap->entries;
    while (place > 0 && due.time_us < entries[(place - 1) / BRANCHES].time_us) {
        entries[place] = entries[(place - 1) / BRANCHES];
        place = (place - 1) / BRANCHES;
    }
    entries[place] = due;
}

static void heap_take(struct due_heap *heap)
{
    heap->count--;
    if (heap->count > 0) {
        sink(heap, 0, heap->entries[heap->count]);
    }
}

static void heap_filter(struct due_heap *heap, bool (*holds)(void *context, const struct due *due),
                        void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < heap->count; i++) {
        if (holds(context, &heap->entries[i])) {
            heap->entries[kept++] = heap->entries[i];
        }
    }
    heap->count = kept;
    for (size_t i = kept / BRANCHES + 1; i > 0; i--) {
        if (i - 1 < kept) {
            sink(heap, i - 1, heap->entries[i - 1]);
        }
    }
    if (heap->capacity > CAPACITY_MIN && kept < heap->capacity / 4) {
        heap_resize(heap, kept < CAPACITY_MIN ? CAPACITY_MIN : 2 * kept);
    }
}

/* -- runs */

static struct due *run_at(const struct due_run *run, size_t place)
{
    return &run->items[(run->first + place) & (run->capacity - 1)];
}

static void run_resize(struct due_run *run, size_t capacity)
{
    struct due *items = pages_take(capacity * sizeof *items);
    for (size_t i = 0; i < run->count; i++) {
        items[i] = *run_at(run, i);
    }
    free(run->items);
    run->items = items;
    run->first = 0;
    run->capacity = capacity;
}

static void run_add(struct due_run *run, struct due due)
{
    if (run->count == run->capacity) {
        run_resize(run, run->capacity ? 2 * run->capacity : CAPACITY_MIN);
    }
    *run_at(run, run->count++) = due;
}

/* Room that is not needed any more is given back. */
static void run_shrink(struct due_run *run)
{
    if (run->capacity > CAPACITY_MIN && run->count < run->capacity / 4) {
        run_resize(run, run->capacity / 2);
    }
}

static void run_take(struct due_run *run)
{
    run->first++;
    run->count--;
    run_shrink(run);
}

static void run_filter(struct due_run *run, bool (*holds)(void *context, const struct due *due),
                       void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->count; i++) {
        if (holds(context, run_at(run, i))) {
            *run_at(run, kept++) = *run_at(run, i);
        }
    }
    run->count = kept;
    run_shrink(run);
}

/* The run that ends last, of those that do not end behind a time; or an empty one. NULL: none. */
static struct due_run *run_for(struct schedule *schedule, int64_t time_us)
{
    struct due_run *found = NULL;
    int64_t end_us = INT64_MIN;
    for (size_t i = 0; i < SCHEDULE_RUNS; i++) {
        struct due_run *run = &schedule->runs[i];
        int64_t last_us = run->count ? run_at(run, run->count - 1)->time_us : INT64_MIN;
        if (last_us <= time_us && (!found || last_us > end_us)) {
            found = run;
            end_us = last_us;
        }
    }
    return found;
}

/* -- all of it */

void schedule_deinit(struct schedule *schedule)
{
    for (size_t i = 0; i < SCHEDULE_RUNS; i++) {
        free(schedule->runs[i].items);
    }
    free(schedule->heap.memory);
    memset(schedule, 0, sizeof *schedule);
}

/* The first of a run, or of the heap; NULL without any. */
static const struct due *first_of(const struct schedule *schedule, size_t number)
{
    if (number == SCHEDULE_RUNS) {
        return schedule->heap.count ? schedule->heap.entries : NULL;
    }
    const struct due_run *run = &schedule->runs[number];
    return run->count ? run_at(run, 0) : NULL;
}

static void find_earliest(struct schedule *schedule)
{
    const struct due *earliest = NULL;
    for (size_t i = 0; i <= SCHEDULE_RUNS; i++) {
        const struct due *first = first_of(schedule, i);
        if (first && (!earliest || first->time_us < earliest->time_us)) {
            earliest = first;
            schedule->earliest = i;
        }
    }
}

void schedule_add(struct schedule *schedule, struct due due)
{
    struct due_run *run = run_for(schedule, due.time_us);
    const struct due *first = schedule_first(schedule);
    bool before = !first || due.time_us < first->time_us;
    if (run) {
        run_add(run, due);
    } else {
        heap_add(&schedule->heap, due);
    }
    schedule->count++;
    if (before) {
        schedule->earliest = run ? (size_t)(run - schedule->runs) : SCHEDULE_RUNS;
    }
}

const struct due *schedule_first(const struct schedule *schedule)
{
    return schedule->count ? first_of(schedule, schedule->earliest) : NULL;
}

const struct due *schedule_later(const struct schedule *schedule, size_t places)
{
    if (schedule->count == 0) {
        return NULL;
    }
    const struct due_heap *heap = &schedule->heap;
    const struct due_run *run = &schedule->runs[schedule->earliest % SCHEDULE_RUNS];
    if (schedule->earliest == SCHEDULE_RUNS) {
        return places < heap->count ? &heap->entries[places] : NULL;
    }
    return places < run->count ? run_at(run, places) : NULL;
}

void schedule_take(struct schedule *schedule)
{
    check(schedule->count > 0);
    if (schedule->earliest == SCHEDULE_RUNS) {
        heap_take(&schedule->heap);
    } else {
        run_take(&schedule->runs[schedule->earliest]);
    }
    schedule->count--;
    find_earliest(schedule);
}

void schedule_filter(struct schedule *schedule, bool (*holds)(void *context, const struct due *due),
                     void *context)
{
    heap_filter(&schedule->heap, holds, context);
    schedule->count = schedule->heap.count;
    for (size_t i = 0; i < SCHEDULE_RUNS; i++) {
        run_filter(&schedule->runs[i], holds, context);
        schedule->count += schedule->runs[i].count;
    }
    find_earliest(schedule);
}
