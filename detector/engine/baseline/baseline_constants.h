/* baseline_constants.h: every number of the baseline detector. They were chosen once and frozen:
 * tests/unit/engine/test_series.c fails when one changes, because scores, alerts and saved states
 * mean something else then. None is to be tuned on labelled data. */
#ifndef ENGINE_BASELINE_BASELINE_CONSTANTS_H
#define ENGINE_BASELINE_BASELINE_CONSTANTS_H

/* Six ways to look at a value, each with an envelope of its own. */
#define BASELINE_WEIGHT_VALUE 0.5  /* the value */
#define BASELINE_WEIGHT_JUMP 0.5   /* compressed, against its own mean before */
#define BASELINE_WEIGHT_SEASON 1.0 /* against what is usual at this time of day */
#define BASELINE_WEIGHT_LEVEL 1.0  /* the mean of about 30 */
#define BASELINE_WEIGHT_BURST 0.5  /* the mean of about 3 against that of about 80 */
#define BASELINE_WEIGHT_LOG 0.5    /* the value, compressed */

/* Means forget over so many records. */
#define BASELINE_MEAN_SHORT 3.0
#define BASELINE_MEAN_LONG 80.0
#define BASELINE_MEAN_LEVEL 30.0
#define BASELINE_MEAN_LOG 80.0

/* An envelope narrows towards its middle over so many records, its middle follows over so many. */
#define BASELINE_ENVELOPE_RECORDS 20000.0
#define BASELINE_MIDDLE_RECORDS 450.0
/* It judges from the first record on that comes after so many. */
#define BASELINE_WARM_UP_RECORDS 20
/* What its width is at least, so that a flat line has one: a share of all that was seen, or of
 * itself where the view is compressed. */
#define BASELINE_FLOOR_SHARE 0.001
#define BASELINE_FLOOR 1e-12
#define BASELINE_FLOOR_COMPRESSED 1e-9

/* The season: half hours of a day, of weekdays and of weekends. */
#define BASELINE_SLOT_SECONDS 1800
#define BASELINE_SLOTS 48
#define BASELINE_DAY_CLASSES 2
#define BASELINE_SEASON_RATE 0.2
/* Until then it is learned, but nothing is judged by it. */
#define BASELINE_SEASON_LEARNING_SECONDS 86400

/* Alerts: from this score on; then not for so many records, unless so many times the last score. */
#define BASELINE_THRESHOLD 0.035
#define BASELINE_HOLD_RECORDS 120
#define BASELINE_HOLD_FACTOR 2.0

/* Silent records are learned one by one up to here; the rest at once, the season up to a week. */
#define BASELINE_SILENT_RECORDS 48
#define BASELINE_SILENT_SEASON_SECONDS 604800

/* A group without an event is forgotten after so long: 30 days. */
#define BASELINE_FORGET_SECONDS 2592000

/* A value beyond is taken for this one. */
#define BASELINE_VALUE_MAX 1e30

#endif
