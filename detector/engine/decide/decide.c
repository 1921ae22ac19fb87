/* decide.c: one signal at a time: dropped as a repeat, joined to an open episode, or the start of
 * one; episodes end when the watermark has passed their end. */
#include "engine/decide/decide.h"

#include "base/check.h"
#include "engine/correlate/contribution.h"
#include "engine/decide/decider.h"

#include <stdlib.h>

/* Where the alerts of one fold go. */
struct output {
    struct arena *arena;
    struct alert_list *list;
    uint64_t sequence; /* of the signal folded */
};

/* A finding on its way to an alert. */
struct found {
    const struct signal *signal;
    uint32_t source; /* its number */
    const struct operator_firing *firing; /* of its correlation; NULL: it has none */
};

struct decider *decider_new(enum decide_input input)
{
    struct decider *decider = calloc(1, sizeof *decider);
    if (!decider) {
        check_memory_exhausted(sizeof *decider);
    }
    decider->input = input;
    decider->sources = sources_new(input == DECIDE_REPEATS);
    decider->findings =
        findings_new(decider->sources, input == DECIDE_REPEATS, DECIDE_FINDINGS_MAX);
    decider->episodes = episodes_new();
    decider->correlations = correlations_new(CORRELATE_BYTES_MAX);
    decider->revisions = revisions_new();
    return decider;
}

void decider_free(struct decider **decider)
{
    struct decider *ended = *decider;
    if (!ended) {
        return;
    }
    findings_free(&ended->findings);
    episodes_free(&ended->episodes);
    correlations_free(&ended->correlations);
    revisions_free(&ended->revisions);
    decider_take_dropped(ended, NULL, NULL);
    free(ended->dropped);
    sources_free(&ended->sources);
    free(ended);
    *decider = NULL;
}

static struct alert *append_alert(struct output output)
{
    struct alert_list *list = output.list;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct alert *items = arena_array(output.arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count++];
}

/* What is shown of an episode, with texts that outlive the alert. */
struct shown {
    struct signal opening;
    struct span correlation;
};

static void emit(struct output output, enum alert_status status, const struct episode *episode,
                 const struct shown *shown)
{
    *append_alert(output) = (struct alert){
        .sequence = output.sequence,
        .log_sequence = episode->newest_sequence,
        .ordinal = (uint32_t)status,
        .status = status,
        .id = episode->alert_id,
        .count = episode->count,
        .opened_us = shown->opening.event_time_us,
        .first_us = episode->first_us,
        .last_us = episode->last_us,
        .correlation = shown->correlation,
        .signal = shown->opening,
    };
}

/* The opening signal with its texts in the arena: the episode may be gone before the alert is
 * read. */
static struct shown copy_shown(const struct episode *episode, struct arena *arena)
{
    struct signal copy = episode->opening;
    copy.policy_id = arena_copy(arena, copy.policy_id);
    copy.group_key = arena_copy(arena, copy.group_key);
    copy.severity = arena_copy(arena, copy.severity);
    copy.source = arena_copy(arena, copy.source);
    copy.body = arena_copy(arena, copy.body);
    return (struct shown){copy, arena_copy(arena, episode->correlation)};
}

static void resolve(struct decider *decider, struct episode *episode, struct output output)
{
    struct shown shown = copy_shown(episode, output.arena);
    emit(output, ALERT_RESOLVED, episode, &shown);
    episodes_close(decider->episodes, episode);
    decider->counts.resolved++;
}

/* 10, 100, 1,000, ... findings are told. */
static bool is_milestone(uint64_t count)
{
    while (count >= 10 && count % 10 == 0) {
        count /= 10;
    }
    return count == 1;
}

static void join(struct decider *decider, struct episode *episode, const struct signal *signal,
                 struct output output)
{
    episode->count++;
    episode->newest_sequence = output.sequence;
    if (signal->event_time_us < episode->first_us) {
        episode->first_us = signal->event_time_us;
    }
    if (signal->event_time_us > episode->last_us) {
        episode->last_us = signal->event_time_us;
    }
    decider->counts.suppressed++;
    if (episode->opening.summary && is_milestone(episode->count)) {
        struct shown shown = copy_shown(episode, output.arena);
        emit(output, ALERT_UPDATED, episode, &shown);
    }
}

/* The values of an episode that its opening signal gives. */
static void begin(struct episode *episode, const struct signal *signal, struct output output)
{
    episode->alert_id = alert_id(signal->policy_id, signal->group_key, &signal->finding);
    episode->count = 1;
    episode->newest_sequence = output.sequence;
    episode->first_us = signal->event_time_us;
    episode->last_us = signal->event_time_us;
}

/* A single episode may exceed the bound in bytes: else nothing could be opened. */
static bool is_over_bounds(const struct episodes *episodes)
{
    return episodes_count(episodes) > DECIDE_EPISODES_MAX ||
           (episodes_bytes(episodes) > DECIDE_EPISODE_BYTES_MAX && episodes_count(episodes) > 1);
}

/* What an alert says of a correlation; empty of other findings. Long: written where an alert opens,
 * not for each finding that joins one. */
static struct span contribution_of(const struct decider *decider, const struct found *found,
                                   struct arena *arena)
{
    return found->firing
               ? contribution_write(found->signal->correlation, found->firing,
                                    decider->sources, arena)
               : span_of(NULL, 0);
}

static void open(struct decider *decider, const struct found *found, struct output output)
{
    const struct signal *signal = found->signal;
    const struct shown shown = {*signal, contribution_of(decider, found, output.arena)};
    struct episode alone = {0}; /* of a policy whose findings are alerts of their own */
    struct episode *episode = &alone;
    if (signal->episode_us > 0) {
        uint32_t clock = sources_clock(decider->sources, found->source);
        episode = episodes_open(decider->episodes, signal, shown.correlation, clock);
    }
    begin(episode, signal, output);
    emit(output, ALERT_OPENED, episode, &shown);
    decider->counts.opened++;
    /* What would end first is closed early and counted: memory stays bounded, and people are
     * told. */
    while (is_over_bounds(decider->episodes)) {
        resolve(decider, episodes_next_of_all(decider->episodes), output);
        decider->counts.closed_early++;
    }
}

static enum decide_outcome take_finding(struct decider *decider, const struct found *found,
                                        struct output output)
{
    const struct signal *signal = found->signal;
    struct episode *episode =
        signal->episode_us > 0 ? episodes_find(decider->episodes, signal) : NULL;
    if (episode && signal->event_time_us < episode->end_us) {
        join(decider, episode, signal, output);
        return DECIDE_JOINED;
    }
    /* Past the episode's end in event time, which the watermark has not reached yet. */
    if (episode) {
        resolve(decider, episode, output);
    }
    open(decider, found, output);
    return DECIDE_OPENED;
}

/* What holds now that the lowest watermark has come so far, one finding; false: there is none. */
static bool take_overdue(struct decider *decider, int64_t watermark_us, struct output output)
{
    struct correlate_finding due;
    if (!correlations_next(decider->correlations, watermark_us, output.arena, &due)) {
        return false;
    }
    struct found found = {.signal = &due.signal, .firing = &due.firing};
    found.source = sources_intern(decider->sources, due.signal.source);
    if (found.source < SOURCES_MAX) {
        (void)take_finding(decider, &found, output);
    }
    return true;
}

/* What a source's time brings about, and which episodes it ends, in the order of time: the same
 * whether it comes in one step or in many, of which a partition hears but some. A finding comes
 * first where an episode ends with it. */
static void pass_time(struct decider *decider, uint32_t source, struct output output)
{
    uint32_t clock = sources_clock(decider->sources, source);
    int64_t watermark_us = sources_watermark(decider->sources, source);
    int64_t low_us = sources_low(decider->sources);
    bool ends = true;
    while (ends) {
        struct episode *next = episodes_next(decider->episodes, clock);
        ends = next && next->end_us <= watermark_us;
        if (take_overdue(decider, ends && next->end_us < low_us ? next->end_us : low_us, output)) {
            ends = true; /* it may have opened an episode, or ended one */
        } else if (ends) {
            resolve(decider, next, output);
        }
    }
}

/* What a signal tells of its source: how far it has come. */
static void hear(struct decider *decider, uint32_t source, const struct signal *signal,
                 struct output output)
{
    sources_expect(decider->sources, source, signal->partitions);
    sources_hear(decider->sources, source, signal->watermark_us, signal->idle);
    if (decider->input == DECIDE_REPEATS) {
        decider_hear_revision(decider, source, signal);
        sources_raise(decider->sources, source, signal->offset);
    }
    pass_time(decider, source, output);
    findings_sweep(decider->findings, source);
}

static enum decide_outcome fold_correlated(struct decider *decider, struct found found,
                                           struct output output)
{
    struct operator_firing firing = {0};
    enum correlate_answer answer =
        correlations_apply(decider->correlations, found.signal, found.source,
                           sources_low(decider->sources), &decider->counts.evicted, &firing);
    switch (answer) {
    case CORRELATE_KEPT: decider->counts.kept++; return DECIDE_KEPT;
    case CORRELATE_LATE: decider->counts.late++; return DECIDE_LATE;
    case CORRELATE_UNKNOWN: decider->counts.refused++; return DECIDE_REFUSED;
    case CORRELATE_FIRED: break;
    }
    found.firing = &firing;
    return take_finding(decider, &found, output);
}

static enum decide_outcome fold_finding(struct decider *decider, const struct signal *signal,
                                        uint32_t source, struct output output)
{
    struct found found = {.signal = signal, .source = source};
    if (findings_add(decider->findings, signal, source, &decider->counts.forgotten) ==
        FINDINGS_REPEATED) {
        decider->counts.duplicates++;
        return DECIDE_DUPLICATE;
    }
    bool correlated = signal->kind == SIGNAL_MATCH && signal->correlation.len > 0;
    return correlated ? fold_correlated(decider, found, output)
                      : take_finding(decider, &found, output);
}

void decider_foresee(struct decider *decider, const struct signal *signal)
{
    _Static_assert((int)DECIDE_AHEAD == (int)CORRELATE_AHEAD, "the same");
    findings_foresee(decider->findings, signal);
    if (signal->correlation.len > 0) {
        correlations_foresee(decider->correlations, signal);
    }
}

enum decide_outcome decider_fold(struct decider *decider, const struct signal *signal,
                                 struct arena *arena, struct alert_list *out)
{
    struct output output = {arena, out, signal->sequence};
    bool is_tick = signal->kind == SIGNAL_TICK;
    if (signal->kind == SIGNAL_STATES) {
        return decider_hear_states(decider, signal, arena);
    }
    uint32_t source = sources_intern(decider->sources, signal->source);
    if (source == SOURCES_MAX) {
        decider->counts.refused++;
        return DECIDE_REFUSED;
    }
    /* First what has ended by this signal's watermark, so that the signal cannot join it. */
    if (is_tick || decider->input == DECIDE_ONCE) {
        hear(decider, source, signal, output);
    }
    if (is_tick) {
        return DECIDE_TICKED;
    }
    decider->counts.folded++;
    if (signal->offset < sources_floor(decider->sources, source)) {
        decider->counts.below_floor++;
        return DECIDE_DUPLICATE;
    }
    return fold_finding(decider, signal, source, output);
}

bool decider_is_due(const struct decider *decider, struct span source, int64_t watermark_us)
{
    uint32_t number = sources_find(decider->sources, source);
    if (number == sources_count(decider->sources)) {
        return false;
    }
    const struct episode *next =
        episodes_next(decider->episodes, sources_clock(decider->sources, number));
    return next && next->end_us <= watermark_us;
}

int64_t decider_due_us(const struct decider *decider)
{
    return correlations_due_us(decider->correlations);
}

uint64_t decider_floor(const struct decider *decider, struct span source)
{
    uint32_t number = sources_find(decider->sources, source);
    bool known = number < sources_count(decider->sources);
    return known ? sources_floor(decider->sources, number) : 0;
}

struct decide_counts decider_take_counts(struct decider *decider)
{
    struct decide_counts counts = decider->counts;
    decider->counts = (struct decide_counts){0};
    return counts;
}

size_t decider_open_count(const struct decider *decider)
{
    return episodes_count(decider->episodes);
}

size_t decider_group_count(const struct decider *decider)
{
    return correlations_count(decider->correlations);
}

size_t decider_group_bytes(const struct decider *decider)
{
    return correlations_bytes(decider->correlations);
}

void decider_look(const struct decider *decider, correlate_state_fn each, void *context)
{
    correlations_look(decider->correlations, sources_low(decider->sources), each, context);
}

size_t decider_finding_count(const struct decider *decider)
{
    return findings_count(decider->findings);
}
