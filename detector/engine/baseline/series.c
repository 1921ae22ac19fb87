/* series.c: the views of a value, their envelopes, and what follows from both. */
#include "engine/baseline/series.h"

#include "base/check.h"
#include "engine/baseline/hyperbolic.h"

#include <math.h>

enum { MICROSECONDS = 1000000 };

static const struct {
    struct span name;
    struct span text;
    double weight;
} views[SERIES_VIEWS] = {
    [SERIES_VALUE] = {{"value", 5}, {"beyond the highest or lowest lately", 35},
                      BASELINE_WEIGHT_VALUE},
    [SERIES_JUMP] = {{"jump", 4}, {"a sudden jump against the records before", 40},
                     BASELINE_WEIGHT_JUMP},
    [SERIES_SEASON] = {{"season", 6}, {"not usual at this time of day", 29},
                       BASELINE_WEIGHT_SEASON},
    [SERIES_LEVEL] = {{"level", 5}, {"a lasting shift of the level", 28}, BASELINE_WEIGHT_LEVEL},
    [SERIES_BURST] = {{"burst", 5}, {"a burst or lull against the long mean", 37},
                      BASELINE_WEIGHT_BURST},
    [SERIES_LOG] = {{"log", 3}, {"out of proportion to all lately", 31}, BASELINE_WEIGHT_LOG},
};

struct span series_view_text(enum series_view view)
{
    return views[view].text;
}

struct span series_view_name(enum series_view view)
{
    return views[view].name;
}

/* -- means */

/* By how much of the difference a mean follows its record number `count`. */
static double rate(double records, uint32_t count)
{
    return count < records ? 1.0 / count : 1.0 / records;
}

static double followed(double mean, double value, double records, uint32_t count)
{
    return mean + rate(records, count) * (value - mean);
}

/* -- scores */

static double bounded(double value)
{
    value = value > BASELINE_VALUE_MAX ? BASELINE_VALUE_MAX : value;
    return value < -BASELINE_VALUE_MAX ? -BASELINE_VALUE_MAX : value;
}

static void see(const struct series *series, const struct season *season,
                struct series_score *out)
{
    uint32_t count = series->count + 1;
    double value = out->value;
    double log_before = series->count ? series->mean_log : out->compressed;
    out->mean_short = followed(series->count ? series->mean_short : value, value,
                               BASELINE_MEAN_SHORT, count);
    out->mean_long = followed(series->count ? series->mean_long : value, value,
                              BASELINE_MEAN_LONG, count);
    out->mean_level = followed(series->count ? series->mean_level : value, value,
                               BASELINE_MEAN_LEVEL, count);
    out->has_season = season && season_mean(season, out->slot, &out->usual);
    out->usual += series->first;
    out->views[SERIES_VALUE] = value;
    out->views[SERIES_JUMP] = out->compressed - log_before;
    out->views[SERIES_SEASON] = out->has_season ? value - out->usual : 0;
    out->views[SERIES_LEVEL] = out->mean_level;
    out->views[SERIES_BURST] = out->mean_short - out->mean_long;
    out->views[SERIES_LOG] = out->compressed;
}

/* Records that a view has learned. */
static uint32_t view_count(const struct series *series, size_t view)
{
    return view == SERIES_SEASON ? series->season_count : series->count;
}

static double floor_width(const struct series *series, size_t view, double value)
{
    const struct series_envelope *envelope = &series->views[view];
    if (series_view_is_compressed((enum series_view)view)) {
        return BASELINE_FLOOR_SHARE * (envelope->highest - envelope->lowest) +
               BASELINE_FLOOR_COMPRESSED;
    }
    double highest = value > series->highest ? value : series->highest;
    double lowest = value < series->lowest ? value : series->lowest;
    return BASELINE_FLOOR_SHARE * (highest - lowest) + BASELINE_FLOOR;
}

/* How far a view lies outside its envelope, in widths of it, weighed. Most do not. */
static double over_of(const struct series *series, size_t view, double seen, double value)
{
    const struct series_envelope *envelope = &series->views[view];
    double beyond = seen > envelope->highest  ? seen - envelope->highest
                    : seen < envelope->lowest ? seen - envelope->lowest
                                              : 0;
    if (beyond == 0) {
        return 0;
    }
    double width = envelope->highest - envelope->lowest + floor_width(series, view, value);
    return views[view].weight * (beyond / width);
}

/* It knows a day. */
static bool has_day(const struct series *series, int64_t time_us)
{
    const int64_t day_us = (int64_t)BASELINE_SEASON_LEARNING_SECONDS * MICROSECONDS;
    return series->count > 0 && time_us - series->since_us >= day_us;
}

/* In the first day a half hour is met for the first time: what is usual in it is not known. */
static bool is_judged(const struct series *series, const struct series_score *score,
                      size_t view)
{
    return view_count(series, view) >= BASELINE_WARM_UP_RECORDS &&
           (view != SERIES_SEASON || (score->has_season && has_day(series, score->time_us)));
}

struct series_score series_score(const struct series *series, const struct season *season,
                                 double value, int64_t time_us)
{
    struct series_score out = {.value = bounded(value), .time_us = time_us};
    double sum = 0;
    double sum_above = 0;
    check(!isnan(value));
    out.slot = season ? season_slot(time_us) : 0;
    out.compressed = hyperbolic_asinh(out.value);
    see(series, season, &out);
    for (size_t view = 0; view < SERIES_VIEWS; view++) {
        if (!is_judged(series, &out, view)) {
            continue;
        }
        double over = over_of(series, view, out.views[view], out.value);
        out.over[view] = over;
        sum += over * over;
        sum_above += over > 0 ? over * over : 0;
    }
    out.score = sqrt(sum);
    out.score_above = sqrt(sum_above);
    return out;
}

/* -- alerts */

bool series_alerts(const struct series *series, double score)
{
    return score >= BASELINE_THRESHOLD &&
           (series->alerted_record == 0 ||
            series->count + 1 - series->alerted_record >= BASELINE_HOLD_RECORDS ||
            score > BASELINE_HOLD_FACTOR * series->alerted_score);
}

void series_mark_alert(struct series *series, double score)
{
    series->alerted_record = series->count + 1;
    series->alerted_score = score;
}

/* -- what was expected */

static enum series_view view_exceeded_most(const struct series_score *score, bool above)
{
    size_t most = 0;
    double most_over = -1;
    for (size_t view = 0; view < SERIES_VIEWS; view++) {
        double over = above ? score->over[view] : fabs(score->over[view]);
        if (over > most_over) {
            most = view;
            most_over = over;
        }
    }
    return (enum series_view)most;
}

/* The value by which a view would have been `seen`. */
static double value_of(const struct series *series, const struct series_score *score,
                       enum series_view view, double seen)
{
    uint32_t count = series->count + 1;
    double value = seen;
    switch (view) {
    case SERIES_VALUE: break;
    case SERIES_JUMP: value = hyperbolic_sinh(series->mean_log + seen); break;
    case SERIES_SEASON: value = score->usual + seen; break;
    case SERIES_LEVEL:
        value = series->mean_level +
                (seen - series->mean_level) / rate(BASELINE_MEAN_LEVEL, count);
        break;
    case SERIES_BURST: {
        double of_short = rate(BASELINE_MEAN_SHORT, count);
        double of_long = rate(BASELINE_MEAN_LONG, count);
        value = (seen - series->mean_short * (1 - of_short) + series->mean_long * (1 - of_long)) /
                (of_short - of_long);
        break;
    }
    case SERIES_LOG: value = hyperbolic_sinh(seen); break;
    }
    return value;
}

struct series_expected series_expected(const struct series *series,
                                       const struct series_score *score, bool above)
{
    enum series_view view = view_exceeded_most(score, above);
    const struct series_envelope *envelope = &series->views[view];
    struct series_expected expected = {
        .view = view,
        .low = value_of(series, score, view, envelope->lowest),
        .high = value_of(series, score, view, envelope->highest),
    };
    /* rounding on the way back must not take in what was outside */
    if (score->over[view] > 0 && expected.high >= score->value) {
        expected.high = nextafter(score->value, -INFINITY);
    } else if (score->over[view] < 0 && expected.low <= score->value) {
        expected.low = nextafter(score->value, INFINITY);
    }
    if (score->over[view] > 0 && expected.low > expected.high) {
        expected.low = expected.high;
    } else if (expected.high < expected.low) {
        expected.high = expected.low;
    }
    return expected;
}

/* -- learning */

static void widen(struct series_envelope *envelope, double seen, uint32_t count)
{
    if (count == 1) {
        *envelope = (struct series_envelope){seen, seen, seen};
        return;
    }
    double records = count < BASELINE_MIDDLE_RECORDS ? count : BASELINE_MIDDLE_RECORDS;
    envelope->middle += (seen - envelope->middle) / records;
    if (seen > envelope->highest) {
        envelope->highest = seen;
    } else {
        envelope->highest -= (envelope->highest - envelope->middle) / BASELINE_ENVELOPE_RECORDS;
    }
    if (seen < envelope->lowest) {
        envelope->lowest = seen;
    } else {
        envelope->lowest += (envelope->middle - envelope->lowest) / BASELINE_ENVELOPE_RECORDS;
    }
}

static void begin(struct series *series, const struct series_score *score)
{
    series->first = score->value;
    series->lowest = score->value;
    series->highest = score->value;
    series->mean_log = score->compressed;
    series->since_us = score->time_us;
}

static void count_up(uint32_t *count, uint64_t by)
{
    *count = by < UINT32_MAX - *count ? *count + (uint32_t)by : UINT32_MAX - 1;
}

void series_learn(struct series *series, struct season *season,
                  const struct series_score *score)
{
    if (series->count == 0) {
        begin(series, score);
    }
    count_up(&series->count, 1);
    count_up(&series->season_count, score->has_season);
    series->mean_short = score->mean_short;
    series->mean_long = score->mean_long;
    series->mean_level = score->mean_level;
    series->mean_log =
        followed(series->mean_log, score->compressed, BASELINE_MEAN_LOG, series->count);
    series->lowest = score->value < series->lowest ? score->value : series->lowest;
    series->highest = score->value > series->highest ? score->value : series->highest;
    for (size_t view = 0; view < SERIES_VIEWS; view++) {
        if (view != SERIES_SEASON || score->has_season) {
            widen(&series->views[view], score->views[view], view_count(series, view));
        }
    }
    if (season) {
        season_learn(season, score->slot, series->first, score->value);
    }
    if (score->score >= BASELINE_THRESHOLD && score->time_us > series->exceeded_us) {
        series->exceeded_us = score->time_us;
    }
}

/* -- silence */

void series_learn_silence(struct series *series, struct season *season, int64_t time_us,
                          int64_t step_us, uint64_t count)
{
    check(series->count > 0 && step_us > 0);
    if (count == 0) {
        return;
    }
    uint64_t but_one = count - 1;
    series->mean_short *= season_power(1 - 1 / BASELINE_MEAN_SHORT, but_one);
    series->mean_long *= season_power(1 - 1 / BASELINE_MEAN_LONG, but_one);
    series->mean_level *= season_power(1 - 1 / BASELINE_MEAN_LEVEL, but_one);
    series->mean_log *= season_power(1 - 1 / BASELINE_MEAN_LOG, but_one);
    count_up(&series->count, but_one);
    if (season) {
        season_learn_zeros(season, series->first, time_us, step_us, but_one);
    }
    /* where the views have come to is nothing new to whoever speaks next */
    struct series_score end =
        series_score(series, season, 0, time_us + (int64_t)but_one * step_us);
    end.score = 0;
    series_learn(series, season, &end);
}

enum series_learning series_learning(const struct series *series,
                                     const struct season *season, int64_t time_us)
{
    if (series->count <= BASELINE_WARM_UP_RECORDS) {
        return SERIES_LEARNING;
    }
    return season && !has_day(series, time_us) ? SERIES_LEARNING_SEASON : SERIES_LEARNED;
}
