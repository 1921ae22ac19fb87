/* group_counts.h: what is remembered of each policy's correlation, summed over the partitions that
 * this process owns, as gauges. */
#ifndef APP_GROUP_COUNTS_H
#define APP_GROUP_COUNTS_H

#include "base/metric.h"

struct group_count {
    size_t groups;
    size_t learning; /* of them: not known for long enough to fire */
    size_t bytes;
};

struct group_counts;

/* Of partitions 0 to parts - 1; on the heap. One thread uses it. */
struct group_counts *group_counts_new(size_t parts);
/* Sets *counts to NULL. */
void group_counts_free(struct group_counts **counts);
/* What was said of a partition does not hold any more. */
void group_counts_begin(struct group_counts *counts, size_t part);
/* There is so much of a policy in a partition, beside what was added of both. Of METRIC_SERIES_MAX
 * policies; what is added of others is passed over. */
void group_counts_add(struct group_counts *counts, size_t part, struct span policy_id,
                      struct group_count count);
/* Sets the gauges, and hides those of policies of which nothing is remembered. */
void group_counts_tell(const struct group_counts *counts, struct metrics *metrics);

#endif
