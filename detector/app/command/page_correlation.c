/* page_correlation.c: why, then which events. */
#include "app/command/page_correlation.h"

#include "app/command/page_label.h"
#include "model/alert_member.h"
#include "model/alert_why.h"

enum { EVENTS_SHOWN = 5 };

static void append(const struct value *map, const char *words, const char *name, struct buf *out)
{
    struct value value = alert_member(map, name);
    if (value.kind != VALUE_NULL) {
        buf_append(out, span_view(words));
        alert_append_value(&value, out);
    }
}

static void write_event(const struct value *event, struct buf *out)
{
    struct value source = alert_member(event, "source");
    page_label("", out);
    append(event, "", "event_time", out);
    append(event, "  input ", "input", out);
    append(&source, "  ", "name", out);
    append(&source, ", offset ", "offset", out);
    buf_append_char(out, '\n');
}

static void write_events(const struct value *correlation, struct buf *out)
{
    struct value events = alert_member(correlation, "events");
    size_t count = events.kind == VALUE_LIST ? events.list.count : 0;
    page_label("events", out);
    append(correlation, "", "event_count", out);
    append(correlation, ", ", "from", out);
    append(correlation, " to ", "to", out);
    buf_append_char(out, '\n');
    for (size_t i = 0; i < count && i < EVENTS_SHOWN; i++) {
        write_event(&events.list.items[i], out);
    }
    if (count > EVENTS_SHOWN) {
        page_label("", out);
        buf_append(out, SPAN("and others (--json lists the first 20)\n"));
    }
}

void page_write_correlation(struct span text, struct arena *arena, struct buf *out)
{
    struct value correlation = alert_object(text, arena);
    if (text.len) {
        page_label("why", out);
        alert_write_why(&correlation, PAGE_INDENT, arena, out);
        write_events(&correlation, out);
    }
}
