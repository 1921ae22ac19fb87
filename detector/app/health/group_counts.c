/* group_counts.c: a row a policy, in the order in which they were met, a column a partition. */
#include "app/health/group_counts.h"

#include "app/health/app_metrics.h"
#include "base/check.h"

#include <stdlib.h>

struct row {
    struct span policy_id;      /* owned */
    struct group_count *counts; /* of each partition */
};

struct group_counts {
    size_t parts;
    size_t count;
    struct row rows[METRIC_SERIES_MAX];
};

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

struct group_counts *group_counts_new(size_t parts)
{
    struct group_counts *counts = zeroed(1, sizeof *counts);
    counts->parts = parts;
    return counts;
}

void group_counts_free(struct group_counts **counts)
{
    struct group_counts *ended = *counts;
    for (size_t i = 0; ended && i < ended->count; i++) {
        free((char *)(uintptr_t)ended->rows[i].policy_id.ptr);
        free(ended->rows[i].counts);
    }
    free(ended);
    *counts = NULL;
}

void group_counts_begin(struct group_counts *counts, size_t part)
{
    check(part < counts->parts);
    for (size_t i = 0; i < counts->count; i++) {
        counts->rows[i].counts[part] = (struct group_count){0};
    }
}

static struct row *add_row(struct group_counts *counts, struct span policy_id)
{
    struct row *row = &counts->rows[counts->count++];
    char *copy = zeroed(policy_id.len, 1);
    if (policy_id.len > 0) {
        memcpy(copy, policy_id.ptr, policy_id.len);
    }
    row->policy_id = span_of(copy, policy_id.len);
    row->counts = zeroed(counts->parts, sizeof *row->counts);
    return row;
}

/* NULL when there are too many. */
static struct row *row_of(struct group_counts *counts, struct span policy_id)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (span_equals(counts->rows[i].policy_id, policy_id)) {
            return &counts->rows[i];
        }
    }
    return counts->count < METRIC_SERIES_MAX ? add_row(counts, policy_id) : NULL;
}

void group_counts_add(struct group_counts *counts, size_t part, struct span policy_id,
                      struct group_count count)
{
    struct row *row = row_of(counts, policy_id);
    check(part < counts->parts);
    if (row) {
        row->counts[part].groups += count.groups;
        row->counts[part].learning += count.learning;
        row->counts[part].bytes += count.bytes;
    }
}

static void tell(struct metrics *metrics, enum app_metric metric, const struct row *row,
                 size_t value, bool shown)
{
    struct metric *series = metric_of1(metrics, metric, row->policy_id);
    if (shown) {
        metric_set(series, (double)value);
    } else {
        metric_hide(series);
    }
}

void group_counts_tell(const struct group_counts *counts, struct metrics *metrics)
{
    for (size_t i = 0; i < counts->count; i++) {
        const struct row *row = &counts->rows[i];
        struct group_count sum = {0};
        for (size_t part = 0; part < counts->parts; part++) {
            sum.groups += row->counts[part].groups;
            sum.learning += row->counts[part].learning;
            sum.bytes += row->counts[part].bytes;
        }
        tell(metrics, METRIC_GROUPS, row, sum.groups, sum.groups > 0);
        tell(metrics, METRIC_GROUPS_LEARNING, row, sum.learning, sum.groups > 0);
        tell(metrics, METRIC_GROUPS_BYTES, row, sum.bytes, sum.groups > 0);
    }
}
