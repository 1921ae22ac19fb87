/* alert_text.c: the body is read as values, and each value that is shown is bounded, so that the
 * whole is. */
#include "model/alert_text.h"

#include "base/clock.h"
#include "base/text.h"
#include "model/alert_member.h"
#include "model/alert_why.h"

#include <inttypes.h>

/* 12 + 12 + 8 values, why it was made and some lines stay below ALERT_TEXT_BYTES_MAX. */
enum { SHOWN_VALUE_BYTES = 160, SHOWN_TITLE_BYTES = 1024, SHOWN_CHANGES = 10, SHOWN_STEPS = 8 };

struct page {
    const struct alert *alert;
    struct value body;
    struct arena *arena;
    struct buf *out;
};

static void append_value(struct page *page, const struct value *value, size_t bytes_max)
{
    alert_append_short(value, bytes_max, page->arena, page->out);
}

/* "LABEL VALUE\n", or nothing where the body has no such member or an empty one. */
static void append_line(struct page *page, const char *label, const char *name)
{
    struct value value = alert_member(&page->body, name);
    if (value.kind == VALUE_NULL || (value.kind == VALUE_STRING && value.text.len == 0)) {
        return;
    }
    buf_append(page->out, span_view(label));
    append_value(page, &value, SHOWN_VALUE_BYTES);
    buf_append_char(page->out, '\n');
}

static void append_time(struct page *page, int64_t time_us)
{
    char text[CLOCK_TEXT_SIZE];
    buf_append(page->out, clock_format(time_us, text));
}

static void append_title(struct page *page)
{
    struct value title = alert_member(&page->body, "title");
    if (title.kind == VALUE_STRING && title.text.len) {
        append_value(page, &title, SHOWN_TITLE_BYTES);
    } else {
        text_append_visible(page->out, page->alert->signal.policy_id);
    }
}

static void append_state(struct page *page)
{
    const struct alert *alert = page->alert;
    buf_printf(page->out, "%.*s: ", SPAN_ARG(alert_status_name(alert->status)));
    buf_printf(page->out, "%.*s, policy %.*s, %" PRIu64 " finding%s\n",
               SPAN_ARG(alert->signal.severity), SPAN_ARG(alert->signal.policy_id), alert->count,
               alert->count == 1 ? "" : "s");
    buf_append(page->out, SPAN("first "));
    append_time(page, alert->first_us);
    buf_append(page->out, SPAN(", last "));
    append_time(page, alert->last_us);
    buf_append_char(page->out, '\n');
}

static void append_why(struct page *page)
{
    struct value correlation = alert_object(page->alert->correlation, page->arena);
    alert_write_why(&correlation, "  ", page->arena, page->out);
}

static void append_side(struct page *page, const struct value *change, const char *name)
{
    struct value value = alert_member(change, name);
    if (value.kind == VALUE_NULL) {
        buf_append(page->out, SPAN("(none)"));
    } else {
        append_value(page, &value, SHOWN_VALUE_BYTES);
    }
}

static void append_change(struct page *page, const struct value *change)
{
    struct value attribute = alert_member(change, "attribute");
    buf_append(page->out, SPAN("  "));
    append_value(page, &attribute, SHOWN_VALUE_BYTES);
    buf_append(page->out, SPAN(": "));
    append_side(page, change, "before");
    buf_append(page->out, SPAN(" -> "));
    append_side(page, change, "after");
    buf_append_char(page->out, '\n');
}

static void append_changes(struct page *page)
{
    struct value changes = alert_member(&page->body, "changes");
    if (changes.kind != VALUE_LIST || changes.list.count == 0) {
        return;
    }
    buf_append(page->out, SPAN("\nChanged:\n"));
    for (size_t i = 0; i < changes.list.count && i < SHOWN_CHANGES; i++) {
        append_change(page, &changes.list.items[i]);
    }
    if (changes.list.count > SHOWN_CHANGES) {
        buf_printf(page->out, "  and %zu more\n", changes.list.count - SHOWN_CHANGES);
    }
}

static void append_steps(struct page *page)
{
    struct value steps = alert_member(&page->body, "steps");
    bool any = steps.kind == VALUE_LIST && steps.list.count > 0;
    if (any) {
        buf_append(page->out, SPAN("\nWhat to do:\n"));
    }
    for (size_t i = 0; any && i < steps.list.count && i < SHOWN_STEPS; i++) {
        buf_printf(page->out, "  %zu. ", i + 1);
        append_value(page, &steps.list.items[i], SHOWN_VALUE_BYTES);
        buf_append_char(page->out, '\n');
    }
}

static void append_id(struct page *page)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(&page->alert->id, hex);
    buf_printf(page->out, "\nAlert %s\n", hex);
}

static struct page page_begin(const struct alert *alert, struct buf *out)
{
    struct page page = {.alert = alert, .arena = arena_new(0), .out = out};
    page.body = alert_object(alert->signal.body, page.arena);
    return page;
}

void alert_write_text(const struct alert *alert, struct buf *out)
{
    struct page page = page_begin(alert, out);
    append_title(&page);
    buf_append_char(out, '\n');
    append_state(&page);
    append_why(&page);
    append_line(&page, "", "description");
    append_line(&page, "problem: ", "problem");
    append_line(&page, "found by policy ", "found_by");
    buf_append_char(out, '\n');
    append_line(&page, "table ", "table");
    append_line(&page, "region ", "region");
    append_line(&page, "account ", "account");
    append_line(&page, "service ", "service");
    append_line(&page, "operation ", "op");
    append_line(&page, "actor ", "actor");
    append_line(&page, "keys ", "keys");
    append_changes(&page);
    append_steps(&page);
    append_line(&page, "\nRunbook: ", "runbook");
    append_id(&page);
    arena_free(&page.arena);
}

/* Bytes of the first `characters` code points. */
static size_t characters_length(struct span text, size_t characters)
{
    size_t at = 0;
    uint32_t code = 0;
    while (at < text.len && characters-- > 0) {
        size_t length = span_decode_utf8(text, at, &code);
        at += length ? length : 1;
    }
    return at;
}

void alert_write_line(const struct alert *alert, size_t characters_max, struct buf *out)
{
    struct buf line = {0};
    struct page page = page_begin(alert, &line);
    bool resolved = alert->status == ALERT_RESOLVED;
    buf_printf(&line, "[%.*s] ",
               SPAN_ARG(resolved ? alert_status_name(alert->status) : alert->signal.severity));
    append_title(&page);
    if (characters_length(buf_view(&line), characters_max) < line.len) {
        line.len = characters_length(buf_view(&line), characters_max - 1);
        buf_append(&line, SPAN(TEXT_CUT_MARK));
    }
    buf_append(out, buf_view(&line));
    buf_deinit(&line);
    arena_free(&page.arena);
}
