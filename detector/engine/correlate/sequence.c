/* sequence.c: an event makes a finding when it is one of a match: as many events of each input as
 * the rule asks for, less than a timespan between the first and the last of them. Of several
 * matches the one that lies close around the event is told. */
#include "engine/correlate/sequence.h"

#include "base/check.h"
#include "engine/correlate/events.h"

struct sequence {
    struct events events;
};

static const struct events_shape shape = {
    .room = EVENTS_FORGET, .part_us = 1, .inputs = true, .no_sequence = true};

/* The entries that lie near enough to an event to be in a match with it. */
struct search {
    const struct events *events;
    const struct correlation *rule;
    size_t low; /* places from here up to `high` */
    size_t high;
    size_t place; /* of the event */
};

/* Entries of a match. */
struct match {
    bool taken[EVENTS_MAX];
};

static int64_t plus_us(int64_t time_us, int64_t by_us)
{
    int64_t sum;
    return __builtin_add_overflow(time_us, by_us, &sum) ? INT64_MAX : sum;
}

static int64_t minus_us(int64_t time_us, int64_t by_us)
{
    int64_t difference;
    return __builtin_sub_overflow(time_us, by_us, &difference) ? INT64_MIN : difference;
}

/* Both lie within one timespan; the second is not earlier. */
static bool are_near(const struct search *search, int64_t from_us, int64_t to_us)
{
    return minus_us(to_us, search->rule->timespan_us) < from_us;
}

static struct search search_of(const struct events *events, const struct correlation *rule,
                               size_t place)
{
    struct search search = {.events = events, .rule = rule, .place = place};
    int64_t time_us = events_time_us(events, place);
    search.low = events_find(events, minus_us(time_us, rule->timespan_us - 1));
    search.high = events_find(events, plus_us(time_us, rule->timespan_us));
    return search;
}

/* -- temporal */

static bool has_enough(const struct correlation *rule, const uint32_t *counts)
{
    bool enough = true;
    for (uint32_t i = 0; i < rule->input_count && enough; i++) {
        enough = counts[i] >= rule->mins[i];
    }
    return enough;
}

/* Of the entries up to the last the newest of each input, and the event in any case. */
static void take_newest(const struct search *search, size_t last, struct match *out)
{
    uint32_t wanted[CORRELATION_INPUTS_MAX];
    memcpy(wanted, search->rule->mins, sizeof wanted);
    wanted[events_input(search->events, &shape, search->place)]--;
    out->taken[search->place] = true;
    for (size_t i = last + 1; i > search->low; i--) {
        uint32_t *left = &wanted[events_input(search->events, &shape, i - 1)];
        if (*left > 0 && !out->taken[i - 1]) {
            out->taken[i - 1] = true;
            (*left)--;
        }
    }
}

/* In the first timespan around the event that has enough of each input. */
static bool find_together(const struct search *search, struct match *out)
{
    uint32_t counts[CORRELATION_INPUTS_MAX] = {0};
    size_t first = search->low;
    for (size_t i = search->low; i < search->high; i++) {
        counts[events_input(search->events, &shape, i)]++;
        while (!are_near(search, events_time_us(search->events, first),
                         events_time_us(search->events, i))) {
            counts[events_input(search->events, &shape, first++)]--;
        }
        if (i >= search->place && has_enough(search->rule, counts)) {
            take_newest(search, i, out);
            return true;
        }
    }
    return false;
}

/* -- temporal_ordered */

/* So many entries of an input are to be taken, the nearest from a time on. */
struct wanted {
    uint32_t input;
    uint32_t count;
    int64_t time_us; /* not later, or not earlier, than this; afterwards of the farthest taken */
};

static bool take_before(const struct search *search, struct wanted *wanted, struct match *out)
{
    size_t i = wanted->time_us == INT64_MAX ? search->high
                                            : events_find(search->events, wanted->time_us + 1);
    i = i < search->high ? i : search->high;
    for (; i > search->low && wanted->count > 0; i--) {
        if (events_input(search->events, &shape, i - 1) == wanted->input && !out->taken[i - 1]) {
            out->taken[i - 1] = true;
            wanted->time_us = events_time_us(search->events, i - 1);
            wanted->count--;
        }
    }
    return wanted->count == 0;
}

static bool take_behind(const struct search *search, struct wanted *wanted, struct match *out)
{
    size_t i = events_find(search->events, wanted->time_us);
    i = i > search->low ? i : search->low;
    for (; i < search->high && wanted->count > 0; i++) {
        if (events_input(search->events, &shape, i) == wanted->input && !out->taken[i]) {
            out->taken[i] = true;
            wanted->time_us = events_time_us(search->events, i);
            wanted->count--;
        }
    }
    return wanted->count == 0;
}

/* The match in which so many events of the event's own step come before it; the rest behind. */
static bool find_around(const struct search *search, uint32_t before, struct match *out)
{
    const struct correlation *rule = search->rule;
    uint32_t step = events_input(search->events, &shape, search->place);
    int64_t time_us = events_time_us(search->events, search->place);
    struct wanted earlier = {step, before, time_us};
    struct wanted later = {step, rule->mins[step] - 1 - before, time_us};
    memset(out->taken, 0, sizeof out->taken);
    out->taken[search->place] = true;
    bool found = take_before(search, &earlier, out) && take_behind(search, &later, out);
    for (uint32_t i = step; i > 0 && found; i--) {
        earlier.input = i - 1;
        earlier.count = rule->mins[i - 1];
        found = take_before(search, &earlier, out);
    }
    for (uint32_t i = step + 1; i < rule->input_count && found; i++) {
        later.input = i;
        later.count = rule->mins[i];
        found = take_behind(search, &later, out);
    }
    return found && are_near(search, earlier.time_us, later.time_us);
}

/* With as many as can be of the event's own step before it. */
static bool find_in_order(const struct search *search, struct match *out)
{
    uint32_t step = events_input(search->events, &shape, search->place);
    uint32_t others = search->rule->mins[step] - 1;
    uint32_t later = 0; /* of the step, which may come behind it */
    bool found = false;
    for (size_t i = events_find(search->events, events_time_us(search->events, search->place));
         i < search->high; i++) {
        later += i != search->place && events_input(search->events, &shape, i) == step;
    }
    for (uint32_t behind = 0; behind <= others && behind <= later && !found; behind++) {
        found = find_around(search, others - behind, out);
    }
    return found;
}

/* -- room */

/* Of entries of one input in a row, with none of another between them, only the first and the last
 * can matter, as many as a match takes: exact but for events that come late between them. */
static void keep_ends(const struct events *events, const struct correlation *rule, bool *kept)
{
    size_t count = events_count(events);
    size_t end = 0;
    for (size_t begin = 0; begin < count; begin = end) {
        uint32_t input = events_input(events, &shape, begin);
        for (end = begin; end < count && events_input(events, &shape, end) == input; end++) {
        }
        for (size_t i = begin; i < end; i++) {
            kept[i] = i - begin < rule->mins[input] || end - i <= rule->mins[input];
        }
    }
}

/* Gives how many events are forgotten. */
static uint64_t make_room(struct events *events, const struct correlation *rule)
{
    enum { ROOM = EVENTS_MAX - EVENTS_PARTS };
    bool kept[EVENTS_MAX];
    size_t before = events_count(events);
    if (before < EVENTS_MAX) {
        return 0;
    }
    keep_ends(events, rule, kept);
    events_keep(events, &shape, kept);
    if (events_count(events) > ROOM) {
        events_forget_first(events, events_count(events) - ROOM);
    }
    return before - events_count(events);
}

/* -- the operator */

static void tell(const struct search *search, const struct match *match,
                 struct operator_firing *out)
{
    for (size_t i = search->low; i < search->high; i++) {
        if (!match->taken[i]) {
            continue;
        }
        out->to_us = events_time_us(search->events, i);
        out->from_us = out->event_count == 0 ? out->to_us : out->from_us;
        out->event_count++;
        if (out->listed < OPERATOR_EVENTS_LISTED) {
            out->events[out->listed++] = events_at(search->events, &shape, i);
        }
    }
    out->value = decimal_from_uint(out->event_count);
}

static int64_t sequence_late_us(const struct correlation *rule,
                                const struct operator_event *event)
{
    return correlation_end_us(rule, event->time_us);
}

static bool sequence_apply(void *memory, const struct correlation *rule,
                           const struct operator_event *event, struct operator_firing *out)
{
    struct events *events = &((struct sequence *)memory)->events;
    struct match match = {{false}};
    size_t place;
    out->forgotten = make_room(events, rule);
    (void)events_insert(events, &shape, event, &place);
    struct search search = search_of(events, rule, place);
    bool found = rule->type == CORRELATION_TEMPORAL ? find_together(&search, &match)
                                                    : find_in_order(&search, &match);
    if (found) {
        tell(&search, &match, out);
    }
    return found;
}

static int64_t sequence_due_us(const void *memory, const struct correlation *rule)
{
    const struct events *events = &((const struct sequence *)memory)->events;
    return events_count(events) ? correlation_end_us(rule, events_time_us(events, 0)) : INT64_MAX;
}

static bool sequence_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                             struct operator_firing *out)
{
    struct events *events = &((struct sequence *)memory)->events;
    (void)out;
    while (events_count(events) > 0 && sequence_due_us(memory, rule) <= watermark_us) {
        events_forget_first(events, 1);
    }
    return false;
}

static size_t sequence_bytes(const void *memory)
{
    return events_bytes(&((const struct sequence *)memory)->events);
}

static void sequence_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    (void)rule;
    events_save(&((const struct sequence *)memory)->events, &shape, out);
}

static void sequence_load(void *memory, const struct correlation *rule, uint32_t source_count,
                          struct unpacker *from)
{
    struct events *events = &((struct sequence *)memory)->events;
    events_load(events, &shape, source_count, from);
    for (size_t i = 0; i < events_count(events) && !from->failed; i++) {
        unpack_expect(from, events_input(events, &shape, i) < rule->input_count);
    }
}

static void sequence_release(void *memory)
{
    events_release(&((struct sequence *)memory)->events);
}

const struct operator_type sequence_operator = {
    .memory_size = sizeof(struct sequence),
    .late_us = sequence_late_us,
    .apply = sequence_apply,
    .due_us = sequence_due_us,
    .advance = sequence_advance,
    .bytes = sequence_bytes,
    .save = sequence_save,
    .load = sequence_load,
    .release = sequence_release,
};
