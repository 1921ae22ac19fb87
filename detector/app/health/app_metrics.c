/* app_metrics.c: the table, and the numbers that the operating system knows. */
#include "app/health/app_metrics.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define BOUNDS(name) .bounds = (name), .bound_count = sizeof(name) / sizeof *(name)

/* Upper bounds in seconds: from a batch of a few records to a shard that lags for an hour. */
static const double fast[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10};
static const double slow[] = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600};

const struct metric_row app_metric_rows[APP_METRIC_COUNT] = {
    [METRIC_RECORDS_READ] = {
        .name = "deltaward_records_read_total", .type = METRIC_COUNTER,
        .text = "records taken from a source; read = evaluated + quarantined + skipped, once "
                "they are committed", .labels = {"source"}},
    [METRIC_RECORDS_EVALUATED] = {
        .name = "deltaward_records_evaluated_total", .type = METRIC_COUNTER,
        .text = "records that every active policy was evaluated on", .labels = {"source"}},
    [METRIC_RECORDS_QUARANTINED] = {
        .name = "deltaward_records_quarantined_total", .type = METRIC_COUNTER,
        .text = "records that cannot be read; they are kept with the reason",
        .labels = {"source"}},
    [METRIC_RECORDS_SKIPPED] = {
        .name = "deltaward_records_skipped_total", .type = METRIC_COUNTER,
        .text = "blank lines and records that are no changes of items", .labels = {"source"}},
    [METRIC_RECORDS_PRODUCED] = {
        .name = "deltaward_records_produced_total", .type = METRIC_COUNTER,
        .text = "records that Kafka confirmed", .labels = {"topic"}},
    [METRIC_RECORDS_LOST] = {
        .name = "deltaward_records_lost_total", .type = METRIC_COUNTER,
        .text = "records that were trimmed before they were read", .labels = {"source"}},
    [METRIC_LAG_RECORDS] = {
        .name = "deltaward_lag_records", .type = METRIC_GAUGE,
        .text = "records of a partition that are not read yet", .labels = {"topic", "partition"}},
    [METRIC_ITERATOR_AGE] = {
        .name = "deltaward_iterator_age_seconds", .type = METRIC_GAUGE,
        .text = "how far the last read of a shard was behind its end (MillisBehindLatest)",
        .labels = {"source", "shard"}},
    [METRIC_RECORD_AGE] = {
        .name = "deltaward_record_age_seconds", .type = METRIC_GAUGE,
        .text = "age of the last record of a shard when it was read",
        .labels = {"source", "shard"}},
    [METRIC_SHARDS_OPEN] = {
        .name = "deltaward_shards_open", .type = METRIC_GAUGE,
        .text = "shards that this process reads", .labels = {"source"}},
    [METRIC_SHARDS_ENDED] = {
        .name = "deltaward_shards_ended_total", .type = METRIC_COUNTER,
        .text = "shards that were read to their end, after a split or merge",
        .labels = {"source"}},
    [METRIC_CHECKPOINTS] = {
        .name = "deltaward_checkpoints_total", .type = METRIC_COUNTER,
        .text = "positions of shards that were made durable", .labels = {"source"}},
    [METRIC_DETECTION_DELAY] = {
        .name = "deltaward_detection_delay_seconds", .type = METRIC_HISTOGRAM,
        .text = "from the time of a change to its alert being durable", BOUNDS(slow)},
    [METRIC_BATCH_SECONDS] = {
        .name = "deltaward_batch_seconds", .type = METRIC_HISTOGRAM,
        .text = "from a batch of records in memory to its results being durable", BOUNDS(fast)},
    [METRIC_POLICIES] = {
        .name = "deltaward_policies", .type = METRIC_GAUGE,
        .text = "policies in force"},
    [METRIC_RELOADS] = {
        .name = "deltaward_reloads_total", .type = METRIC_COUNTER,
        .text = "policies and lookups read again, by result (ok, unchanged, refused)",
        .labels = {"result"}},
    [METRIC_MATCHES] = {
        .name = "deltaward_matches_total", .type = METRIC_COUNTER,
        .text = "changes that broke a policy", .labels = {"policy"}},
    [METRIC_EVALUATION_ERRORS] = {
        .name = "deltaward_evaluation_errors_total", .type = METRIC_COUNTER,
        .text = "changes that a policy could not be evaluated on", .labels = {"policy"}},
    [METRIC_SUPPRESSED] = {
        .name = "deltaward_suppressed_total", .type = METRIC_COUNTER,
        .text = "matches that joined an open alert", .labels = {"policy"}},
    [METRIC_DUPLICATES] = {
        .name = "deltaward_duplicates_total", .type = METRIC_COUNTER,
        .text = "matches seen before, of a record that came twice", .labels = {"policy"}},
    [METRIC_POLICY_OUTCOMES] = {
        .name = "deltaward_policy_outcomes_total", .type = METRIC_COUNTER,
        .text = "what else became of changes: evaluated, excepted, shadowed, rounded and "
                "their like, as `docs/POLICIES.md` calls them",
        .labels = {"policy", "outcome"}, .series_max = 5000},
    [METRIC_HELD] = {
        .name = "deltaward_held_matches", .type = METRIC_GAUGE,
        .text = "matches held back now, because a row that they depend on may come late (grace)"},
    [METRIC_HELD_AGE] = {
        .name = "deltaward_held_oldest_seconds", .type = METRIC_GAUGE,
        .text = "since when the oldest match that is held back has been; 0 when there is none"},
    [METRIC_ALERTS] = {
        .name = "deltaward_alerts_total", .type = METRIC_COUNTER,
        .text = "alerts made durable",
        .labels = {"policy", "severity", "status"}, .series_max = 5000},
    [METRIC_UNROUTED] = {
        .name = "deltaward_alerts_unrouted_total", .type = METRIC_COUNTER,
        .text = "alerts that no route takes"},
    [METRIC_DELIVERIES] = {
        .name = "deltaward_deliveries_total", .type = METRIC_COUNTER,
        .text = "alerts that a sink took", .labels = {"sink"}},
    [METRIC_DELIVERY_RETRIES] = {
        .name = "deltaward_delivery_retries_total", .type = METRIC_COUNTER,
        .text = "requests that failed and are tried again: later (it passes) or blocked (a person "
                "must act)", .labels = {"sink", "reason"}},
    [METRIC_DELIVERY_REFUSALS] = {
        .name = "deltaward_delivery_refusals_total", .type = METRIC_COUNTER,
        .text = "alerts that a sink refused for good; they are kept and can be sent again",
        .labels = {"sink"}},
    [METRIC_DELIVERY_SECONDS] = {
        .name = "deltaward_delivery_seconds", .type = METRIC_HISTOGRAM,
        .text = "how long a sink took for one request", .labels = {"sink"}, BOUNDS(slow)},
    [METRIC_OUTBOX_AGE] = {
        .name = "deltaward_outbox_age_seconds", .type = METRIC_GAUGE,
        .text = "age of the oldest alert that a sink has not taken", .labels = {"sink"}},
    [METRIC_OUTBOX_ALERTS] = {
        .name = "deltaward_outbox_alerts", .type = METRIC_GAUGE,
        .text = "alerts that wait for a sink", .labels = {"sink"}},
    [METRIC_ASSIGNED] = {
        .name = "deltaward_assigned_partitions", .type = METRIC_GAUGE,
        .text = "partitions that this process owns", .labels = {"group"}},
    [METRIC_REBALANCES] = {
        .name = "deltaward_rebalances_total", .type = METRIC_COUNTER,
        .text = "changes of the partitions that this process owns", .labels = {"group"}},
    [METRIC_UNOWNED] = {
        .name = "deltaward_unowned_partitions", .type = METRIC_GAUGE,
        .text = "partitions that nobody reads though the group is settled, as this process saw it "
                "last", .labels = {"group"}},
    [METRIC_REJOINS] = {
        .name = "deltaward_group_rejoins_total", .type = METRIC_COUNTER,
        .text = "how often this process left the group and joined anew because of such partitions",
        .labels = {"group"}},
    [METRIC_COMMITS] = {
        .name = "deltaward_commits_total", .type = METRIC_COUNTER,
        .text = "commits of positions, by result (ok, failed)", .labels = {"group", "result"}},
    [METRIC_PRODUCE_FAILURES] = {
        .name = "deltaward_produce_failures_total", .type = METRIC_COUNTER,
        .text = "records that Kafka did not confirm; the assignment ends and begins anew",
        .labels = {"topic"}},
    [METRIC_TICKS] = {
        .name = "deltaward_ticks_total", .type = METRIC_COUNTER,
        .text = "ticks sent to the stage that decides"},
    [METRIC_SNAPSHOTS] = {
        .name = "deltaward_snapshots_total", .type = METRIC_COUNTER,
        .text = "snapshots of state made durable"},
    [METRIC_SNAPSHOT_SECONDS] = {
        .name = "deltaward_snapshot_seconds", .type = METRIC_HISTOGRAM,
        .text = "how long one snapshot took", BOUNDS(slow)},
    [METRIC_SNAPSHOT_AGE] = {
        .name = "deltaward_snapshot_age_seconds", .type = METRIC_GAUGE,
        .text = "age of a partition's last snapshot", .labels = {"partition"}},
    [METRIC_SNAPSHOT_BYTES] = {
        .name = "deltaward_snapshot_bytes", .type = METRIC_GAUGE,
        .text = "size of a partition's last snapshot", .labels = {"partition"}},
    [METRIC_REPLAYED] = {
        .name = "deltaward_replayed_signals_total", .type = METRIC_COUNTER,
        .text = "signals folded again to recover state"},
    [METRIC_OPEN_EPISODES] = {
        .name = "deltaward_open_episodes", .type = METRIC_GAUGE,
        .text = "alerts that are open", .labels = {"partition"}},
    [METRIC_DECIDED] = {
        .name = "deltaward_decided_signals_total", .type = METRIC_COUNTER,
        .text = "signals that were decided, by what became of them (opened, suppressed, "
                "duplicate, below_floor: sent again by an owner before; kept: remembered for a "
                "correlation; late: too late for it; refused)",
        .labels = {"outcome"}},
    [METRIC_FORGOTTEN] = {
        .name = "deltaward_forgotten_total", .type = METRIC_COUNTER,
        .text = "what the bounds on memory took away before its time (finding_ids, episodes: "
                "resolved early; groups of correlations)",
        .labels = {"what"}},
    [METRIC_GROUPS] = {
        .name = "deltaward_correlation_groups", .type = METRIC_GAUGE,
        .text = "groups that the correlation of a policy remembers in the partitions that this "
                "process owns, as of their last snapshots",
        .labels = {"policy"}},
    [METRIC_GROUPS_LEARNING] = {
        .name = "deltaward_correlation_groups_learning", .type = METRIC_GAUGE,
        .text = "of these, groups that are not known for long enough to alert (baseline, "
                "new_terms)",
        .labels = {"policy"}},
    [METRIC_GROUPS_BYTES] = {
        .name = "deltaward_correlation_bytes", .type = METRIC_GAUGE,
        .text = "memory that these groups take, as their bound counts it", .labels = {"policy"}},
    [METRIC_AWS_CALLS] = {
        .name = "deltaward_aws_calls_total", .type = METRIC_COUNTER,
        .text = "calls of AWS by a source or sink", .labels = {"part"}},
    [METRIC_AWS_REQUESTS] = {
        .name = "deltaward_aws_requests_total", .type = METRIC_COUNTER,
        .text = "requests sent for these calls, repeated ones too", .labels = {"part"}},
    [METRIC_AWS_FAILURES] = {
        .name = "deltaward_aws_failures_total", .type = METRIC_COUNTER,
        .text = "requests that failed and may be repeated, by reason (throttled, transient)",
        .labels = {"part", "reason"}},
    [METRIC_AWS_GIVEN_UP] = {
        .name = "deltaward_aws_given_up_total", .type = METRIC_COUNTER,
        .text = "calls that were not repeated because too many others were", .labels = {"part"}},
    [METRIC_AWS_CREDENTIALS] = {
        .name = "deltaward_aws_credentials_total", .type = METRIC_COUNTER,
        .text = "credentials fetched, by result (ok, failed)", .labels = {"part", "result"}},
    [METRIC_AWS_CLOCK_OFFSET] = {
        .name = "deltaward_aws_clock_offset_seconds", .type = METRIC_GAUGE,
        .text = "the clock of AWS minus that of this machine", .labels = {"part"}},
    [METRIC_FATAL] = {
        .name = "deltaward_fatal_errors_total", .type = METRIC_COUNTER,
        .text = "errors after which a part had to begin anew", .labels = {"part"}},
    [METRIC_FATAL_TIME] = {
        .name = "deltaward_last_fatal_error_timestamp_seconds", .type = METRIC_GAUGE,
        .text = "when a part last had to begin anew", .labels = {"part"}},
    [METRIC_LABELS_REFUSED] = {
        .name = "deltaward_labels_refused_total", .type = METRIC_COUNTER,
        .text = "values of labels beyond the bound of their metric, counted as \"other\""},
    [METRIC_BUILD] = {
        .name = "deltaward_build_info", .type = METRIC_GAUGE,
        .text = "1 for the version that runs", .labels = {"version"}},
    [METRIC_PROCESS_START] = {
        .name = "process_start_time_seconds", .type = METRIC_GAUGE,
        .text = "when the process started"},
    [METRIC_PROCESS_CPU] = {
        .name = "process_cpu_seconds_total", .type = METRIC_COUNTER,
        .text = "processor time used, in whole seconds"},
    [METRIC_PROCESS_MEMORY] = {
        .name = "process_resident_memory_bytes", .type = METRIC_GAUGE,
        .text = "resident memory"},
};

struct metrics *app_metrics_new(const char *version)
{
    struct metrics *metrics = metrics_new(app_metric_rows, APP_METRIC_COUNT);
    metric_set(metric_of1(metrics, METRIC_BUILD, span_view(version)), 1);
    metric_set(metric_of(metrics, METRIC_PROCESS_START),
               (double)(clock_now_us(clock_system()) / 1000000));
    return metrics;
}

/* Pages of memory that are resident now; 0 when the system does not say. */
static double resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    bool found = file && fscanf(file, "%*u %lu", &pages) == 1;
    if (file) {
        fclose(file);
    }
    return found ? (double)pages * (double)sysconf(_SC_PAGESIZE) : 0;
}

void app_metrics_write(struct metrics *metrics, struct buf *out)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        metric_set(metric_of(metrics, METRIC_PROCESS_CPU),
                   (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec));
    }
    metric_set(metric_of(metrics, METRIC_PROCESS_MEMORY), resident_bytes());
    metric_set(metric_of(metrics, METRIC_LABELS_REFUSED), (double)metrics_overflowed(metrics));
    metrics_write(metrics, out);
}

void app_metrics_write_markdown(struct buf *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    buf_append(out, SPAN(
        "# Metrics\n\n"
        "<!-- made by tools/docs; do not edit -->\n\n"
        "`GET /metrics` answers in the Prometheus text format (docs/OPERATING.md says where). A\n"
        "metric with labels has a series for each set of their values that was seen, up to a\n"
        "bound (1,000; 5,000 for alerts); what comes beyond it is counted in one series whose\n"
        "labels are all `other`. Labels hold names only, never values of a change.\n\n"
        "| metric | type | labels | meaning |\n|---|---|---|---|\n"));
    for (size_t i = 0; i < APP_METRIC_COUNT; i++) {
        const struct metric_row *row = &app_metric_rows[i];
        buf_printf(out, "| `%s` | %s | ", row->name, types[row->type]);
        for (size_t k = 0; k < METRIC_LABELS_MAX && row->labels[k]; k++) {
            buf_printf(out, "%s`%s`", k ? ", " : "", row->labels[k]);
        }
        buf_printf(out, " | %s |\n", row->text);
    }
}
