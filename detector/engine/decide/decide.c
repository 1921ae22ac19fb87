/* decide.c: one signal at a time: dropped as a repeat, joined to an open episode, or the start of
 * one; episodes end when the watermark has passed their end. */
#include "engine/decide/decide.h"

#include "base/check.h"
#include "engine/decide/episodes.h"
#include "engine/decide/findings.h"

#include <stdlib.h>

struct decider {
    struct findings *findings;
    struct episodes *episodes;
    struct span *sources; /* names, in the order heard of; as many as a configuration has */
    size_t source_count;
    struct decide_counts counts;
};

/* Where the alerts of one fold go. */
struct output {
    struct arena *arena;
    struct alert_list *list;
    uint64_t sequence; /* of the signal folded */
};

uint32_t decide_partition(const struct signal *signal)
{
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, signal->policy_id);
    digest_field(&state, signal->group_key);
    struct digest digest = digest_finish(&state);
    return digest.bytes[0] % DECIDE_PARTITIONS;
}

struct decider *decider_new(void)
{
    struct decider *decider = calloc(1, sizeof *decider);
    if (!decider) {
        check_memory_exhausted(sizeof *decider);
    }
    decider->findings = findings_new(DECIDE_FINDINGS_MAX);
    decider->episodes = episodes_new();
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
    for (size_t i = 0; i < ended->source_count; i++) {
        free((char *)(uintptr_t)ended->sources[i].ptr);
    }
    free(ended->sources);
    free(ended);
    *decider = NULL;
}

/* The number of a source; source_count when it was never heard of. */
static uint32_t source_number(const struct decider *decider, struct span name)
{
    size_t number = 0;
    while (number < decider->source_count && !span_equals(decider->sources[number], name)) {
        number++;
    }
    return (uint32_t)number;
}

static uint32_t source_intern(struct decider *decider, struct span name)
{
    uint32_t number = source_number(decider, name);
    if (number < decider->source_count) {
        return number;
    }
    struct span *sources = realloc(decider->sources, (number + 1) * sizeof *sources);
    char *copy = malloc(name.len + 1);
    if (!sources || !copy) {
        check_memory_exhausted((number + 1) * sizeof *sources + name.len);
    }
    if (name.len) {
        memcpy(copy, name.ptr, name.len);
    }
    sources[number] = span_of(copy, name.len);
    decider->sources = sources;
    decider->source_count++;
    return number;
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

/* `shown`: the opening signal, with texts that outlive the alert. */
static void emit(struct output output, enum alert_status status, const struct episode *episode,
                 const struct signal *shown)
{
    *append_alert(output) = (struct alert){
        .sequence = output.sequence,
        .log_sequence = episode->newest_sequence,
        .ordinal = (uint32_t)status,
        .status = status,
        .id = episode->alert_id,
        .count = episode->count,
        .opened_us = shown->event_time_us,
        .first_us = episode->first_us,
        .last_us = episode->last_us,
        .signal = *shown,
    };
}

/* The opening signal with its texts in the arena: the episode may be gone before the alert is
 * read. */
static struct signal copy_opening(const struct episode *episode, struct arena *arena)
{
    struct signal copy = episode->opening;
    copy.policy_id = arena_copy(arena, copy.policy_id);
    copy.group_key = arena_copy(arena, copy.group_key);
    copy.severity = arena_copy(arena, copy.severity);
    copy.source = arena_copy(arena, copy.source);
    copy.body = arena_copy(arena, copy.body);
    return copy;
}

static void resolve(struct decider *decider, struct episode *episode, struct output output)
{
    struct signal shown = copy_opening(episode, output.arena);
    emit(output, ALERT_RESOLVED, episode, &shown);
    episodes_close(decider->episodes, episode);
    decider->counts.resolved++;
}

static void close_ended(struct decider *decider, uint32_t source, int64_t watermark_us,
                        struct output output)
{
    struct episode *next = episodes_next(decider->episodes, source);
    while (next && next->end_us <= watermark_us) {
        resolve(decider, next, output);
        next = episodes_next(decider->episodes, source);
    }
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
    episode->newest_sequence = signal->sequence;
    if (signal->event_time_us < episode->first_us) {
        episode->first_us = signal->event_time_us;
    }
    if (signal->event_time_us > episode->last_us) {
        episode->last_us = signal->event_time_us;
    }
    decider->counts.suppressed++;
    if (episode->opening.summary && is_milestone(episode->count)) {
        struct signal shown = copy_opening(episode, output.arena);
        emit(output, ALERT_UPDATED, episode, &shown);
    }
}

/* The values of an episode that its opening signal gives. */
static void begin(struct episode *episode, const struct signal *signal)
{
    episode->alert_id = alert_id(signal->policy_id, signal->group_key, &signal->finding);
    episode->count = 1;
    episode->newest_sequence = signal->sequence;
    episode->first_us = signal->event_time_us;
    episode->last_us = signal->event_time_us;
}

/* A single episode may exceed the bound in bytes: else nothing could be opened. */
static bool is_over_bounds(const struct episodes *episodes)
{
    return episodes_count(episodes) > DECIDE_EPISODES_MAX ||
           (episodes_bytes(episodes) > DECIDE_EPISODE_BYTES_MAX && episodes_count(episodes) > 1);
}

static void open(struct decider *decider, const struct signal *signal, uint32_t source,
                 struct output output)
{
    struct episode alone = {0}; /* of a policy whose findings are alerts of their own */
    struct episode *episode = &alone;
    if (signal->episode_us > 0) {
        episode = episodes_open(decider->episodes, signal, source);
    }
    begin(episode, signal);
    emit(output, ALERT_OPENED, episode, signal);
    decider->counts.opened++;
    /* What would end first is closed early and counted: memory stays bounded, and people are
     * told. */
    while (is_over_bounds(decider->episodes)) {
        resolve(decider, episodes_next_of_all(decider->episodes), output);
        decider->counts.closed_early++;
    }
}

static enum decide_outcome fold_finding(struct decider *decider, const struct signal *signal,
                                        uint32_t source, struct output output)
{
    if (findings_add(decider->findings, signal, source, &decider->counts.forgotten) ==
        FINDINGS_REPEATED) {
        decider->counts.duplicates++;
        return DECIDE_DUPLICATE;
    }
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
    open(decider, signal, source, output);
    return DECIDE_OPENED;
}

enum decide_outcome decider_fold(struct decider *decider, const struct signal *signal,
                                 struct arena *arena, struct alert_list *out)
{
    struct output output = {arena, out, signal->sequence};
    uint32_t source = source_intern(decider, signal->source);
    /* First what has ended by this signal's watermark, so that the signal cannot join it. */
    close_ended(decider, source, signal->watermark_us, output);
    findings_advance(decider->findings, source, signal->watermark_us);
    if (signal->kind == SIGNAL_TICK) {
        return DECIDE_TICKED;
    }
    decider->counts.folded++;
    return fold_finding(decider, signal, source, output);
}

bool decider_is_due(const struct decider *decider, struct span source, int64_t watermark_us)
{
    const struct episode *next =
        episodes_next(decider->episodes, source_number(decider, source));
    return next && next->end_us <= watermark_us;
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
