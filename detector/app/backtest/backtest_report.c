/* backtest_report.c: policies in their order, each with its days, groups and examples. */
#include "app/backtest/backtest_report.h"

#include "base/clock.h"

#include <inttypes.h>

enum { DAY_LENGTH = 10, NUMBER_WIDTH = 10 };
static const int64_t day_us = INT64_C(86400) * 1000000;

static bool is_wanted(const struct backtest *backtest, size_t only, size_t policy)
{
    return only == backtest->policy_count || only == policy;
}

/* "2026-01-31" */
static struct span day_text(int64_t day, char text[CLOCK_TEXT_SIZE])
{
    struct span whole = clock_format(day * day_us, text);
    return span_of(whole.ptr, DAY_LENGTH);
}

/* -- for a person */

static void append_days(const struct backtest_policy *policy, struct buf *out)
{
    char text[CLOCK_TEXT_SIZE];
    size_t listed =
        policy->day_count < BACKTEST_DAYS_LISTED ? policy->day_count : BACKTEST_DAYS_LISTED;
    for (size_t i = policy->day_count - listed; i < policy->day_count; i++) {
        buf_printf(out, "  %*" PRIu64 "  on %.*s\n", NUMBER_WIDTH, policy->days[i].alerts,
                   SPAN_ARG(day_text(policy->days[i].day, text)));
    }
    if (listed < policy->day_count) {
        buf_printf(out, "  (the last %zu of %zu days with alerts; --json lists all)\n", listed,
                   policy->day_count);
    }
}

/* Groups with several alerts; one alone says nothing of its group. */
static void append_groups(const struct backtest_policy *policy, struct buf *out)
{
    size_t several = 0;
    while (several < policy->group_count && policy->groups[several].alerts > 1) {
        several++;
    }
    size_t listed = several < BACKTEST_GROUPS_LISTED ? several : BACKTEST_GROUPS_LISTED;
    for (size_t i = 0; i < listed; i++) {
        buf_printf(out, "  %*" PRIu64 "  of %.*s\n", NUMBER_WIDTH, policy->groups[i].alerts,
                   SPAN_ARG(policy->groups[i].key));
    }
    if (listed < policy->group_count) {
        buf_printf(out, "  (groups with alerts: %zu%s)\n", policy->group_count,
                   policy->other_alerts ? " and more" : "");
    }
}

static void append_examples(const struct backtest_policy *policy, struct buf *out)
{
    char text[CLOCK_TEXT_SIZE];
    for (size_t i = 0; i < policy->example_count; i++) {
        const struct backtest_example *example = &policy->examples[i];
        buf_printf(out, "  %.*s  %.*s  %.*s\n",
                   SPAN_ARG(clock_format(example->time_us, text)), SPAN_ARG(example->severity),
                   SPAN_ARG(example->title));
    }
}

static void append_policy(const struct backtest_policy *policy, struct buf *out)
{
    buf_printf(out, "\n%.*s: %" PRIu64 " alert%s", SPAN_ARG(policy->id), policy->alerts,
               policy->alerts == 1 ? "" : "s");
    buf_printf(out, " (findings: %" PRIu64 ", matches: %" PRIu64 " of %" PRIu64 ")\n",
               policy->alerts + policy->suppressed, policy->matched, policy->evaluated);
    if (policy->not_evaluable) {
        buf_printf(out, "  not evaluable: %" PRIu64 " (`deltaward policy explain` says why)\n",
                   policy->not_evaluable);
    }
    if (policy->late) {
        buf_printf(out, "  too late for the correlation: %" PRIu64 " (see allowed_lateness)\n",
                   policy->late);
    }
    append_days(policy, out);
    append_groups(policy, out);
    append_examples(policy, out);
}

void backtest_write_text(const struct backtest *backtest, size_t only, struct buf *out)
{
    buf_printf(out, "%" PRIu64 " records: %" PRIu64 " evaluated, %" PRIu64 " not readable, %" PRIu64
               " passed over\n", backtest->ledger.read, backtest->ledger.evaluated,
               backtest->ledger.quarantined, backtest->ledger.skipped);
    for (size_t i = 0; i < backtest->policy_count; i++) {
        if (is_wanted(backtest, only, i)) {
            append_policy(&backtest->policies[i], out);
        }
    }
}

/* -- as data */

static void write_count(struct json_writer *writer, const char *key, uint64_t count)
{
    json_key(writer, key);
    json_write_uint(writer, count);
}

static void write_days(const struct backtest_policy *policy, struct json_writer *writer)
{
    char text[CLOCK_TEXT_SIZE];
    json_key(writer, "days");
    json_open_array(writer);
    for (size_t i = 0; i < policy->day_count; i++) {
        json_open_object(writer);
        json_key(writer, "day");
        json_write_string(writer, day_text(policy->days[i].day, text));
        write_count(writer, "alerts", policy->days[i].alerts);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_groups(const struct backtest_policy *policy, struct json_writer *writer)
{
    write_count(writer, "group_count", policy->group_count);
    write_count(writer, "alerts_of_other_groups", policy->other_alerts);
    json_key(writer, "groups");
    json_open_array(writer);
    for (size_t i = 0; i < policy->group_count && i < BACKTEST_GROUPS_TOLD; i++) {
        json_open_object(writer);
        json_key(writer, "group");
        json_write_string(writer, policy->groups[i].key);
        write_count(writer, "alerts", policy->groups[i].alerts);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_examples(const struct backtest_policy *policy, struct json_writer *writer)
{
    char text[CLOCK_TEXT_SIZE];
    json_key(writer, "examples");
    json_open_array(writer);
    for (size_t i = 0; i < policy->example_count; i++) {
        const struct backtest_example *example = &policy->examples[i];
        json_open_object(writer);
        json_key(writer, "time");
        json_write_string(writer, clock_format(example->time_us, text));
        json_key(writer, "severity");
        json_write_string(writer, example->severity);
        json_key(writer, "title");
        json_write_raw(writer, example->title.len ? example->title : SPAN("null"));
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_policy(const struct backtest_policy *policy, struct json_writer *writer)
{
    json_open_object(writer);
    json_key(writer, "policy");
    json_write_string(writer, policy->id);
    write_count(writer, "alerts", policy->alerts);
    write_count(writer, "findings", policy->alerts + policy->suppressed);
    write_count(writer, "matched", policy->matched);
    write_count(writer, "evaluated", policy->evaluated);
    write_count(writer, "not_evaluable", policy->not_evaluable);
    write_count(writer, "late", policy->late);
    write_days(policy, writer);
    write_groups(policy, writer);
    write_examples(policy, writer);
    json_close_object(writer);
}

void backtest_write_json(const struct backtest *backtest, size_t only, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    write_count(&writer, "records", backtest->ledger.read);
    write_count(&writer, "evaluated", backtest->ledger.evaluated);
    write_count(&writer, "quarantined", backtest->ledger.quarantined);
    write_count(&writer, "skipped", backtest->ledger.skipped);
    json_key(&writer, "policies");
    json_open_array(&writer);
    for (size_t i = 0; i < backtest->policy_count; i++) {
        if (is_wanted(backtest, only, i)) {
            write_policy(&backtest->policies[i], &writer);
        }
    }
    json_close_array(&writer);
    json_close_object(&writer);
    buf_append_char(out, '\n');
}
