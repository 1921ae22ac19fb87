#include "describe_language.h"

#include "base/check.h"
#include "cel/library/manual.h"
#include "describe_signature.h"

#include <stdio.h>

#define BEGIN "<!-- table: "
#define CLOSE " -->"
#define END "<!-- end -->"

enum { OVERLOADS_MAX = 1024 };

/* A cell: what would end it is escaped. */
static void write_cell(const char *text, struct buf *out)
{
    for (; *text; text++) {
        buf_append(out, *text == '|' ? SPAN("\\|") : span_of(text, 1));
    }
}

static bool is_told(const struct cel_manual_row *row, const struct cel_overload *overload)
{
    return strcmp(row->name, overload->name) == 0 &&
           span_starts_with(span_view(overload->signature), span_view(row->form));
}

/* Writes the calls of a row; false when it is of no function. */
static bool write_calls(const struct cel_manual_row *row, struct buf *out, int cost[2])
{
    size_t count;
    const struct cel_overload *rows = cel_library(&count);
    bool done[OVERLOADS_MAX] = {false};
    bool any = false;
    check(count <= OVERLOADS_MAX);
    cost[0] = 255;
    cost[1] = 0;
    for (size_t i = 0; i < count; i++) {
        if (done[i] || !is_told(row, &rows[i])) {
            continue;
        }
        struct signature_group group = signature_group_of(&rows[i]);
        for (size_t k = i; k < count; k++) {
            if (k == i || (!done[k] && is_told(row, &rows[k]) &&
                           signature_group_take(&group, &rows[k]))) {
                done[k] = true;
                cost[0] = rows[k].cost < cost[0] ? rows[k].cost : cost[0];
                cost[1] = rows[k].cost > cost[1] ? rows[k].cost : cost[1];
            }
        }
        buf_append(out, any ? SPAN("<br>") : SPAN(""));
        signature_group_write(&group, out);
        any = true;
    }
    return any;
}

/* "list.map(x, value), list.map(x, condition, value)": each as code. */
static void write_forms(const char *forms, struct buf *out)
{
    buf_append_char(out, '`');
    for (; *forms; forms++) {
        bool between = forms[0] == ')' && forms[1] == ',';
        buf_append(out, between ? SPAN(")`<br>`") : span_of(forms, 1));
        forms += between ? 2 : 0;
    }
    buf_append_char(out, '`');
}

static void write_row(const struct cel_manual_row *row, struct buf *out)
{
    int cost[2];
    buf_append(out, SPAN("| "));
    if (!write_calls(row, out, cost)) {
        write_forms(row->form, out);
        buf_append(out, SPAN(" | | "));
    } else if (cost[0] == cost[1]) {
        buf_printf(out, " | %d | ", cost[0]);
    } else {
        buf_printf(out, " | %d to %d | ", cost[0], cost[1]);
    }
    write_cell(row->text, out);
    buf_append(out, SPAN(" | `"));
    write_cell(row->example, out);
    buf_append(out, SPAN("` | `"));
    write_cell(row->value, out);
    buf_append(out, SPAN("` |\n"));
}

static bool write_errors(struct span topic, struct buf *out)
{
    size_t count;
    const struct cel_manual_error *rows = cel_manual_errors(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!span_equals(span_view(rows[i].topic), topic)) {
            continue;
        }
        if (!any) {
            buf_append(out, SPAN("\n| error | why, and what to do | example |\n|---|---|---|\n"));
        }
        any = true;
        buf_append(out, SPAN("| "));
        write_cell(rows[i].text, out);
        buf_append(out, SPAN(" | "));
        write_cell(rows[i].remedy, out);
        buf_append(out, SPAN(" | `"));
        write_cell(rows[i].example, out);
        buf_append(out, SPAN("` |\n"));
    }
    buf_append(out, any ? SPAN("\n") : SPAN(""));
    return any;
}

static bool write_rows(struct span topic, struct buf *out)
{
    size_t count;
    const struct cel_manual_row *rows = cel_manual(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!span_equals(span_view(rows[i].topic), topic)) {
            continue;
        }
        if (!any) {
            buf_append(out, SPAN("\n| written | cost | gives | example | value |\n"
                                 "|---|---|---|---|---|\n"));
        }
        write_row(&rows[i], out);
        any = true;
    }
    buf_append(out, any ? SPAN("\n") : SPAN(""));
    return any;
}

static struct span next_line(struct span *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct span line = span_of(rest->ptr, end ? (size_t)(end - rest->ptr) + 1 : rest->len);
    *rest = span_of(rest->ptr + line.len, rest->len - line.len);
    return line;
}

/* The topic of a line that begins a table; empty for others. */
static struct span topic_of(struct span line)
{
    struct span whole = span_trim(line);
    if (!span_starts_with(whole, SPAN(BEGIN)) || !span_ends_with(whole, SPAN(CLOSE))) {
        return span_of(NULL, 0);
    }
    return span_of(whole.ptr + sizeof BEGIN - 1,
                   whole.len - (sizeof BEGIN - 1) - (sizeof CLOSE - 1));
}

static bool page_has(struct span page, const char *topic)
{
    for (struct span rest = page; rest.len;) {
        if (span_equals(topic_of(next_line(&rest)), span_view(topic))) {
            return true;
        }
    }
    fprintf(stderr, "the page has no line %s%s%s\n", BEGIN, topic, CLOSE);
    return false;
}

static bool page_has_all(struct span page)
{
    size_t count;
    const struct cel_manual_row *rows = cel_manual(&count);
    size_t error_count;
    const struct cel_manual_error *errors = cel_manual_errors(&error_count);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        good &= page_has(page, rows[i].topic);
    }
    for (size_t i = 0; i < error_count; i++) {
        good &= page_has(page, errors[i].topic);
    }
    return good;
}

bool describe_language(struct span page, struct buf *out)
{
    bool good = page_has_all(page);
    bool inside = false;
    for (struct span rest = page; rest.len;) {
        struct span line = next_line(&rest);
        struct span topic = topic_of(line);
        inside = inside && !span_equals(span_trim(line), SPAN(END));
        if (inside) {
            continue;
        }
        buf_append(out, line);
        if (topic.len && !write_rows(topic, out) && !write_errors(topic, out)) {
            fprintf(stderr, "no row of the manual has the topic %.*s\n", SPAN_ARG(topic));
            good = false;
        }
        inside = topic.len > 0;
    }
    return good;
}
