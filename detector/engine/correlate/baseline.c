/* baseline.c: events gather in buckets of event time. A bucket is closed once the watermark has
 * passed its end and the lateness allowed; it is judged, then learned. Before that it may alert as
 * soon as it holds more than was expected. A bucket without events counts as 0 where that is a
 * measure. */
#include "engine/correlate/baseline.h"

#include "base/check.h"
#include "engine/correlate/buckets.h"

#include <math.h>
#include <stdio.h>

enum { MICROSECONDS = 1000000, LINE_BYTES = 64 };

/* Times beyond are taken for these: differences and sums of any two stay numbers. */
static const int64_t TIME_MAX = INT64_C(4000000000000000000);
static const int64_t FORGET_US = (int64_t)BASELINE_FORGET_SECONDS * MICROSECONDS;

struct baseline {
    struct buckets open;
    int64_t next_us;          /* start of the first bucket that is not learned */
    int64_t newest_us;        /* start of the newest bucket that has an event */
    uint32_t silent;          /* buckets learned as zeros since there was one with an event, at
                                 most BASELINE_SILENT_RECORDS */
    bool begun;               /* there was an event */
    struct series series;
    struct season season;
    struct bucket_event last; /* of the last bucket learned that had one */
};

static int64_t floored(int64_t time_us, int64_t bucket_us)
{
    time_us = time_us > TIME_MAX ? TIME_MAX : time_us;
    time_us = time_us < -TIME_MAX ? -TIME_MAX : time_us;
    return (time_us / bucket_us - (time_us % bucket_us < 0)) * bucket_us;
}

/* A bucket without events is a zero of the measure, not nothing. */
static bool counts_silence(const struct correlation *rule)
{
    return rule->metric == METRIC_EVENT_COUNT || rule->metric == METRIC_SUM ||
           rule->metric == METRIC_DISTINCT;
}

/* The next thing to be closed is a bucket without events. */
static bool is_silence_due(const struct baseline *baseline, const struct correlation *rule)
{
    bool empty = baseline->open.count == 0 || baseline->open.items[0].start_us > baseline->next_us;
    return empty && counts_silence(rule) && baseline->silent < BASELINE_SILENT_RECORDS;
}

/* -- what an alert says */

/* With as few digits as tell it apart from what was observed. */
static struct decimal readable(double number, double observed)
{
    enum { DIGITS_MIN = 3, DIGITS_MAX = 17, TEXT_SIZE = 32 };
    struct decimal rounded = {0};
    for (int digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
        char text[TEXT_SIZE];
        snprintf(text, sizeof text, "%.*E", digits - 1, number);
        enum status status = decimal_parse(span_view(text), &rounded);
        check(status == STATUS_OK);
        if (fabs(decimal_to_double(rounded) - number) <= 0.01 * fabs(observed - number)) {
            break;
        }
    }
    return rounded;
}

static void tell_expected(const struct baseline *baseline, const struct series_score *score,
                          bool above, struct operator_firing *out)
{
    const struct series *series = &baseline->series;
    struct series_expected expected = series_expected(series, score, above);
    if (series->lowest >= 0 && expected.low < 0 && expected.high >= 0) {
        expected.low = 0;
    }
    out->since_us = series->since_us;
    out->expected = (struct operator_expected){
        .low = readable(expected.low, score->value),
        .high = readable(expected.high, score->value),
        .view = series_view_name(expected.view),
        .reason = series_view_text(expected.view),
        .learned = series->count,
        .exceeded_us = series->exceeded_us,
        .season_learned =
            series_learning(series, &baseline->season, score->time_us) == SERIES_LEARNED,
    };
}

static void tell_bucket(const struct bucket *bucket, const struct correlation *rule,
                        struct operator_firing *out)
{
    out->value = bucket_value(bucket, rule->metric);
    out->approximate = bucket_is_approximate(bucket, rule->metric);
    out->event_count = bucket->event_count;
    out->from_us = bucket_events(bucket)[0].time_us;
    out->to_us = bucket->newest.time_us;
    out->listed = bucket->listed_count;
    for (size_t i = 0; i < out->listed; i++) {
        out->events[i] = bucket_listed(&bucket_events(bucket)[i]);
    }
    out->shown_us = bucket->shown_us;
    out->shown_sequence = bucket->shown_sequence;
}

/* Names the last event before, so that an alert has one to show. */
static void tell_silence(const struct baseline *baseline, const struct correlation *rule,
                         struct operator_firing *out)
{
    out->value = decimal_from_int(0);
    out->from_us = baseline->next_us;
    out->to_us = baseline->next_us + rule->timespan_us;
    out->listed = 1;
    out->events[0] = bucket_listed(&baseline->last);
    out->shown_us = baseline->last.time_us;
    out->shown_sequence = baseline->last.sequence;
}

/* -- closing */

/* Judges the bucket that is next, and learns it. `alerted`: the score it was alerted by before it
 * was closed. True when it alerts: *out says what was expected. */
static bool judge(struct baseline *baseline, double value, double alerted,
                  struct operator_firing *out)
{
    struct series *series = &baseline->series;
    struct series_score score =
        series_score(series, &baseline->season, value, baseline->next_us);
    if (alerted > 0) { /* what comes after is held down from its own place on */
        series_mark_alert(series, alerted);
    }
    bool alerts = series_alerts(series, score.score);
    if (alerts) {
        tell_expected(baseline, &score, false, out);
        series_mark_alert(series, score.score);
    }
    series_learn(series, &baseline->season, &score);
    return alerts;
}

static bool close_silence(struct baseline *baseline, const struct correlation *rule,
                          struct operator_firing *out)
{
    bool alerts = judge(baseline, 0, 0, out);
    if (alerts) {
        tell_silence(baseline, rule, out);
    }
    baseline->silent++;
    buckets_trim(&baseline->open);
    return alerts;
}

static bool close_bucket(struct baseline *baseline, const struct correlation *rule,
                         struct operator_firing *out)
{
    const struct bucket *bucket = &baseline->open.items[0];
    double value = bucket_number(bucket, rule->metric);
    bool alerts = judge(baseline, value, bucket->alerted_score, out);
    if (alerts) {
        tell_bucket(bucket, rule, out);
    }
    baseline->last = bucket->newest;
    baseline->silent = 0;
    buckets_drop_first(&baseline->open);
    return alerts;
}

/* Buckets from the next one up to a time, of which nobody need be told. */
static void learn_silence(const struct baseline *baseline, const struct correlation *rule,
                          int64_t until_us, struct series *series, struct season *season)
{
    if (counts_silence(rule) && series->count > 0) {
        uint64_t count = (uint64_t)((until_us - baseline->next_us) / rule->timespan_us);
        series_learn_silence(series, season, baseline->next_us, rule->timespan_us, count);
    }
}

static bool close_next(struct baseline *baseline, const struct correlation *rule,
                       struct operator_firing *out)
{
    bool alerts;
    if (is_silence_due(baseline, rule)) {
        alerts = close_silence(baseline, rule, out);
    } else {
        int64_t start_us = baseline->open.items[0].start_us;
        learn_silence(baseline, rule, start_us, &baseline->series, &baseline->season);
        baseline->next_us = start_us;
        alerts = close_bucket(baseline, rule, out);
    }
    baseline->next_us += rule->timespan_us;
    out->closed_us = baseline->next_us;
    return alerts;
}

/* The watermark at which the next bucket is closed; INT64_MAX when none is waited for. */
static int64_t close_due_us(const struct baseline *baseline, const struct correlation *rule)
{
    if (is_silence_due(baseline, rule)) {
        return correlation_end_us(rule, baseline->next_us);
    }
    return baseline->open.count ? correlation_end_us(rule, baseline->open.items[0].start_us)
                                : INT64_MAX;
}

/* The watermark at which a group without open buckets is forgotten. */
static int64_t forget_due_us(const struct baseline *baseline, const struct correlation *rule)
{
    int64_t end_us = correlation_end_us(rule, baseline->newest_us);
    return end_us < INT64_MAX - 1 - FORGET_US ? end_us + FORGET_US : INT64_MAX - 1;
}

static int64_t baseline_due_us(const void *memory, const struct correlation *rule)
{
    const struct baseline *baseline = memory;
    if (!baseline->begun) {
        return INT64_MAX;
    }
    int64_t close_us = close_due_us(baseline, rule);
    int64_t forget_us = baseline->open.count ? INT64_MAX : forget_due_us(baseline, rule);
    return close_us < forget_us ? close_us : forget_us;
}

static void baseline_release(void *memory)
{
    struct baseline *baseline = memory;
    buckets_release(&baseline->open);
    season_release(&baseline->season);
}

static bool baseline_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                             struct operator_firing *out)
{
    struct baseline *baseline = memory;
    bool alerts = false;
    while (!alerts && baseline->begun && baseline_due_us(baseline, rule) <= watermark_us) {
        bool waits = baseline->open.count > 0 || is_silence_due(baseline, rule);
        if (waits && close_due_us(baseline, rule) <= watermark_us) {
            alerts = close_next(baseline, rule, out);
        } else {
            baseline_release(baseline); /* there are no open buckets */
            *baseline = (struct baseline){0};
        }
    }
    return alerts;
}

/* -- events */

static int64_t baseline_late_us(const struct correlation *rule, const struct operator_event *event)
{
    return correlation_end_us(rule, floored(event->time_us, rule->timespan_us));
}

/* The group was silent for so long before a running bucket that nobody waited. */
static bool is_back(const struct baseline *baseline, const struct bucket *bucket)
{
    return baseline->silent == BASELINE_SILENT_RECORDS && bucket == baseline->open.items;
}

/* What a running bucket is judged by: the group as of the last bucket closed; where it is back, a
 * copy of it that knows of the silence. `copy` is zeroed; its season is to be released. */
static const struct baseline *as_of(const struct baseline *baseline,
                                    const struct correlation *rule, const struct bucket *bucket,
                                    struct baseline *copy)
{
    if (!is_back(baseline, bucket)) {
        return baseline;
    }
    *copy = *baseline;
    copy->season = season_copy(&baseline->season);
    learn_silence(baseline, rule, bucket->start_us, &copy->series, &copy->season);
    return copy;
}

static bool is_calm(const struct baseline *baseline, const struct bucket *bucket, double value)
{
    const struct bucket_calm *calm = &bucket->calm;
    return calm->learned == baseline->series.count && calm->silent == is_back(baseline, bucket) &&
           value <= calm->until;
}

/* From which score on a bucket alerts before it is closed, or less. */
static double early_score(const struct bucket *bucket)
{
    return bucket->alerted_score > 0 ? BASELINE_HOLD_FACTOR * bucket->alerted_score
                                     : BASELINE_THRESHOLD;
}

/* The next value to be tried: the highest lately, which most buckets do not exceed; else between
 * the last that would not alert and the first that would. */
static double next_probe(const struct bucket_calm *calm, const struct baseline *known)
{
    double highest = known->series.views[SERIES_VALUE].highest;
    if (calm->until < highest && highest < calm->not_until) {
        return highest;
    }
    double twice = 2 * calm->until + 1;
    return twice < calm->not_until ? twice : (calm->until + calm->not_until) / 2;
}

/* A larger value has no smaller score: where one that is not there yet would not alert, the next
 * events need not be scored until there are as many. */
static void foresee_calm(const struct baseline *baseline, const struct baseline *known,
                         struct bucket *bucket, const struct series_score *score)
{
    enum { PROBES_MAX = 16 };
    const double calm_score = 0.99 * early_score(bucket); /* far from where rounding matters */
    struct bucket_calm *calm = &bucket->calm;
    bool silent = is_back(baseline, bucket);
    if (calm->learned != baseline->series.count || calm->silent != silent) {
        *calm = (struct bucket_calm){.learned = baseline->series.count, .silent = silent,
                                     .not_until = INFINITY};
    }
    if (score->score_above >= calm_score) {
        return;
    }
    calm->until = score->value;
    if (bucket->event_count == 1 || calm->probes == PROBES_MAX) { /* most have no other */
        return;
    }
    double probe = next_probe(calm, known);
    double above =
        series_score(&known->series, &known->season, probe, bucket->start_us).score_above;
    *(above < calm_score ? &calm->until : &calm->not_until) = probe;
    calm->probes++;
}

/* Before it is closed: it holds more already than was expected of the whole. */
static bool alerts_early(struct baseline *baseline, const struct correlation *rule,
                         struct bucket *bucket, struct operator_firing *out)
{
    double value = bucket_number(bucket, rule->metric);
    if (baseline->series.count < BASELINE_WARM_UP_RECORDS ||
        !bucket_only_grows(bucket, rule->metric) || is_calm(baseline, bucket, value)) {
        return false;
    }
    struct baseline copy = {0};
    const struct baseline *known = as_of(baseline, rule, bucket, &copy);
    struct series_score score =
        series_score(&known->series, &known->season, value, bucket->start_us);
    bool alerts = bucket->alerted_score > 0 ? score.score_above > early_score(bucket)
                                            : series_alerts(&known->series, score.score_above);
    if (alerts) {
        tell_expected(known, &score, true, out);
        bucket->alerted_score = score.score_above;
        bucket->calm = (struct bucket_calm){0};
        series_mark_alert(&baseline->series, score.score_above);
        if (bucket->start_us > baseline->series.exceeded_us) {
            baseline->series.exceeded_us = bucket->start_us;
        }
        tell_bucket(bucket, rule, out);
    } else {
        foresee_calm(baseline, known, bucket, &score);
    }
    season_release(&copy.season);
    return alerts;
}

static bool baseline_apply(void *memory, const struct correlation *rule,
                           const struct operator_event *event, struct operator_firing *out)
{
    struct baseline *baseline = memory;
    int64_t start_us = floored(event->time_us, rule->timespan_us);
    if (!baseline->begun || (baseline->series.count == 0 && start_us < baseline->next_us)) {
        baseline->next_us = start_us;
    }
    baseline->newest_us =
        !baseline->begun || start_us > baseline->newest_us ? start_us : baseline->newest_us;
    baseline->begun = true;
    struct bucket *bucket =
        start_us < baseline->next_us ? NULL : buckets_at(&baseline->open, start_us);
    if (!bucket) { /* closed when the watermark was further, or too many are open */
        out->forgotten = 1;
        out->not_shown = true;
        return false;
    }
    out->not_shown = bucket->event_count > 0;
    buckets_add(&baseline->open, bucket, rule->metric, event);
    return alerts_early(baseline, rule, bucket, out);
}

/* -- the rest */

/* Silence is told by the event before. */
/* Silence shows the last event before it, however much came behind it by then. */
static int64_t baseline_shows_from_us(const void *memory, const struct correlation *rule)
{
    const struct baseline *baseline = memory;
    bool silent = is_silence_due(baseline, rule);
    if (!baseline->begun || !(silent || baseline->open.count > 0)) {
        return INT64_MAX;
    }
    return silent && baseline->last.time_us < baseline->next_us ? baseline->last.time_us
                                                                : baseline->next_us;
}

static bool baseline_is_learning(const void *memory, const struct correlation *rule,
                                 int64_t watermark_us)
{
    (void)watermark_us;
    return baseline_state(memory, rule).learning == SERIES_LEARNING;
}

static size_t baseline_bytes(const void *memory)
{
    const struct baseline *baseline = memory;
    return buckets_bytes(&baseline->open) + season_bytes(&baseline->season);
}

static void baseline_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct baseline *baseline = memory;
    pack_i64(out, baseline->next_us);
    pack_i64(out, baseline->newest_us);
    pack_u8(out, baseline->series.count > 0);
    if (baseline->series.count > 0) {
        pack_u8(out, (uint8_t)baseline->silent);
        bucket_save_event(&baseline->last, out);
        series_save(&baseline->series, &baseline->season, out);
    }
    buckets_save(&baseline->open, rule, out);
}

static void baseline_load(void *memory, const struct correlation *rule, uint32_t source_count,
                          struct unpacker *from)
{
    struct baseline *baseline = memory;
    baseline->next_us = unpack_i64(from);
    baseline->newest_us = unpack_i64(from);
    uint8_t has_learned = unpack_u8(from);
    if (has_learned == 1) {
        baseline->silent = unpack_u8(from);
        baseline->last = bucket_load_event(source_count, from);
        series_load(&baseline->series, &baseline->season, from);
    }
    buckets_load(&baseline->open, rule, source_count, from);
    const struct buckets *open = &baseline->open;
    unpack_expect(from, has_learned <= 1 && (has_learned == 1 || open->count > 0) &&
                            baseline->silent <= BASELINE_SILENT_RECORDS &&
                            baseline->next_us == floored(baseline->next_us, rule->timespan_us) &&
                            baseline->newest_us == floored(baseline->newest_us,
                                                           rule->timespan_us));
    for (size_t i = 0; i < open->count; i++) {
        int64_t start_us = open->items[i].start_us;
        unpack_expect(from, start_us >= baseline->next_us && start_us <= baseline->newest_us &&
                                start_us == floored(start_us, rule->timespan_us));
    }
    baseline->begun = true;
}

static void baseline_foresee(const void *memory, unsigned char tag, bool near)
{
    const struct baseline *baseline = memory;
    (void)tag;
    if (near) {
        return;
    }
    for (size_t place = 0; place < sizeof *baseline; place += LINE_BYTES) {
        __builtin_prefetch((const char *)memory + place);
    }
    __builtin_prefetch(baseline->open.items);
    __builtin_prefetch((const char *)baseline->open.items + 2 * LINE_BYTES);
}

struct baseline_state baseline_state(const void *memory, const struct correlation *rule)
{
    const struct baseline *baseline = memory;
    (void)rule;
    return (struct baseline_state){
        .learning = series_learning(&baseline->series, &baseline->season, baseline->newest_us),
        .buckets = baseline->series.count,
        .since_us = baseline->series.since_us,
        .exceeded_us = baseline->series.exceeded_us,
    };
}

const struct operator_type baseline_operator = {
    .memory_size = sizeof(struct baseline),
    .late_us = baseline_late_us,
    .apply = baseline_apply,
    .due_us = baseline_due_us,
    .advance = baseline_advance,
    .shows_from_us = baseline_shows_from_us,
    .is_learning = baseline_is_learning,
    .bytes = baseline_bytes,
    .save = baseline_save,
    .load = baseline_load,
    .foresee = baseline_foresee,
    .release = baseline_release,
};
