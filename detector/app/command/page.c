/* page.c: reads the alert's body, and writes it in sections; a section without content is left
 * out. */
#include "app/command/page.h"

#include "app/command/page_correlation.h"
#include "app/command/page_label.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/alert_member.h"

#include <inttypes.h>

enum { ID_SHOWN = 12 };

static void append_member(const struct value *map, const char *name, struct buf *out)
{
    struct value value = alert_member(map, name);
    if (value.kind != VALUE_NULL) {
        alert_append_value(&value, out);
    }
}

static const char *colour_of(struct span severity, bool colour)
{
    if (!colour) {
        return "";
    }
    bool urgent = span_equals(severity, SPAN("critical")) || span_equals(severity, SPAN("high"));
    return urgent ? "\033[1;31m" : "\033[1;33m";
}

static struct span time_text(int64_t time_us, char out[CLOCK_TEXT_SIZE])
{
    return clock_format(time_us, out);
}

void page_write_head(struct buf *out)
{
    buf_printf(out, "%-12s  %-24s  %-13s  %-8s  %8s  %-30s  %s\n", "id", "opened", "severity",
               "status", "findings", "policy", "title");
}

void page_write_row(const struct alert *alert, bool colour, struct buf *out)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    char time[CLOCK_TEXT_SIZE];
    struct arena *arena = arena_new(0);
    struct value body = alert_object(alert->signal.body, arena);
    digest_hex(&alert->id, hex);
    buf_printf(out, "%.*s  %-24.*s  %s%-13.*s%s  %-8.*s  %8" PRIu64 "  %-30.*s  ", ID_SHOWN, hex,
               SPAN_ARG(time_text(alert->opened_us, time)),
               colour_of(alert->signal.severity, colour), SPAN_ARG(alert->signal.severity),
               colour ? "\033[0m" : "",
               SPAN_ARG(alert->status == ALERT_RESOLVED ? SPAN("resolved") : SPAN("open")),
               alert->count, SPAN_ARG(alert->signal.policy_id));
    append_member(&body, "title", out);
    buf_append_char(out, '\n');
    arena_free(&arena);
}

static void write_headline(const struct alert *alert, const struct value *body, bool colour,
                           struct buf *out)
{
    buf_printf(out, "%s%.*s%s: ", colour_of(alert->signal.severity, colour),
               SPAN_ARG(alert->signal.severity), colour ? "\033[0m" : "");
    append_member(body, "title", out);
    buf_append_char(out, '\n');
    struct value description = alert_member(body, "description");
    struct value problem = alert_member(body, "problem");
    if (description.kind != VALUE_NULL) {
        page_label("", out);
        alert_append_value(&description, out);
        buf_append_char(out, '\n');
    }
    if (problem.kind != VALUE_NULL) {
        page_label("problem", out);
        alert_append_value(&problem, out);
        buf_append_char(out, '\n');
    }
}

/* "name value, name value". */
static void append_pairs(const struct value *map, const char *between, struct buf *out)
{
    for (size_t i = 0; map->kind == VALUE_MAP && i < map->map.count; i++) {
        buf_append(out, i ? span_view(between) : SPAN(""));
        alert_append_value(&map->map.entries[i].key, out);
        buf_append_char(out, ' ');
        alert_append_value(&map->map.entries[i].value, out);
    }
}

static void write_where(const struct value *body, struct buf *out)
{
    struct value keys = alert_member(body, "keys");
    page_label("where", out);
    append_member(body, "op", out);
    buf_append(out, SPAN(" in table "));
    append_member(body, "table", out);
    struct value region = alert_member(body, "region");
    if (region.kind == VALUE_STRING && region.text.len) {
        buf_append(out, SPAN(", "));
        alert_append_value(&region, out);
    }
    buf_append(out, SPAN("; "));
    append_pairs(&keys, ", ", out);
    buf_append_char(out, '\n');
}

static void write_when(const struct alert *alert, struct buf *out)
{
    char first[CLOCK_TEXT_SIZE];
    char last[CLOCK_TEXT_SIZE];
    char detected[CLOCK_TEXT_SIZE];
    page_label("when", out);
    buf_printf(out, "%.*s", SPAN_ARG(time_text(alert->first_us, first)));
    if (alert->last_us != alert->first_us) {
        buf_printf(out, " to %.*s", SPAN_ARG(time_text(alert->last_us, last)));
    }
    buf_printf(out, ", %" PRIu64 " finding%s, %s; detected %.*s\n", alert->count,
               alert->count == 1 ? "" : "s",
               alert->status == ALERT_RESOLVED ? "resolved" : "still open",
               SPAN_ARG(time_text(alert->signal.detected_us, detected)));
}

/* Of a correlation over other policies: whose finding is shown. */
static void write_found_by(const struct value *body, struct buf *out)
{
    struct value found_by = alert_member(body, "found_by");
    if (found_by.kind != VALUE_NULL) {
        page_label("found by", out);
        alert_append_value(&found_by, out);
        buf_append_char(out, '\n');
    }
}

static void append_side(const struct value *change, const char *name, struct buf *out)
{
    struct value side = alert_member(change, name);
    bool absent = !value_map_get(change, span_view(name));
    if (absent) {
        buf_append(out, SPAN("(absent)"));
    } else {
        alert_append_value(&side, out);
    }
}

static void write_changes(const struct value *body, struct buf *out)
{
    struct value changes = alert_member(body, "changes");
    for (size_t i = 0; changes.kind == VALUE_LIST && i < changes.list.count; i++) {
        const struct value *change = &changes.list.items[i];
        page_label(i ? "" : "changed", out);
        append_member(change, "attribute", out);
        buf_append(out, SPAN(": "));
        append_side(change, "before", out);
        buf_append(out, SPAN(" -> "));
        append_side(change, "after", out);
        buf_append_char(out, '\n');
    }
    struct value omitted = alert_member(body, "changes_omitted");
    if (omitted.kind != VALUE_NULL) {
        page_label("", out);
        buf_append(out, SPAN("and others: "));
        alert_append_value(&omitted, out);
        buf_append_char(out, '\n');
    }
}

static void write_context(const struct value *body, struct buf *out)
{
    struct value context = alert_member(body, "context");
    for (size_t i = 0; context.kind == VALUE_MAP && i < context.map.count; i++) {
        page_label(i ? "" : "context", out);
        alert_append_value(&context.map.entries[i].key, out);
        buf_append(out, SPAN(": "));
        alert_append_value(&context.map.entries[i].value, out);
        buf_append_char(out, '\n');
    }
}

static void write_steps(const struct value *body, struct buf *out)
{
    struct value steps = alert_member(body, "steps");
    for (size_t i = 0; steps.kind == VALUE_LIST && i < steps.list.count; i++) {
        page_label(i ? "" : "do", out);
        buf_printf(out, "%zu. ", i + 1);
        alert_append_value(&steps.list.items[i], out);
        buf_append_char(out, '\n');
    }
    struct value runbook = alert_member(body, "runbook");
    if (runbook.kind != VALUE_NULL) {
        page_label("runbook", out);
        alert_append_value(&runbook, out);
        buf_append_char(out, '\n');
    }
}

static void write_policy(const struct alert *alert, const struct value *body, struct buf *out)
{
    struct value policy = alert_member(body, "policy");
    struct value name = alert_member(&policy, "name");
    struct value owner = alert_member(&policy, "owner");
    char version[DIGEST_HEX_LENGTH + 1];
    digest_hex(&alert->signal.policy_version, version);
    page_label("policy", out);
    buf_printf(out, "%.*s", SPAN_ARG(alert->signal.policy_id));
    if (name.kind != VALUE_NULL) {
        buf_append(out, SPAN(": "));
        alert_append_value(&name, out);
    }
    if (owner.kind != VALUE_NULL) {
        buf_append(out, SPAN(" (owner "));
        alert_append_value(&owner, out);
        buf_append_char(out, ')');
    }
    buf_append_char(out, '\n');
    page_label("version", out);
    buf_printf(out, "%s\n", version);
}

static void write_identity(const struct alert *alert, struct buf *out)
{
    char id[DIGEST_HEX_LENGTH + 1];
    digest_hex(&alert->id, id);
    page_label("group", out);
    text_append_visible(out, alert->signal.group_key);
    buf_append_char(out, '\n');
    page_label("source", out);
    text_append_visible(out, alert->signal.source);
    buf_printf(out, ", offset %" PRIu64 "\n", alert->signal.offset);
    page_label("id", out);
    buf_printf(out, "%s\n", id);
}

void page_write_alert(const struct alert *alert, bool colour, struct buf *out)
{
    struct arena *arena = arena_new(0);
    struct value body = alert_object(alert->signal.body, arena);
    write_headline(alert, &body, colour, out);
    write_where(&body, out);
    write_when(alert, out);
    page_write_correlation(alert->correlation, arena, out);
    write_found_by(&body, out);
    write_changes(&body, out);
    write_context(&body, out);
    write_steps(&body, out);
    write_policy(alert, &body, out);
    write_identity(alert, out);
    arena_free(&arena);
}
