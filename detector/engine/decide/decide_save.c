/* decide_save.c: a decider as bytes, and back. Version 4:
 *
 *   "DWDECIDE", version u32, input u8
 *   sources       count u32, then each: name, watermark i64, idle u8, floor u64; how far all have
 *                 come i64; with floors, of each topic as first heard of: partitions u32
 *   findings      count u64, then each, by source and age
 *   episodes      count u64, then each, by source and end
 *   correlations  count u32, then each policy, by state: groups, by their last events
 *   revisions     count u32, then each, as they were named: its states
 *
 * Earlier versions are still read: 3 does not say how many partitions topics have; 2 does not know
 * of idle sources, says not how far all have come, nor ids of policies and revisions, and writes
 * events of groups in another way; 1 has no correlations, nor what episodes say of them.
 * All is in an order that follows from the log alone, and what is read is refused unless it stands
 * in that order: so bytes that are taken give the same bytes again. */
#include "base/check.h"
#include "engine/decide/decider.h"
#include "engine/decide/packer.h"

#include <stdlib.h>

enum {
    VERSION = 4,
    VERSION_WITHOUT_TOPICS = 3,
    VERSION_WITHOUT_IDLE = 2,
    VERSION_WITHOUT_CORRELATIONS = 1,
};
static const struct span magic = {"DWDECIDE", 8};

/* -- saving */

static void save_sources(const struct decider *decider, struct buf *out)
{
    const struct sources *sources = decider->sources;
    pack_u32(out, sources_count(sources));
    for (uint32_t i = 0; i < sources_count(sources); i++) {
        bool is_clock = sources_clock(sources, i) == i;
        pack_text(out, sources_name(sources, i));
        pack_i64(out, is_clock ? sources_watermark(sources, i) : INT64_MIN);
        pack_u8(out, is_clock && sources_is_idle(sources, i));
        pack_u64(out, sources_floor(sources, i));
    }
    pack_i64(out, sources_low(sources));
    for (uint32_t i = 0; i < sources_topic_count(sources); i++) {
        pack_u32(out, sources_topic_partitions(sources, i));
    }
}

static void save_findings(const struct decider *decider, struct buf *out)
{
    const struct findings *findings = decider->findings;
    pack_u64(out, findings_count(findings));
    for (uint32_t source = 0; source < sources_count(decider->sources); source++) {
        const struct finding *each = findings_next(findings, source, NULL);
        for (; each; each = findings_next(findings, source, each)) {
            pack_u32(out, each->source);
            pack_digest(out, &each->state_id);
            pack_digest(out, &each->finding);
            pack_u32(out, each->fan_index);
            pack_i64(out, each->forgotten_us);
            pack_u64(out, each->offset);
            pack_u64(out, each->sequence);
        }
    }
}

static void save_opening(const struct decider *decider, const struct signal *signal,
                         struct buf *out)
{
    pack_u64(out, signal->sequence);
    pack_u8(out, (uint8_t)signal->kind);
    pack_u32(out, signal->fan_index);
    pack_text(out, signal->policy_id);
    pack_digest(out, &signal->policy_version);
    pack_digest(out, &signal->state_id);
    pack_digest(out, &signal->finding);
    pack_text(out, signal->group_key);
    pack_text(out, signal->severity);
    pack_u32(out, sources_find(decider->sources, signal->source));
    pack_u64(out, signal->offset);
    pack_i64(out, signal->event_time_us);
    pack_i64(out, signal->watermark_us);
    pack_i64(out, signal->detected_us);
    pack_i64(out, signal->horizon_us);
    pack_i64(out, signal->episode_us);
    pack_u8(out, signal->summary);
    pack_text(out, signal->body);
}

static void save_episodes(const struct decider *decider, struct buf *out)
{
    size_t count = episodes_count(decider->episodes);
    const struct episode **list = calloc(count + 1, sizeof *list);
    if (!list) {
        check_memory_exhausted((count + 1) * sizeof *list);
    }
    episodes_list(decider->episodes, list);
    pack_u64(out, count);
    for (size_t i = 0; i < count; i++) {
        save_opening(decider, &list[i]->opening, out);
        pack_text(out, list[i]->correlation);
        pack_u64(out, list[i]->count);
        pack_u64(out, list[i]->newest_sequence);
        pack_i64(out, list[i]->first_us);
        pack_i64(out, list[i]->last_us);
    }
    free(list);
}

void decider_save(const struct decider *decider, struct buf *out)
{
    buf_append(out, magic);
    pack_u32(out, VERSION);
    pack_u8(out, (uint8_t)decider->input);
    save_sources(decider, out);
    save_findings(decider, out);
    save_episodes(decider, out);
    correlations_save(decider->correlations, out);
    revisions_save(decider->revisions, out);
}

/* -- loading */

static void load_source(struct sources *sources, struct unpacker *from, uint32_t version)
{
    struct span name = unpack_text(from, SIGNAL_TEXT_BYTES_MAX);
    int64_t watermark_us = unpack_i64(from);
    uint8_t idle = version > VERSION_WITHOUT_IDLE ? unpack_u8(from) : 0;
    uint64_t floor = unpack_u64(from);
    if (from->failed) {
        return;
    }
    uint32_t count = sources_count(sources);
    uint32_t number = sources_intern(sources, name);
    unpack_expect(from, number == count && idle <= 1); /* else it stood there already */
    bool is_clock = number == count && sources_clock(sources, number) == number;
    unpack_expect(from, is_clock || (watermark_us == INT64_MIN && idle == 0));
    if (!from->failed) {
        sources_restore(sources, number, watermark_us, idle == 1);
        sources_raise(sources, number, floor);
    }
}

/* What was heard of says already which topics there are. */
static void load_topics(struct sources *sources, struct unpacker *from, uint32_t version)
{
    uint32_t count = version > VERSION_WITHOUT_TOPICS ? sources_topic_count(sources) : 0;
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        sources_restore_topic(sources, i, unpack_u32(from));
    }
}

static void load_sources(struct decider *decider, struct unpacker *from, uint32_t version)
{
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count <= SOURCES_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        load_source(decider->sources, from, version);
    }
    int64_t low_us = version > VERSION_WITHOUT_IDLE ? unpack_i64(from) : INT64_MIN;
    load_topics(decider->sources, from, version);
    if (!from->failed) {
        sources_restore_low(decider->sources, low_us);
        unpack_expect(from, version <= VERSION_WITHOUT_IDLE ||
                                sources_low(decider->sources) == low_us);
    }
}

static void load_findings(struct decider *decider, struct unpacker *from)
{
    uint64_t count = unpack_u64(from);
    uint32_t source = 0;
    for (uint64_t i = 0; i < count && !from->failed; i++) {
        struct finding finding = {.source = unpack_u32(from)};
        finding.state_id = unpack_digest(from);
        finding.finding = unpack_digest(from);
        finding.fan_index = unpack_u32(from);
        finding.forgotten_us = unpack_i64(from);
        finding.offset = unpack_u64(from);
        finding.sequence = unpack_u64(from);
        unpack_expect(from, finding.source >= source &&
                                finding.source < sources_count(decider->sources));
        if (!from->failed) {
            source = finding.source;
            unpack_expect(from, findings_restore(decider->findings, &finding));
        }
    }
}

/* The signal that opened an episode; *source: its number. */
static struct signal load_opening(const struct decider *decider, struct unpacker *from,
                                  uint32_t *source)
{
    struct signal signal = {.sequence = unpack_u64(from)};
    signal.kind = (enum signal_kind)unpack_u8(from);
    signal.fan_index = unpack_u32(from);
    signal.policy_id = unpack_text(from, SIGNAL_TEXT_BYTES_MAX);
    signal.policy_version = unpack_digest(from);
    signal.state_id = unpack_digest(from);
    signal.finding = unpack_digest(from);
    signal.group_key = unpack_text(from, SIGNAL_GROUP_KEY_BYTES_MAX);
    signal.severity = unpack_text(from, SIGNAL_TEXT_BYTES_MAX);
    *source = unpack_u32(from);
    signal.offset = unpack_u64(from);
    signal.event_time_us = unpack_i64(from);
    signal.watermark_us = unpack_i64(from);
    signal.detected_us = unpack_i64(from);
    signal.horizon_us = unpack_i64(from);
    signal.episode_us = unpack_i64(from);
    uint8_t summary = unpack_u8(from);
    signal.summary = summary == 1;
    signal.body = unpack_text(from, SIGNAL_BODY_BYTES_MAX);
    unpack_expect(from, summary <= 1 && signal.kind < SIGNAL_TICK && signal.episode_us > 0 &&
                            *source < sources_count(decider->sources));
    return signal;
}

/* Opens one saved episode, which stands behind `previous`; NULL when it cannot be. */
static const struct episode *load_episode(struct decider *decider, struct unpacker *from,
                                          uint32_t version, const struct episode *previous)
{
    uint32_t source = 0;
    struct signal opening = load_opening(decider, from, &source);
    struct span correlation = version == VERSION_WITHOUT_CORRELATIONS
                                  ? span_of(NULL, 0)
                                  : unpack_text(from, SIGNAL_BODY_BYTES_MAX);
    uint64_t count = unpack_u64(from);
    uint64_t newest_sequence = unpack_u64(from);
    int64_t first_us = unpack_i64(from);
    int64_t last_us = unpack_i64(from);
    unpack_expect(from, !from->failed && !episodes_find(decider->episodes, &opening));
    if (from->failed) {
        return NULL;
    }
    opening.source = sources_name(decider->sources, source);
    struct episode *episode =
        episodes_open(decider->episodes, &opening, correlation,
                      sources_clock(decider->sources, source));
    episode->alert_id = alert_id(opening.policy_id, opening.group_key, &opening.finding);
    episode->count = count;
    episode->newest_sequence = newest_sequence;
    episode->first_us = first_us;
    episode->last_us = last_us;
    unpack_expect(from, !previous || episodes_compare(previous, episode) < 0);
    return episode;
}

static void load_episodes(struct decider *decider, struct unpacker *from, uint32_t version)
{
    uint64_t count = unpack_u64(from);
    const struct episode *previous = NULL;
    for (uint64_t i = 0; i < count && !from->failed; i++) {
        previous = load_episode(decider, from, version, previous);
    }
}

static enum status load_header(struct unpacker *from, uint32_t *version, uint8_t *input,
                               const char **problem)
{
    if (!span_starts_with(from->rest, magic)) {
        *problem = "this is no state of a decider";
        return STATUS_INVALID;
    }
    from->rest = span_of(from->rest.ptr + magic.len, from->rest.len - magic.len);
    *version = unpack_u32(from);
    *input = unpack_u8(from);
    if (!from->failed && *version > VERSION) {
        *problem = "it was written by a later version";
        return STATUS_UNAVAILABLE;
    }
    unpack_expect(from, *version >= VERSION_WITHOUT_CORRELATIONS && *input <= DECIDE_REPEATS);
    *problem = from->failed ? "its beginning is damaged" : *problem;
    return from->failed ? STATUS_INVALID : STATUS_OK;
}

enum status decider_load(struct span bytes, const char **problem, struct decider **out)
{
    struct unpacker from = {.rest = bytes};
    uint32_t version = 0;
    uint8_t input = 0;
    enum status status = load_header(&from, &version, &input, problem);
    if (status != STATUS_OK) {
        return status;
    }
    struct decider *decider = decider_new((enum decide_input)input);
    load_sources(decider, &from, version);
    load_findings(decider, &from);
    load_episodes(decider, &from, version);
    from.version = version;
    if (version != VERSION_WITHOUT_CORRELATIONS) {
        correlations_load(decider->correlations, sources_count(decider->sources), &from);
    }
    if (version > VERSION_WITHOUT_IDLE) {
        revisions_load(decider->revisions, &from);
    }
    unpack_expect(&from, from.rest.len == 0);
    if (from.failed) {
        decider_free(&decider);
        *problem = "it is damaged";
        return STATUS_INVALID;
    }
    *out = decider;
    return STATUS_OK;
}
