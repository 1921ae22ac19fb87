/* series.h: one series of numbers and what is usual in it. Each value is seen in six ways; each way
 * has an envelope, the highest and lowest lately, and scores how far beyond it a value lies. No
 * distribution is assumed, and what is expected can be said in units of the value.
 *
 * A function of the values and times alone: the same on every machine, whatever the clock. */
#ifndef ENGINE_BASELINE_SERIES_H
#define ENGINE_BASELINE_SERIES_H

#include "base/span.h"
#include "engine/baseline/season.h"

enum series_view {
    SERIES_VALUE,  /* highest or lowest lately */
    SERIES_JUMP,   /* a sudden change of ratio */
    SERIES_SEASON, /* not usual at this time of day */
    SERIES_LEVEL,  /* a lasting shift */
    SERIES_BURST,  /* a short burst, or lull, against the long mean */
    SERIES_LOG,    /* as SERIES_VALUE, but small values count too */
};
enum { SERIES_VIEWS = 6 };
/* Its numbers are of asinh of the values. */
static inline bool series_view_is_compressed(enum series_view view)
{
    return view == SERIES_JUMP || view == SERIES_LOG;
}
/* A few words for a person: "not usual at this time of day". */
struct span series_view_text(enum series_view view);
/* "value", "jump", "season", "level", "burst", "log". */
struct span series_view_name(enum series_view view);

struct series_envelope {
    double highest;
    double lowest;
    double middle;
};

/* Zeroed: nothing is known. All members but the first are defined once there is a record. */
struct series {
    uint32_t count;          /* records learned */
    uint32_t season_count;   /* of them those of a half hour that was known */
    uint32_t alerted_record; /* number of the last one that alerted; 0: none */
    double alerted_score;
    double mean_short;
    double mean_long;
    double mean_level;
    double mean_log;
    double first; /* values of the season are kept relative to it */
    double lowest;
    double highest;
    int64_t since_us;    /* time of the first record */
    int64_t exceeded_us; /* time of the newest one with an alert's score; 0: none */
    struct series_envelope views[SERIES_VIEWS];
};

/* A value against a series, before it is learned. */
struct series_score {
    double value; /* bounded to BASELINE_VALUE_MAX */
    int64_t time_us;
    double score;
    double score_above; /* of what lies above its envelope alone */
    double views[SERIES_VIEWS];
    double over[SERIES_VIEWS]; /* weighted; above 0: beyond the highest; below: the lowest */
    bool has_season;
    double usual; /* at this time of day */
    size_t slot;
    double compressed;
    double mean_short; /* the means with the value */
    double mean_long;
    double mean_level;
};

/* What was expected of a value, as one view has it; in units of the value, which lies outside. */
struct series_expected {
    double low;
    double high;
    enum series_view view;
};

/* Scores a value without learning it. `season`: NULL for a series without. The value is a number
 * (not NaN); infinities are bounded. `score_above` of a part of a value that only grows is at most
 * that of the whole. */
struct series_score series_score(const struct series *series, const struct season *season,
                                 double value, int64_t time_us);
/* The score is one to alert by: high enough, and not held down by an alert shortly before. */
bool series_alerts(const struct series *series, double score);
/* It was alerted by: the next ones are held down. Before the value is learned. */
void series_mark_alert(struct series *series, double score);
/* What was expected instead, of a score above 0, by the view that is exceeded most; `above`: by
 * those exceeded upwards. */
struct series_expected series_expected(const struct series *series,
                                       const struct series_score *score, bool above);
/* Takes the scored value in, after series_mark_alert if it alerted. */
void series_learn(struct series *series, struct season *season,
                  const struct series_score *score);
/* Learns `count` zeros from `time_us` on, `step_us` apart, at once and without scores: means and
 * season end where they would; envelopes do not age. There was a record. */
void series_learn_silence(struct series *series, struct season *season, int64_t time_us,
                          int64_t step_us, uint64_t count);

/* How far a series has come. */
enum series_learning {
    SERIES_LEARNING,        /* too few records: nothing is scored yet */
    SERIES_LEARNING_SEASON, /* scored, but by the time of day only when the first day is over */
    SERIES_LEARNED,
};
/* `time_us`: of its newest record. */
enum series_learning series_learning(const struct series *series,
                                     const struct season *season, int64_t time_us);

/* All bits of it; and back: `failed` unless it is a series with a record. */
void series_save(const struct series *series, const struct season *season,
                 struct buf *out);
void series_load(struct series *series, struct season *season, struct unpacker *from);

#endif
