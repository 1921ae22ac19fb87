/* signal_event.c: a value is read as the type of its correlation wants it; of an inner correlation
 * the signal says the same once more. */
#include "engine/correlate/signal_event.h"

#include "model/signal_inner.h"

static bool read_number(struct span text, struct operator_event *out)
{
    return decimal_parse(text, &out->number) == STATUS_OK;
}

static bool read_digest(struct span text, struct operator_event *out)
{
    return text.len == DIGEST_HEX_LENGTH + 2 &&
           digest_parse(span_of(text.ptr + 1, DIGEST_HEX_LENGTH), &out->value);
}

static bool read_measured(enum correlation_metric metric, struct span text,
                          struct operator_event *out)
{
    switch (metric) {
    case METRIC_EVENT_COUNT: return text.len == 0;
    case METRIC_DISTINCT: return read_digest(text, out);
    case METRIC_SUM:
    case METRIC_ERROR_RATIO:
    case METRIC_RELATIVE_CHANGE: return read_number(text, out);
    }
    return false;
}

/* False when the signal has not the value that its correlation wants. */
static bool read_value(const struct correlation *rule, struct span text,
                       struct operator_event *out)
{
    switch (rule->type) {
    case CORRELATION_EVENT_COUNT:
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED:
    case CORRELATION_ABSENCE: return text.len == 0;
    case CORRELATION_VALUE_COUNT:
    case CORRELATION_NEW_TERMS: return read_digest(text, out);
    case CORRELATION_VALUE_SUM:
        return read_number(text, out) &&
               !(out->number.negative && correlation_is_monotone(rule));
    case CORRELATION_VALUE_AVG:
    case CORRELATION_VALUE_PERCENTILE: return read_number(text, out);
    case CORRELATION_BASELINE: return read_measured(rule->metric, text, out);
    case CORRELATION_ALL: break; /* its parts have values */
    }
    return false;
}

/* The event is one that a correlation knows. */
static bool read_as(const struct correlation *rule, uint32_t input, struct span value,
                    struct operator_event *out)
{
    uint32_t local;
    uint32_t part;
    const struct correlation *own = correlation_of_input(rule, input, &local, &part);
    out->input = input;
    return own && read_value(own, value, out);
}

/* What it is to an inner correlation, of the input that it is of. */
static bool read_inner(const struct signal_event_in *in, const struct signal *signal,
                       struct operator_inner *out)
{
    struct signal_inner inner;
    const struct correlation *rule = in->rule;
    arena_reset(in->scratch);
    if (signal_inner_read_json(signal->inner, in->scratch, &inner) != STATUS_OK ||
        inner.rule >= rule->inner_count || rule->inners[inner.rule].input != signal->input) {
        return false;
    }
    out->rule = inner.rule;
    out->group = inner.group;
    return read_as(&rule->inners[inner.rule].rule, inner.input, inner.value, &out->event);
}

static struct operator_event event_of(const struct signal *signal, uint32_t source)
{
    return (struct operator_event){
        .time_us = signal->event_time_us,
        .sequence = signal->sequence,
        .offset = signal->offset,
        .finding = signal->finding,
        .source = source,
        .count = 1,
    };
}

bool signal_event_read(const struct signal_event_in *in, const struct signal *signal,
                       struct operator_event *out, struct operator_inner *inner)
{
    *out = event_of(signal, in->source);
    if (signal->inner.len == 0) {
        return read_as(in->rule, signal->input, signal->value, out);
    }
    inner->event = *out;
    out->inner = inner;
    return read_as(in->rule, signal->input, signal->value, out) && read_inner(in, signal, inner);
}

unsigned char signal_event_tag(const struct signal *signal)
{
    struct span value = signal->value;
    return value.len == DIGEST_HEX_LENGTH + 2 ? digest_parse_byte(value.ptr + 1) : 0;
}
