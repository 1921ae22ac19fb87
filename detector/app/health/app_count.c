/* app_count.c: which number goes to which metric. */
#include "app/health/app_count.h"

void app_count_ledger(struct metrics *metrics, struct span source,
                      const struct store_ledger *ledger)
{
    if (metrics) {
        metric_add(metric_of1(metrics, METRIC_RECORDS_READ, source), ledger->read);
        metric_add(metric_of1(metrics, METRIC_RECORDS_EVALUATED, source), ledger->evaluated);
        metric_add(metric_of1(metrics, METRIC_RECORDS_QUARANTINED, source), ledger->quarantined);
        metric_add(metric_of1(metrics, METRIC_RECORDS_SKIPPED, source), ledger->skipped);
    }
}

void app_count_policy(struct metrics *metrics, struct span policy_id, struct span counter,
                      uint64_t count)
{
    static const struct {
        const char *counter;
        enum app_metric metric;
    } rows[] = {
        {"matched", METRIC_MATCHES},
        {"not_evaluable", METRIC_EVALUATION_ERRORS},
        {"suppressed", METRIC_SUPPRESSED},
        {"duplicate", METRIC_DUPLICATES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_equals(counter, span_view(rows[i].counter))) {
            metric_add(metric_of1(metrics, rows[i].metric, policy_id), count);
            return;
        }
    }
    metric_add(metric_of2(metrics, METRIC_POLICY_OUTCOMES, policy_id, counter), count);
}

void app_count_held(struct metrics *metrics, size_t count, int64_t since_us, int64_t now_us)
{
    double age = count && since_us < now_us ? (double)(now_us - since_us) / 1e6 : 0;
    if (metrics) {
        metric_set(metric_of(metrics, METRIC_HELD), (double)count);
        metric_set(metric_of(metrics, METRIC_HELD_AGE), age);
    }
}

void app_count_alert(struct metrics *metrics, const struct alert *alert, int64_t now_us)
{
    metric_add(metric_of3(metrics, METRIC_ALERTS, alert->signal.policy_id, alert->signal.severity,
                          alert_status_name(alert->status)),
               1);
    if (alert->status == ALERT_OPENED) {
        double delay_us = (double)now_us - (double)alert->signal.event_time_us;
        metric_observe(metric_of(metrics, METRIC_DETECTION_DELAY),
                       delay_us > 0 ? delay_us / 1e6 : 0);
    }
}

void app_count_batch(struct metrics *metrics, const struct store_batch *batch, int64_t now_us)
{
    if (!metrics) {
        return;
    }
    if (batch->source.len) {
        app_count_ledger(metrics, batch->source, &batch->ledger);
    }
    for (size_t i = 0; i < batch->count_count; i++) {
        const struct store_policy_count *row = &batch->counts[i];
        app_count_policy(metrics, row->policy_id, row->counter, row->count);
    }
    for (size_t i = 0; i < batch->alert_count; i++) {
        app_count_alert(metrics, &batch->alerts[i], now_us);
    }
}

void app_count_aws(struct metrics *metrics, struct span part, const struct aws_stats *stats)
{
    if (!metrics) {
        return;
    }
    uint64_t fetched = stats->refreshes - stats->refreshes_failed;
    metric_set(metric_of1(metrics, METRIC_AWS_CALLS, part), (double)stats->calls);
    metric_set(metric_of1(metrics, METRIC_AWS_REQUESTS, part), (double)stats->attempts);
    metric_set(metric_of2(metrics, METRIC_AWS_FAILURES, part, SPAN("throttled")),
               (double)stats->throttled);
    metric_set(metric_of2(metrics, METRIC_AWS_FAILURES, part, SPAN("transient")),
               (double)stats->transient);
    metric_set(metric_of1(metrics, METRIC_AWS_GIVEN_UP, part), (double)stats->budget_exhausted);
    metric_set(metric_of2(metrics, METRIC_AWS_CREDENTIALS, part, SPAN("ok")), (double)fetched);
    metric_set(metric_of2(metrics, METRIC_AWS_CREDENTIALS, part, SPAN("failed")),
               (double)stats->refreshes_failed);
    metric_set(metric_of1(metrics, METRIC_AWS_CLOCK_OFFSET, part),
               (double)stats->clock_offset_us / 1e6);
}

void app_count_fatal(struct metrics *metrics, struct span part, int64_t now_us)
{
    metric_add(metric_of1(metrics, METRIC_FATAL, part), 1);
    metric_set(metric_of1(metrics, METRIC_FATAL_TIME, part), (double)now_us / 1e6);
}
