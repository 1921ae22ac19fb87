/* measure.c: counts, sums, and the values in between. A percentile is the nearest rank: the
 * smallest value that so many hundredths of all do not exceed. */
#include "engine/correlate/measure.h"

#include "base/check.h"

static struct decimal number_at(const struct measure *measure, size_t place)
{
    return events_number(measure->events, measure->shape, place);
}

/* -- values */

/* The number of a tumbling window, or of a part of a session, is mixed into a value; a second time
 * it is taken out again. */
static struct digest mixed(const struct correlation *rule, const struct events_shape *shape,
                           int64_t time_us, struct digest value)
{
    int64_t width_us = rule->window == WINDOW_TUMBLING ? rule->timespan_us : shape->part_us;
    int64_t number = time_us / width_us - (time_us % width_us < 0);
    uint64_t bits;
    if (rule->window == WINDOW_SLIDING) {
        return value;
    }
    memcpy(&bits, value.bytes, sizeof bits);
    bits ^= (uint64_t)number;
    memcpy(value.bytes, &bits, sizeof bits);
    return value;
}

struct operator_event measure_apart(const struct correlation *rule,
                                    const struct events_shape *shape,
                                    const struct operator_event *event)
{
    struct operator_event kept = *event;
    if (shape->values) {
        kept.value = mixed(rule, shape, event->time_us, event->value);
    }
    return kept;
}

static struct digest value_at(const struct measure *measure, size_t place)
{
    return mixed(measure->rule, measure->shape, events_time_us(measure->events, place),
                 events_value(measure->events, measure->shape, place));
}

static size_t place_of(const struct measure_values *values, const struct digest *value)
{
    uint64_t halves[2];
    memcpy(halves, value->bytes, sizeof halves);
    size_t place = (halves[0] ^ halves[1] ^ halves[1] >> 53) % MEASURE_PLACES;
    while (values->met[place] && !digest_equals(&values->values[place], value)) {
        place = (place + 1) % MEASURE_PLACES;
    }
    return place;
}

static void take_value(struct measure_values *values, const struct digest *value)
{
    size_t place = place_of(values, value);
    if (!values->met[place]) {
        values->met[place] = true;
        values->counts[place] = 0;
        values->values[place] = *value;
    }
    values->distinct += values->counts[place]++ == 0;
}

static void leave_value(struct measure_values *values, const struct digest *value)
{
    values->distinct -= --values->counts[place_of(values, value)] == 0;
}

/* -- sums */

static struct decimal add(struct decimal a, struct decimal b)
{
    struct decimal sum = a;
    /* beyond 1E+6144 it stays where it is: any bound is far below */
    (void)!decimal_add(a, b, &sum);
    return sum;
}

static bool has_sum(const struct measure *measure)
{
    return measure->rule->type == CORRELATION_VALUE_SUM ||
           measure->rule->type == CORRELATION_VALUE_AVG;
}

/* All of the stretch lies below the middle now. */
static void sum_up(struct measure *measure)
{
    struct measure_sums *sums = &measure->sums;
    sums->after = decimal_from_int(0);
    sums->middle = measure->end;
    for (size_t i = measure->end; i > measure->first; i--) {
        sums->after = add(number_at(measure, i - 1), sums->after);
        sums->before[i - 1] = sums->after;
    }
    sums->after = decimal_from_int(0);
}

static struct decimal sum_of(const struct measure *measure)
{
    const struct measure_sums *sums = &measure->sums;
    return measure->first < sums->middle ? add(sums->before[measure->first], sums->after)
                                         : sums->after;
}

/* -- percentiles */

/* Puts what is at a place of a heap in order with what is below it. The first of a heap is the
 * largest of its numbers, or the smallest. */
static void sift(struct decimal *heap, size_t count, size_t place, bool largest)
{
    int wanted = largest ? 1 : -1;
    size_t child = 2 * place + 1;
    while (child < count) {
        bool second = child + 1 < count &&
                      decimal_compare(heap[child + 1], heap[child]) == wanted;
        child += second;
        if (decimal_compare(heap[child], heap[place]) != wanted) {
            return;
        }
        struct decimal moved = heap[place];
        heap[place] = heap[child];
        heap[child] = moved;
        place = child;
        child = 2 * place + 1;
    }
}

/* The number of a rank, from 1 for the smallest: from the end that is nearer. */
static struct decimal select_rank(struct decimal *numbers, size_t count, size_t rank)
{
    bool largest = rank > count / 2;
    size_t before = largest ? count - rank : rank - 1;
    for (size_t i = count / 2; i > 0; i--) {
        sift(numbers, count, i - 1, largest);
    }
    for (; before > 0; before--) {
        numbers[0] = numbers[--count];
        sift(numbers, count, 0, largest);
    }
    return numbers[0];
}

static struct decimal percentile_of(const struct measure *measure)
{
    struct decimal numbers[EVENTS_MAX];
    size_t count = measure->end - measure->first;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = number_at(measure, measure->first + i);
    }
    return select_rank(numbers, count, (measure->rule->percentile * count + 99) / 100);
}

static struct decimal mean_of(const struct measure *measure)
{
    struct decimal mean = decimal_from_int(0); /* what is nearer to 0 than 1E-6144 */
    struct decimal sum = sum_of(measure);
    (void)!decimal_divide(sum, decimal_from_uint(measure->event_count), &mean);
    mean.rounded = sum.rounded; /* a third of 1 is as good as it gets */
    return mean;
}

/* -- the stretch */

void measure_begin(struct measure *measure, const struct correlation *rule,
                   const struct events *events, const struct events_shape *shape, size_t first)
{
    measure->rule = rule;
    measure->events = events;
    measure->shape = shape;
    measure->first = measure->end = first;
    measure->event_count = 0;
    if (shape->values) {
        memset(measure->values.met, 0, sizeof measure->values.met);
        measure->values.distinct = 0;
    } else if (has_sum(measure)) {
        sum_up(measure);
    }
}

/* What is measured changes with each event, not with their number alone. */
static bool looks_at_each(const struct measure *measure)
{
    return measure->shape->values || has_sum(measure);
}

void measure_take(struct measure *measure, size_t end)
{
    measure->event_count += events_weight(measure->events, measure->end, end);
    if (!looks_at_each(measure)) {
        measure->end = end;
    }
    for (; measure->end < end; measure->end++) {
        if (measure->shape->values) {
            struct digest value = value_at(measure, measure->end);
            take_value(&measure->values, &value);
        } else {
            measure->sums.after = add(measure->sums.after, number_at(measure, measure->end));
        }
    }
}

void measure_leave(struct measure *measure, size_t first)
{
    measure->event_count -= events_weight(measure->events, measure->first, first);
    if (!looks_at_each(measure)) {
        measure->first = first;
    }
    for (; measure->first < first; measure->first++) {
        if (measure->shape->values) {
            struct digest value = value_at(measure, measure->first);
            leave_value(&measure->values, &value);
        } else if (measure->first >= measure->sums.middle) {
            sum_up(measure);
        }
    }
}

static struct decimal value_of(const struct measure *measure)
{
    switch (measure->rule->type) {
    case CORRELATION_EVENT_COUNT: return decimal_from_uint(measure->event_count);
    case CORRELATION_VALUE_COUNT: return decimal_from_uint(measure->values.distinct);
    case CORRELATION_VALUE_SUM: return sum_of(measure);
    case CORRELATION_VALUE_AVG: return mean_of(measure);
    case CORRELATION_VALUE_PERCENTILE: return percentile_of(measure);
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED:
    case CORRELATION_ABSENCE:
    case CORRELATION_NEW_TERMS:
    case CORRELATION_ALL:
    case CORRELATION_BASELINE: break;
    }
    check(false); /* no windows */
}

bool measure_holds(const struct measure *measure, struct operator_firing *out)
{
    out->value = value_of(measure);
    out->event_count = measure->event_count;
    out->approximate =
        measure->event_count > measure->end - measure->first || out->value.rounded;
    return correlation_condition_holds(&measure->rule->condition, out->value);
}
