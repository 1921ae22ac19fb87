/* correlation.c: what follows from a rule alone: its inputs, its condition, its time. */
#include "model/correlation.h"

enum {
    OF_NUMBERS = 1U << CORRELATION_VALUE_SUM | 1U << CORRELATION_VALUE_AVG |
                 1U << CORRELATION_VALUE_PERCENTILE,
    OF_INPUTS = 1U << CORRELATION_TEMPORAL | 1U << CORRELATION_TEMPORAL_ORDERED |
                1U << CORRELATION_ABSENCE,
};

static bool compare_holds(enum correlation_compare compare, int order)
{
    switch (compare) {
    case COMPARE_GT: return order > 0;
    case COMPARE_GTE: return order >= 0;
    case COMPARE_LT: return order < 0;
    case COMPARE_LTE: return order <= 0;
    case COMPARE_EQ: return order == 0;
    case COMPARE_NEQ: return order != 0;
    }
    return false;
}

bool correlation_condition_holds(const struct correlation_condition *condition,
                                 struct decimal value)
{
    bool holds = true;
    for (size_t i = 0; i < CORRELATION_COMPARE_COUNT && holds; i++) {
        holds = !(condition->given >> i & 1) ||
                compare_holds((enum correlation_compare)i,
                              decimal_compare(value, condition->bounds[i]));
    }
    return holds;
}

/* The higher (wanted 1) or lower (-1) of two bounds, of those that are given; false: neither is. */
static bool outer_bound(const struct correlation_condition *condition,
                        enum correlation_compare a, enum correlation_compare b, int wanted,
                        struct decimal *out)
{
    bool has_a = condition->given >> a & 1;
    bool has_b = condition->given >> b & 1;
    bool takes_a = has_a && (!has_b || decimal_compare(condition->bounds[a],
                                                       condition->bounds[b]) == wanted);
    *out = condition->bounds[takes_a ? a : b];
    return has_a || has_b;
}

/* Between two numbers lie others, of which `neq` takes but one away. */
bool correlation_condition_can_hold(const struct correlation_condition *condition)
{
    struct decimal low;
    struct decimal high;
    if (condition->given >> COMPARE_EQ & 1) {
        return correlation_condition_holds(condition, condition->bounds[COMPARE_EQ]);
    }
    bool has_low = outer_bound(condition, COMPARE_GT, COMPARE_GTE, 1, &low);
    bool has_high = outer_bound(condition, COMPARE_LT, COMPARE_LTE, -1, &high);
    int order = has_low && has_high ? decimal_compare(low, high) : -1;
    return order < 0 || (order == 0 && correlation_condition_holds(condition, low));
}

static bool holds_of_count(const struct correlation_condition *condition, struct decimal count,
                           struct decimal least)
{
    return decimal_equals(count, decimal_round(count)) && decimal_compare(count, least) >= 0 &&
           correlation_condition_holds(condition, count);
}

/* The first count that could is next to the lower bound; `neq` may take one away. */
bool correlation_condition_can_count(const struct correlation_condition *condition,
                                     uint32_t least)
{
    struct decimal from = decimal_from_uint(least);
    struct decimal low;
    struct decimal high;
    if (condition->given >> COMPARE_EQ & 1) {
        return holds_of_count(condition, condition->bounds[COMPARE_EQ], from);
    }
    bool has_low = outer_bound(condition, COMPARE_GT, COMPARE_GTE, 1, &low);
    low = has_low && decimal_compare(low, from) > 0 ? decimal_round(low) : from;
    bool holds = !outer_bound(condition, COMPARE_LT, COMPARE_LTE, -1, &high);
    for (int beside = -1; beside <= 2 && !holds; beside++) {
        struct decimal count;
        holds = decimal_add(low, decimal_from_int(beside), &count) == STATUS_OK &&
                holds_of_count(condition, count, from);
    }
    return holds;
}

bool correlation_condition_is_monotone(const struct correlation_condition *condition)
{
    return (condition->given & ~(1U << COMPARE_GT | 1U << COMPARE_GTE)) == 0;
}

bool correlation_has_inputs(const struct correlation *correlation)
{
    return OF_INPUTS >> correlation->type & 1;
}

uint32_t correlation_inputs(const struct correlation *correlation)
{
    uint32_t count = correlation->type == CORRELATION_ALL ? 0 : 1;
    for (uint32_t i = 0; i < correlation->part_count; i++) {
        count += correlation_inputs(&correlation->parts[i].rule);
    }
    return correlation_has_inputs(correlation) ? correlation->input_count : count;
}

const struct correlation *correlation_of_input(const struct correlation *correlation,
                                               uint32_t input, uint32_t *local, uint32_t *part)
{
    *local = input;
    *part = 0;
    if (correlation->type != CORRELATION_ALL) {
        return input < correlation_inputs(correlation) ? correlation : NULL;
    }
    for (; *part < correlation->part_count; (*part)++) {
        const struct correlation *rule = &correlation->parts[*part].rule;
        if (*local < correlation_inputs(rule)) {
            return rule;
        }
        *local -= correlation_inputs(rule);
    }
    return NULL;
}

bool correlation_has_numbers(const struct correlation *correlation)
{
    return OF_NUMBERS >> correlation->type & 1;
}

bool correlation_reckons(const struct correlation *correlation)
{
    bool baseline = correlation->type == CORRELATION_BASELINE &&
                    correlation->metric != METRIC_EVENT_COUNT &&
                    correlation->metric != METRIC_DISTINCT;
    return baseline || correlation_has_numbers(correlation);
}

/* A window of numbers may still come to less; a pause may still be bridged, which adds. */
bool correlation_is_monotone(const struct correlation *correlation)
{
    return correlation->type <= CORRELATION_VALUE_SUM &&
           correlation_condition_is_monotone(&correlation->condition);
}

int64_t correlation_end_us(const struct correlation *correlation, int64_t event_time_us)
{
    int64_t end;
    if (__builtin_add_overflow(event_time_us, correlation->timespan_us, &end) ||
        __builtin_add_overflow(end, correlation->lateness_us, &end)) {
        return INT64_MAX - 1;
    }
    return end < INT64_MAX ? end : INT64_MAX - 1;
}
