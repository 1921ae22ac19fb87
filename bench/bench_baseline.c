/* Measures what a value costs the baseline detector: score, alert, learn; with and without the half
 * hours of a day, over one series and over many in turn.
 *
 *   bench_baseline [VALUES]
 *
 * Processor time; the least of five passes. Prints bytes of a series too. */
#include "engine/baseline/series.h"
#include "seconds.h"

#include <stdio.h>
#include <stdlib.h>

enum { PASSES = 5, MANY = 100000 };

struct subject {
    struct series *series;
    struct season *seasons; /* NULL: without */
    size_t count;
};

static double next_value(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*random >> 40) / 65536.0;
}

static uint64_t pass(const struct subject *subject, size_t values)
{
    uint64_t random = 1;
    uint64_t alerts = 0;
    int64_t time_us = 0;
    for (size_t i = 0; i < values; i++) {
        size_t place = i % subject->count;
        struct series *series = &subject->series[place];
        struct season *season = subject->seasons ? &subject->seasons[place] : NULL;
        struct series_score score = series_score(series, season, next_value(&random), time_us);
        if (series_alerts(series, score.score)) {
            series_mark_alert(series, score.score);
            alerts++;
        }
        series_learn(series, season, &score);
        time_us += place + 1 == subject->count ? 60000000 : 0;
    }
    return alerts;
}

static void measure(const char *name, size_t count, bool has_season, size_t values)
{
    double least = 1e9;
    uint64_t alerts = 0;
    size_t bytes = 0;
    for (int i = 0; i < PASSES; i++) {
        struct subject subject = {calloc(count, sizeof *subject.series), NULL, count};
        subject.seasons = has_season ? calloc(count, sizeof *subject.seasons) : NULL;
        if (!subject.series || (has_season && !subject.seasons)) {
            exit(2);
        }
        double begin = seconds_cpu();
        alerts = pass(&subject, values);
        double seconds = seconds_cpu() - begin;
        least = seconds < least ? seconds : least;
        for (size_t place = 0; has_season && place < count; place++) {
            bytes += season_bytes(&subject.seasons[place]);
            season_release(&subject.seasons[place]);
        }
        free(subject.series);
        free(subject.seasons);
    }
    bytes = sizeof(struct series) + (has_season ? sizeof(struct season) : 0) +
            bytes / (PASSES * count);
    printf("%-32s %8.1f ns a value %6zu bytes a series %8llu alerts\n", name,
           1e9 * least / (double)values, bytes, (unsigned long long)alerts);
}

int main(int argc, char **argv)
{
    size_t values = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000000;
    measure("one series, with its season", 1, true, values);
    measure("one series, without", 1, false, values);
    measure("100,000 series, with season", MANY, true, values);
    measure("100,000 series, without", MANY, false, values);
    return 0;
}
