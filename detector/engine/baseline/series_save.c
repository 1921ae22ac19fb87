/* series_save.c: a series as bytes: all bits of it, in an order that stays. */
#include "engine/baseline/series.h"

#include "engine/baseline/hyperbolic.h"

#include <math.h>

/* -- numbers */

static void pack_double(struct buf *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    pack_u64(out, bits);
}

static double unpack_double(struct unpacker *from)
{
    uint64_t bits = unpack_u64(from);
    double number;
    memcpy(&number, &bits, sizeof number);
    /* a mean may lie beyond its values by rounding alone */
    unpack_expect(from, isfinite(number) && fabs(number) <= 4 * BASELINE_VALUE_MAX);
    return from->failed ? 0 : number;
}

/* Compressed values are below asinh(BASELINE_VALUE_MAX), differences of them below twice that:
 * beyond, there would be no value to tell. */
static bool is_compressed(double number)
{
    return fabs(number) <= 2 * hyperbolic_asinh(BASELINE_VALUE_MAX);
}

static bool compressed_are_sound(const struct series *series)
{
    bool sound = is_compressed(series->mean_log);
    for (size_t view = 0; view < SERIES_VIEWS; view++) {
        const struct series_envelope *envelope = &series->views[view];
        sound &= envelope->lowest <= envelope->highest &&
                 (!series_view_is_compressed((enum series_view)view) ||
                  (is_compressed(envelope->lowest) && is_compressed(envelope->middle) &&
                   is_compressed(envelope->highest)));
    }
    return sound;
}

/* -- all of it */

/* The numbers that are not counted, in the order in which they are saved. */
enum { DOUBLES = 8 };

static void list_doubles(struct series *series, double *list[DOUBLES])
{
    double *all[DOUBLES] = {&series->alerted_score, &series->mean_short, &series->mean_long,
                            &series->mean_level,    &series->mean_log,   &series->first,
                            &series->lowest,        &series->highest};
    memcpy(list, all, sizeof all);
}

void series_save(const struct series *series, const struct season *season,
                 struct buf *out)
{
    struct series copy = *series;
    double *doubles[DOUBLES];
    list_doubles(&copy, doubles);
    pack_u32(out, series->count);
    pack_u32(out, series->season_count);
    pack_u32(out, series->alerted_record);
    pack_i64(out, series->since_us);
    pack_i64(out, series->exceeded_us);
    for (size_t i = 0; i < DOUBLES; i++) {
        pack_double(out, *doubles[i]);
    }
    for (size_t i = 0; i < SERIES_VIEWS; i++) {
        pack_double(out, series->views[i].highest);
        pack_double(out, series->views[i].lowest);
        pack_double(out, series->views[i].middle);
    }
    if (season) {
        season_save(season, out);
    }
}

void series_load(struct series *series, struct season *season, struct unpacker *from)
{
    double *doubles[DOUBLES];
    list_doubles(series, doubles);
    series->count = unpack_u32(from);
    series->season_count = unpack_u32(from);
    series->alerted_record = unpack_u32(from);
    series->since_us = unpack_i64(from);
    series->exceeded_us = unpack_i64(from);
    for (size_t i = 0; i < DOUBLES; i++) {
        *doubles[i] = unpack_double(from);
    }
    for (size_t i = 0; i < SERIES_VIEWS; i++) {
        series->views[i].highest = unpack_double(from);
        series->views[i].lowest = unpack_double(from);
        series->views[i].middle = unpack_double(from);
    }
    /* an early alert is of the record that comes next */
    unpack_expect(from, series->count > 0 && series->count < UINT32_MAX &&
                            series->season_count <= series->count &&
                            series->alerted_record <= series->count + 1 &&
                            series->lowest <= series->highest && compressed_are_sound(series));
    if (season) {
        season_load(season, from);
    }
}
