/* correlation_baseline.c: what is measured in a bucket, and how long one is. */
#include "policy/document/correlation_baseline.h"

#include "policy/document/report.h"

static const struct span NO_HINT = {0};

static const int64_t SECOND_US = 1000000;
static const int64_t BUCKET_MIN_US = INT64_C(5) * 1000000;
static const int64_t BUCKET_MAX_US = INT64_C(86400) * 1000000;
/* Some of those that a group may have open: the newest event is ahead of the watermark. */
enum { LATE_BUCKETS_MAX = 400 };

static void check_metric(const struct policy_set *set, const struct correlation_doc *doc)
{
    bool counts_events = doc->metric.value == METRIC_EVENT_COUNT;
    if (!doc->metric.node || (doc->field.node != NULL) != counts_events) {
        return;
    }
    struct place place = yaml_place(doc->field.node ? doc->field.node : doc->metric.node);
    if (counts_events) {
        report_error(set->diags, place, SPAN("leave it out, or write metric: sum"),
                     "'field' does not go with 'metric: event_count'");
    } else {
        report_error(set->diags, place, SPAN("write field: new.amount"),
                     "'field' is missing: what 'metric: %.*s' is reckoned from",
                     SPAN_ARG(doc->metric.node->text));
    }
}

void policy_check_baseline(const struct policy_set *set, const struct correlation_doc *doc)
{
    if (!doc->metric.node && !yaml_get(doc->record.node, "metric")) {
        report_error(set->diags, yaml_place(doc->record.node), SPAN("write metric: event_count"),
                     "'metric' is missing in a correlation of type baseline");
    }
    check_metric(set, doc);
    int64_t bucket_us = doc->bucket.number;
    if (doc->bucket.node && (bucket_us < BUCKET_MIN_US || bucket_us > BUCKET_MAX_US)) {
        report_error(set->diags, yaml_place(doc->bucket.node), NO_HINT,
                     "a bucket is from 5s to 1d long");
    } else if (doc->allowed_lateness.node &&
               doc->allowed_lateness.number / LATE_BUCKETS_MAX > bucket_us) {
        report_error(set->diags, yaml_place(doc->allowed_lateness.node),
                     SPAN("make the bucket longer"),
                     "a lateness of more than 400 buckets of %lld s each",
                     (long long)(bucket_us / SECOND_US));
    }
}

struct correlation correlation_baseline_of(const struct correlation_doc *doc)
{
    return (struct correlation){
        .type = CORRELATION_BASELINE,
        .timespan_us = doc->bucket.number,
        .lateness_us = doc->allowed_lateness.number,
        .metric = (enum correlation_metric)doc->metric.value,
    };
}
