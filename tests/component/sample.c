#include "sample.h"

struct digest sample_digest(uint64_t number)
{
    struct digest_state state;
    digest_init(&state);
    digest_field_number(&state, number);
    return digest_finish(&state);
}

struct signal sample_signal(uint64_t sequence)
{
    int64_t number = (int64_t)sequence;
    return (struct signal){
        .sequence = sequence,
        .kind = sequence % 5 == 0 ? SIGNAL_NOT_EVALUABLE : SIGNAL_MATCH,
        .fan_index = (uint32_t)(sequence % 3),
        .policy_id = sequence % 2 ? SPAN("price-outside-promotion") : SPAN("negative-quantity"),
        .policy_version = sample_digest(sequence + 1000),
        .state_id = sample_digest(sequence + 2000),
        .finding = sample_digest(sequence + 3000),
        .group_key = SPAN("{\"sku\":\"A\xC3\xA9\0B\"}"),
        .severity = sequence % 2 ? SPAN("high") : SPAN("low"),
        .source = SPAN("orders"),
        .offset = sequence * 100,
        .event_time_us = 1700000000000000 + number,
        .watermark_us = sequence == 1 ? INT64_MIN : 1700000000000010 + number,
        .detected_us = -number,
        .horizon_us = 600000000 + number,
        .episode_us = number * 1000,
        .summary = sequence % 2 == 0,
        .inner = sequence % 2 ? SPAN("{\"rule\":0,\"group\":\"0a000000000000000000000000000000\","
                                     "\"input\":0}")
                              : SPAN(""),
        .body = SPAN("{\"title\":\"Price fell\"}"),
    };
}

struct alert sample_alert(uint64_t sequence, uint64_t episode, enum alert_status status,
                          struct signal signal)
{
    return (struct alert){
        .sequence = sequence,
        .log_sequence = signal.sequence,
        .ordinal = (uint32_t)sequence,
        .status = status,
        .id = sample_digest(episode + 4000),
        .count = sequence + 7,
        .opened_us = signal.event_time_us,
        .first_us = signal.event_time_us - 1,
        .last_us = signal.event_time_us + 1,
        .signal = signal,
    };
}

struct store_batch sample_batch(const char *position)
{
    return (struct store_batch){
        .source = SPAN("orders"), .position = span_view(position), .watermark_us = 5};
}

static bool texts_equal(const struct signal *a, const struct signal *b)
{
    return span_equals(a->policy_id, b->policy_id) && span_equals(a->group_key, b->group_key) &&
           span_equals(a->severity, b->severity) && span_equals(a->source, b->source) &&
           span_equals(a->inner, b->inner) && span_equals(a->body, b->body);
}

static bool digests_equal(const struct signal *a, const struct signal *b)
{
    return digest_equals(&a->policy_version, &b->policy_version) &&
           digest_equals(&a->state_id, &b->state_id) && digest_equals(&a->finding, &b->finding);
}

bool sample_signals_equal(const struct signal *a, const struct signal *b)
{
    return a->sequence == b->sequence && a->kind == b->kind && a->fan_index == b->fan_index &&
           a->offset == b->offset && a->event_time_us == b->event_time_us &&
           a->watermark_us == b->watermark_us && a->detected_us == b->detected_us &&
           a->horizon_us == b->horizon_us && a->episode_us == b->episode_us &&
           a->summary == b->summary && a->idle == b->idle && texts_equal(a, b) &&
           digests_equal(a, b);
}

bool sample_alerts_equal(const struct alert *a, const struct alert *b)
{
    return a->sequence == b->sequence && a->log_sequence == b->log_sequence &&
           a->ordinal == b->ordinal && a->status == b->status && digest_equals(&a->id, &b->id) &&
           a->count == b->count && a->opened_us == b->opened_us && a->first_us == b->first_us &&
           a->last_us == b->last_us && sample_signals_equal(&a->signal, &b->signal);
}
