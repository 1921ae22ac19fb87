/* nested.c: times, and what a firing shows. */
#include "engine/correlate/nested.h"

#include "base/check.h"

#include <stdlib.h>

void *nested_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

int64_t nested_passed_us(const struct correlation *rule, int64_t time_us)
{
    int64_t passed;
    bool far = __builtin_add_overflow(time_us, rule->lateness_us, &passed) ||
               __builtin_add_overflow(passed, 1, &passed);
    return far ? INT64_MAX - 1 : passed;
}

int64_t nested_passed_by_us(const struct correlation *rule, int64_t watermark_us)
{
    int64_t time;
    bool far = __builtin_sub_overflow(watermark_us, rule->lateness_us, &time) ||
               __builtin_sub_overflow(time, 1, &time);
    return far ? INT64_MIN : time;
}

bool nested_shows(const struct operator_type *type, const struct correlation *rule)
{
    if (rule->type == CORRELATION_ABSENCE) {
        return rule->after_us > 0;
    }
    if (rule->type == CORRELATION_BASELINE) {
        return true;
    }
    if (!type->shows_from_us) {
        return false;
    }
    void *nothing = nested_allocate(1, type->memory_size);
    bool may = type->shows_from_us(nothing, rule) < INT64_MAX;
    free(nothing);
    return may;
}

struct operator_event nested_shown_event(const struct operator_firing *firing)
{
    struct operator_event shown = {.time_us = firing->shown_us,
                                   .sequence = firing->shown_sequence};
    size_t known = firing->listed + firing->shows_next;
    for (size_t i = 0; i < known; i++) {
        if (firing->events[i].sequence == shown.sequence &&
            firing->events[i].time_us == shown.time_us) { /* one may have made two, at two times */
            return firing->events[i];
        }
    }
    if (firing->listed) {
        const struct operator_event *last = &firing->events[firing->listed - 1];
        shown.finding = last->finding;
        shown.source = last->source;
        shown.offset = last->offset;
    }
    shown.count = 1;
    return shown;
}

void nested_begin(struct operator_firing *out)
{
    *out = (struct operator_firing){.events = out->events,
                                    .closed_us = INT64_MIN,
                                    .forgotten = out->forgotten,
                                    .done_us = out->done_us};
}
