/* Feeds series of numbers to the baseline detector, and prints what it says of each value.
 *
 *   series season          a new series with half hours; `series plain`: without
 *   value TIME_US NUMBER   prints "SCORE ABOVE ALERT VIEW LOW HIGH"; from VIEW on - unless the
 *                          score is one to alert by
 *   silence TIME_US STEP_US COUNT
 *   restart                it is saved, and loaded into a new one
 * Numbers as strtod reads them; printed so that they read back the same. */
#include "engine/baseline/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct probe {
    struct series series;
    struct season season;
    bool has_season;
};

static void fail(const char *line)
{
    fprintf(stderr, "baseline_probe: not understood: %s\n", line);
    exit(1);
}

static void begin(struct probe *probe, const char *kind)
{
    season_release(&probe->season);
    *probe = (struct probe){.has_season = strcmp(kind, "season") == 0};
}

static struct season *season_of(struct probe *probe)
{
    return probe->has_season ? &probe->season : NULL;
}

static void take(struct probe *probe, int64_t time_us, double value)
{
    struct series *series = &probe->series;
    struct series_score score = series_score(series, season_of(probe), value, time_us);
    bool alerts = series_alerts(series, score.score);
    printf("%.17g %.17g %d", score.score, score.score_above, alerts);
    if (score.score >= BASELINE_THRESHOLD) {
        struct series_expected expected = series_expected(series, &score, false);
        printf(" %.*s %.17g %.17g\n", SPAN_ARG(series_view_name(expected.view)), expected.low,
               expected.high);
    } else {
        printf(" - - -\n");
    }
    if (alerts) {
        series_mark_alert(series, score.score);
    }
    series_learn(series, season_of(probe), &score);
}

static void restart(struct probe *probe)
{
    struct buf bytes = {0};
    series_save(&probe->series, season_of(probe), &bytes);
    struct unpacker from = {.rest = buf_view(&bytes)};
    struct probe loaded = {.has_season = probe->has_season};
    series_load(&loaded.series, season_of(&loaded), &from);
    if (from.failed || from.rest.len > 0) {
        fail("restart");
    }
    season_release(&probe->season);
    *probe = loaded;
    buf_deinit(&bytes);
}

static void obey(struct probe *probe, const char *line)
{
    char word[16];
    int64_t time_us;
    int64_t step_us;
    uint64_t count;
    char number[64];
    if (sscanf(line, "value %" SCNd64 " %63s", &time_us, number) == 2) {
        take(probe, time_us, strtod(number, NULL));
    } else if (sscanf(line, "series %15s", word) == 1) {
        begin(probe, word);
    } else if (sscanf(line, "silence %" SCNd64 " %" SCNd64 " %" SCNu64, &time_us, &step_us,
                      &count) == 3) {
        series_learn_silence(&probe->series, season_of(probe), time_us, step_us, count);
    } else if (strcmp(line, "restart\n") == 0) {
        restart(probe);
    } else {
        fail(line);
    }
}

int main(void)
{
    static struct probe probe;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        obey(&probe, line);
    }
    season_release(&probe.season);
    free(line);
    return 0;
}
