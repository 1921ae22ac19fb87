/* explain_text.c: the verdict first, then what it is made of: a tree of the source with its values
 * in a column of their own, '>' before what decides. */
#include "app/explain/explain_text.h"

#include "app/explain/explain_value.h"
#include "base/clock.h"
#include "model/api_call.h"
#include "policy/plan/plan_documents.h"

#include <stdio.h>

enum { SOURCE_COLUMNS_MAX = 76, INDENT_MAX = 40, PLACE_MAX = 24 };

struct page {
    const struct plan *plan;
    const char *indent;
    const char *bold;
    const char *plain;
    struct buf *out;
};

static void write_plain(const struct page *page, struct span text)
{
    (void)explain_source_text(text, SIZE_MAX, page->out);
}

/* --- a trace --- */

/* Texts of one row before they are set under each other. */
struct cells {
    char place[PLACE_MAX];
    struct span source;
    size_t source_width;
    struct span value;
};

static struct span taken(struct buf *text, struct arena *arena)
{
    struct span copy = arena_copy(arena, buf_view(text));
    buf_deinit(text);
    return copy;
}

static void append_variable(struct buf *text, struct span name, const struct explain_row *row,
                            const struct value *value)
{
    buf_printf(text, "%.*s = ", SPAN_ARG(name));
    if (row->hidden) {
        buf_append(text, SPAN("(masked)"));
    } else {
        explain_value_text(value, text);
    }
}

static struct cells element_cells(const struct explain_row *row, struct arena *arena)
{
    struct cells cells = {.place = ""};
    struct buf variables = {0};
    struct buf source = {0};
    struct buf value = {0};
    size_t indent = row->row->depth * 2 < INDENT_MAX ? row->row->depth * 2 : INDENT_MAX;
    append_variable(&variables, row->row->names[0], row, &row->value);
    if (row->row->names[1].len) {
        buf_append(&variables, SPAN(", "));
        append_variable(&variables, row->row->names[1], row, &row->second);
    }
    buf_printf(&source, "%*s", (int)indent, "");
    cells.source_width =
        indent + explain_source_text(buf_view(&variables), SOURCE_COLUMNS_MAX - indent, &source);
    buf_printf(&value, "(element %zu; %zu looked at)", row->row->index + 1, row->row->count);
    buf_deinit(&variables);
    cells.source = taken(&source, arena);
    cells.value = taken(&value, arena);
    return cells;
}

static void append_value(struct buf *text, const struct explain_row *row)
{
    if (row->row->state == CEL_TRACE_NOT_REACHED) {
        buf_append(text, SPAN("not reached"));
    } else if (row->hidden) {
        buf_append(text, SPAN("(masked)"));
    } else if (row->value.kind == VALUE_ERROR) {
        buf_append(text, SPAN("error: "));
        (void)explain_source_text(row->value.text, EXPLAIN_VALUE_BYTES_MAX, text);
    } else {
        explain_value_text(&row->value, text);
        buf_append(text, row->masked ? SPAN(" (masked)") : SPAN(""));
    }
}

static struct cells part_cells(const struct explain_row *row, struct arena *arena)
{
    struct cells cells;
    struct buf source = {0};
    struct buf value = {0};
    size_t indent = row->row->depth * 2 < INDENT_MAX ? row->row->depth * 2 : INDENT_MAX;
    snprintf(cells.place, sizeof cells.place, "%u:%u", row->place.line, row->place.column);
    buf_printf(&source, "%*s", (int)indent, "");
    cells.source_width =
        indent + explain_source_text(row->text, SOURCE_COLUMNS_MAX - indent, &source);
    append_value(&value, row);
    cells.source = taken(&source, arena);
    cells.value = taken(&value, arena);
    return cells;
}

static void write_row(const struct page *page, const struct explain_row *row,
                      const struct cells *cells, const size_t widths[2])
{
    bool decides = row->row->decides;
    buf_printf(page->out, "%s%s%s %*s  %.*s%*s  %.*s%s\n", page->indent,
               decides ? page->bold : "", decides ? ">" : " ", (int)widths[0], cells->place,
               SPAN_ARG(cells->source), (int)(widths[1] - cells->source_width), "",
               SPAN_ARG(cells->value), decides ? page->plain : "");
}

static void write_rows(const struct page *page, const struct explain_expression *expression)
{
    struct arena *arena = arena_new(0);
    struct cells *cells = arena_array(arena, expression->count, sizeof *cells);
    size_t widths[2] = {0};
    for (size_t i = 0; i < expression->count; i++) {
        const struct explain_row *row = &expression->rows[i];
        bool element = row->row->kind == CEL_TRACE_ELEMENT;
        cells[i] = element ? element_cells(row, arena) : part_cells(row, arena);
        size_t place = strlen(cells[i].place);
        widths[0] = place > widths[0] ? place : widths[0];
        widths[1] = cells[i].source_width > widths[1] ? cells[i].source_width : widths[1];
    }
    for (size_t i = 0; i < expression->count; i++) {
        write_row(page, &expression->rows[i], &cells[i], widths);
    }
    if (expression->cut) {
        buf_printf(page->out, "%s  (more than %d rows: the rest is left out)\n", page->indent,
                   CEL_TRACE_ROWS_MAX);
    }
    arena_free(&arena);
}

/* --- a policy --- */

static void write_expression(const struct page *page, const struct explain_expression *expression)
{
    buf_printf(page->out, "%s  ", page->indent);
    write_plain(page, expression->name);
    buf_append(page->out, expression->reached ? SPAN(":\n") : SPAN(": not reached\n"));
    write_rows(page, expression);
}

static void write_match(const struct page *page, const struct explain_match *match)
{
    buf_printf(page->out, "%s  match.%-18.*s %-3s  wants ", page->indent, SPAN_ARG(match->key),
               match->holds ? "yes" : "no");
    write_plain(page, match->wanted);
    buf_append(page->out, SPAN(", is "));
    write_plain(page, match->got);
    buf_append_char(page->out, '\n');
}

static void write_exception(const struct page *page, const struct explain_exception *exception)
{
    buf_printf(page->out, "%s  exception ", page->indent);
    write_plain(page, exception->expression.name);
    if (exception->owner.len) {
        buf_append(page->out, SPAN(" (owner "));
        write_plain(page, exception->owner);
        buf_append_char(page->out, ')');
    }
    buf_append(page->out, exception->expired   ? SPAN(": expired\n")
                          : exception->exempts ? SPAN(": exempts\n")
                                               : SPAN(": does not exempt\n"));
    write_rows(page, &exception->expression);
}

static void write_verdict(const struct page *page, const struct explanation *explanation)
{
    static const char *const words[] = {
        [EXPLAIN_FINDING] = "finding",
        [EXPLAIN_MATCH] = "match",
        [EXPLAIN_NO_FINDING] = "no finding",
        [EXPLAIN_NOT_EVALUABLE] = "not evaluable",
    };
    const struct plan_policy *policy = &page->plan->policies[explanation->policy];
    const struct policy_doc *doc = plan_policy_document(page->plan, explanation->policy);
    struct place place = yaml_place(doc->id.node);
    bool finding =
        explanation->verdict == EXPLAIN_FINDING || explanation->verdict == EXPLAIN_MATCH;
    struct span severity = plan_severity_name(explanation->level);
    bool alerts = finding && policy->mode == PLAN_MODE_ENFORCE;
    buf_printf(page->out, "%s%s%.*s: %s%s", page->indent, page->bold, SPAN_ARG(policy->id),
               words[explanation->verdict], page->plain);
    if (alerts) {
        buf_printf(page->out, ", severity %.*s", SPAN_ARG(severity));
    }
    buf_append(page->out, SPAN(": "));
    write_plain(page, explanation->because);
    buf_append(page->out, SPAN(" ("));
    write_plain(page, place.file);
    buf_printf(page->out, ":%u)\n", place.line);
}

void explain_text_record(const struct change *change, const char *name, struct buf *out)
{
    char time[CLOCK_TEXT_SIZE];
    struct span at = clock_format(change->event_time_us, time);
    buf_printf(out, "%s: ", name);
    if (change->call) {
        buf_append(out, SPAN("API call "));
        (void)explain_source_text(change->call->operation, EXPLAIN_SOURCE_BYTES_MAX, out);
        buf_append(out, SPAN(" of "));
        (void)explain_source_text(change->call->service, EXPLAIN_SOURCE_BYTES_MAX, out);
    } else {
        buf_append(out, change_op_name(change->op));
        buf_append(out, SPAN(" of "));
        (void)explain_source_text(change->table, EXPLAIN_SOURCE_BYTES_MAX, out);
    }
    buf_append(out, SPAN(", event "));
    (void)explain_source_text(change->event_id, EXPLAIN_SOURCE_BYTES_MAX, out);
    buf_printf(out, ", at %.*s\n", SPAN_ARG(at));
}

void explain_text_write(const struct plan *plan, const struct explanation *explanation,
                        const char *indent, bool colour, struct buf *out)
{
    const struct page page = {
        .plan = plan,
        .indent = indent,
        .bold = colour ? "\033[1m" : "",
        .plain = colour ? "\033[0m" : "",
        .out = out,
    };
    write_verdict(&page, explanation);
    for (size_t i = 0; i < explanation->match_count; i++) {
        /* of a policy that the change does not concern, only why not */
        if (explanation->verdict != EXPLAIN_NO_FINDING || explanation->cause != EXPLAIN_BY_MATCH ||
            !explanation->matches[i].holds) {
            write_match(&page, &explanation->matches[i]);
        }
    }
    if (explanation->condition) {
        write_expression(&page, explanation->condition);
    }
    for (size_t i = 0; i < explanation->named_count; i++) {
        write_expression(&page, &explanation->named[i]);
    }
    for (size_t i = 0; i < explanation->exception_count; i++) {
        write_exception(&page, &explanation->exceptions[i]);
    }
    if (explanation->severity) {
        write_expression(&page, explanation->severity);
    }
    for (size_t i = 0; i < explanation->group_count; i++) {
        buf_printf(out, "%s  group ", indent);
        write_plain(&page, explanation->groups[i]);
        buf_append_char(out, '\n');
    }
}
