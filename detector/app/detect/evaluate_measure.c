/* evaluate_measure.c: how far the stage is behind the ends of its partitions, once a second, as the
 * last fetch told them. */
#include "app/detect/evaluate_loop.h"

#include "app/health/app_metrics.h"

#include <inttypes.h>
#include <stdio.h>

static const uint64_t interval_ns = 1000000000;

static void measure(struct evaluate_loop *loop, const struct evaluate_part *part)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%" PRId32, part->number);
    struct metric *lag =
        metric_of2(loop->detect->metrics, METRIC_LAG_RECORDS,
                   loop->detect->topics[DETECT_EVENTS].name, span_of(text, (size_t)length));
    int64_t low = 0;
    int64_t high = 0;
    if (!part->assignment) {
        metric_hide(lag); /* its owner tells */
    } else if (kafka_consumer_known_watermarks(loop->client.consumer, part->number, &low, &high)) {
        int64_t next = part->taken > low ? part->taken : low;
        metric_set(lag, high > next ? (double)(high - next) : 0);
    }
}

void evaluate_measure(struct evaluate_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns < loop->measure_ns || !loop->detect->metrics) {
        return;
    }
    loop->measure_ns = now_ns + interval_ns;
    evaluate_held_measure(loop);
    for (size_t i = 0; i < loop->part_count; i++) {
        if (loop->parts[i]) {
            measure(loop, loop->parts[i]);
        }
    }
}
