/* schedule.c: entries[0] is the earliest; those behind entry i are 4i + 1 .. 4i + 4. */
#include "engine/correlate/schedule.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum { BRANCHES = 4, LINE_BYTES = 64, CAPACITY_MIN = 16 };

void schedule_deinit(struct schedule *schedule)
{
    free(schedule->memory);
    memset(schedule, 0, sizeof *schedule);
}

/* Entry 1 begins a line. */
static void resize(struct schedule *schedule, size_t capacity)
{
    size_t bytes = (capacity * sizeof(struct due) / LINE_BYTES + 2) * LINE_BYTES;
    unsigned char *memory = aligned_alloc(LINE_BYTES, bytes);
    if (!memory) {
        check_memory_exhausted(bytes);
    }
    struct due *entries = (struct due *)(void *)(memory + LINE_BYTES - sizeof(struct due));
    if (schedule->count) {
        memcpy(entries, schedule->entries, schedule->count * sizeof *entries);
    }
    free(schedule->memory);
    schedule->memory = memory;
    schedule->entries = entries;
    schedule->capacity = capacity;
}

static void sink(struct schedule *schedule, size_t place, struct due due)
{
    struct due *entries = schedule->entries;
    for (;;) {
        size_t first = BRANCHES * place + 1;
        size_t end = first + BRANCHES < schedule->count ? first + BRANCHES : schedule->count;
        size_t least = first;
        for (size_t i = first + 1; i < end; i++) {
            least = entries[i].time_us < entries[least].time_us ? i : least;
        }
        if (first >= schedule->count || entries[least].time_us >= due.time_us) {
            break;
        }
        entries[place] = entries[least];
        place = least;
    }
    entries[place] = due;
}

void schedule_add(struct schedule *schedule, struct due due)
{
    if (schedule->count == schedule->capacity) {
        resize(schedule, schedule->capacity ? 2 * schedule->capacity : CAPACITY_MIN);
    }
    size_t place = schedule->count++;
    struct due *entries = schedule->entries;
    while (place > 0 && due.time_us < entries[(place - 1) / BRANCHES].time_us) {
        entries[place] = entries[(place - 1) / BRANCHES];
        place = (place - 1) / BRANCHES;
    }
    entries[place] = due;
}

const struct due *schedule_first(const struct schedule *schedule)
{
    return schedule->count ? schedule->entries : NULL;
}

void schedule_take(struct schedule *schedule)
{
    check(schedule->count > 0);
    schedule->count--;
    if (schedule->count > 0) {
        sink(schedule, 0, schedule->entries[schedule->count]);
    }
}

void schedule_filter(struct schedule *schedule, bool (*holds)(void *context, const struct due *due),
                     void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        if (holds(context, &schedule->entries[i])) {
            schedule->entries[kept++] = schedule->entries[i];
        }
    }
    schedule->count = kept;
    for (size_t i = kept / BRANCHES + 1; i > 0; i--) {
        if (i - 1 < kept) {
            sink(schedule, i - 1, schedule->entries[i - 1]);
        }
    }
    if (schedule->capacity > CAPACITY_MIN && kept < schedule->capacity / 4) {
        resize(schedule, kept < CAPACITY_MIN ? CAPACITY_MIN : 2 * kept);
    }
}
