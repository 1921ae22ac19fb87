/* backtest_report.h: a backtest for a person, or as data. */
#ifndef APP_BACKTEST_REPORT_H
#define APP_BACKTEST_REPORT_H

#include "app/backtest/backtest.h"

/* Groups and days that the text lists; the data lists all days, and 100 groups. */
enum { BACKTEST_GROUPS_LISTED = 10, BACKTEST_DAYS_LISTED = 31, BACKTEST_GROUPS_TOLD = 100 };

/* Appends a backtest that was finished: of one policy (its place), or of all (policy_count). */
void backtest_write_text(const struct backtest *backtest, size_t only, struct buf *out);
/* The same as one JSON object, with a line feed. */
void backtest_write_json(const struct backtest *backtest, size_t only, struct buf *out);

#endif
