/* app_count.h: what the stages did, told to the metrics. NULL for metrics does nothing. */
#ifndef APP_COUNT_H
#define APP_COUNT_H

#include "app/health/app_metrics.h"
#include "aws/aws_client.h"
#include "port/store.h"

/* The records of one source, as far as they are durable. */
void app_count_ledger(struct metrics *metrics, struct span source,
                      const struct store_ledger *ledger);
/* One of a policy's counters: a name that evaluate_counter_name gives, "suppressed" or
 * "duplicate". */
void app_count_policy(struct metrics *metrics, struct span policy_id, struct span counter,
                      uint64_t count);
/* Matches that are held back at now_us, the oldest since since_us (with none, anything). */
void app_count_held(struct metrics *metrics, size_t count, int64_t since_us, int64_t now_us);
/* One alert that became durable at now_us. */
void app_count_alert(struct metrics *metrics, const struct alert *alert, int64_t now_us);
/* All of a batch that was committed at now_us. */
void app_count_batch(struct metrics *metrics, const struct store_batch *batch, int64_t now_us);
/* What a client of AWS did until now; `part` is the source's or sink's name. */
void app_count_aws(struct metrics *metrics, struct span part, const struct aws_stats *stats);
/* A part had to begin anew, or the process to end. */
void app_count_fatal(struct metrics *metrics, struct span part, int64_t now_us);

#endif
