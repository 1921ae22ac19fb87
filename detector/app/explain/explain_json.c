/* explain_json.c: rows lie beside each other with a depth, so that no expression is too deep. */
#include "app/explain/explain_json.h"

#include "app/explain/explain_value.h"
#include "base/clock.h"
#include "model/api_call.h"
#include "policy/plan/plan_documents.h"

static void write_text(struct json_writer *writer, const char *key, struct span text)
{
    json_key(writer, key);
    json_write_string(writer, text);
}

static void write_number(struct json_writer *writer, const char *key, uint64_t number)
{
    json_key(writer, key);
    json_write_uint(writer, number);
}

static void write_bool(struct json_writer *writer, const char *key, bool truth)
{
    json_key(writer, key);
    json_write_bool(writer, truth);
}

/* Under `key`; a value whose text is too long is cut, and then a text under `key_cut`. */
static void write_value(struct json_writer *writer, struct span key, const struct value *value)
{
    struct buf json = {0};
    struct json_writer inner = json_writer_to(&json);
    value_write_json(value, &inner);
    size_t shown = explain_cut(buf_view(&json), EXPLAIN_VALUE_JSON_BYTES_MAX);
    struct buf cut = {0};
    buf_append(&cut, key);
    buf_append(&cut, SPAN("_cut"));
    json_key_span(writer, shown == json.len ? key : buf_view(&cut));
    if (shown == json.len) {
        json_write_raw(writer, buf_view(&json));
    } else {
        json_write_string(writer, span_of(json.ptr, shown));
        write_number(writer, "bytes", json.len);
    }
    buf_deinit(&cut);
    buf_deinit(&json);
}

static void write_variable(struct json_writer *writer, struct span name,
                           const struct explain_row *row, const struct value *value)
{
    if (name.len == 0) {
        return;
    }
    json_open_object(writer);
    write_text(writer, "name", name);
    if (!row->hidden) {
        write_value(writer, SPAN("value"), value);
    }
    json_close_object(writer);
}

static void write_element(struct json_writer *writer, const struct explain_row *row)
{
    write_number(writer, "element", row->row->index + 1);
    write_number(writer, "looked_at", row->row->count);
    json_key(writer, "variables");
    json_open_array(writer);
    write_variable(writer, row->row->names[0], row, &row->value);
    write_variable(writer, row->row->names[1], row, &row->second);
    json_close_array(writer);
}

static void write_part(struct json_writer *writer, const struct explain_row *row)
{
    static const struct span states[] = {
        [CEL_TRACE_NOT_REACHED] = {"not_reached", 11},
        [CEL_TRACE_VALUE] = {"value", 5},
        [CEL_TRACE_ERROR] = {"error", 5},
    };
    struct buf text = {0};
    (void)explain_source_text(row->text, EXPLAIN_SOURCE_BYTES_MAX, &text);
    write_text(writer, "text", buf_view(&text));
    buf_deinit(&text);
    write_text(writer, "state", states[row->row->state]);
    if (row->row->state == CEL_TRACE_ERROR) {
        write_text(writer, "error",
                   span_of(row->value.text.ptr,
                           explain_cut(row->value.text, EXPLAIN_VALUE_JSON_BYTES_MAX)));
    } else if (row->row->state == CEL_TRACE_VALUE && !row->hidden) {
        write_value(writer, SPAN("value"), &row->value);
    }
}

static void write_row(struct json_writer *writer, const struct explain_row *row)
{
    json_open_object(writer);
    write_number(writer, "depth", row->row->depth);
    write_number(writer, "line", row->place.line);
    write_number(writer, "column", row->place.column);
    if (row->row->kind == CEL_TRACE_ELEMENT) {
        write_element(writer, row);
    } else {
        write_part(writer, row);
    }
    write_bool(writer, "decides", row->row->decides);
    write_bool(writer, "masked", row->masked);
    json_close_object(writer);
}

/* The members of an expression, inside of an object. */
static void write_trace(struct json_writer *writer, const struct explain_expression *expression)
{
    json_key(writer, "rows");
    json_open_array(writer);
    for (size_t i = 0; i < expression->count; i++) {
        write_row(writer, &expression->rows[i]);
    }
    json_close_array(writer);
    write_bool(writer, "cut", expression->cut);
}

static void write_expression(struct json_writer *writer, const char *key,
                             const struct explain_expression *expression)
{
    json_key(writer, key);
    if (!expression) {
        json_write_null(writer);
        return;
    }
    json_open_object(writer);
    write_trace(writer, expression);
    json_close_object(writer);
}

static void write_matches(struct json_writer *writer, const struct explanation *explanation)
{
    json_key(writer, "match");
    json_open_array(writer);
    for (size_t i = 0; i < explanation->match_count; i++) {
        const struct explain_match *match = &explanation->matches[i];
        json_open_object(writer);
        write_text(writer, "key", match->key);
        write_text(writer, "wanted", match->wanted);
        write_text(writer, "got", match->got);
        write_bool(writer, "holds", match->holds);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_named(struct json_writer *writer, const struct explanation *explanation)
{
    json_key(writer, "named");
    json_open_array(writer);
    for (size_t i = 0; i < explanation->named_count; i++) {
        json_open_object(writer);
        write_text(writer, "name", explanation->named[i].name);
        write_bool(writer, "reached", explanation->named[i].reached);
        write_trace(writer, &explanation->named[i]);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_exceptions(struct json_writer *writer, const struct explanation *explanation)
{
    json_key(writer, "exceptions");
    json_open_array(writer);
    for (size_t i = 0; i < explanation->exception_count; i++) {
        const struct explain_exception *exception = &explanation->exceptions[i];
        json_open_object(writer);
        write_text(writer, "name", exception->expression.name);
        write_text(writer, "owner", exception->owner);
        write_text(writer, "reason", exception->reason);
        write_bool(writer, "expired", exception->expired);
        write_bool(writer, "exempts", exception->exempts);
        write_trace(writer, &exception->expression);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_worth(struct json_writer *writer, const struct explanation *explanation)
{
    bool finding =
        explanation->verdict == EXPLAIN_FINDING || explanation->verdict == EXPLAIN_MATCH;
    json_key(writer, "severity");
    if (finding) {
        json_write_string(writer, plan_severity_name(explanation->level));
    } else {
        json_write_null(writer);
    }
    write_expression(writer, "severity_expression", explanation->severity);
    json_key(writer, "groups");
    json_open_array(writer);
    for (size_t i = 0; i < explanation->group_count; i++) {
        json_write_string(writer, explanation->groups[i]);
    }
    json_close_array(writer);
}

void explain_json_record(const struct change *change, size_t number, struct json_writer *writer)
{
    char time[CLOCK_TEXT_SIZE];
    json_open_object(writer);
    write_number(writer, "number", number);
    write_text(writer, "source", change->call ? SPAN("api_call") : SPAN("item_change"));
    write_text(writer, "operation",
               change->call ? change->call->operation : change_op_name(change->op));
    json_key(writer, "service");
    if (change->call) {
        json_write_string(writer, change->call->service);
    } else {
        json_write_null(writer);
    }
    write_text(writer, "table", change->table);
    write_text(writer, "event_id", change->event_id);
    write_text(writer, "event_time", clock_format(change->event_time_us, time));
    json_close_object(writer);
}

void explain_json_write(const struct plan *plan, const struct explanation *explanation,
                        struct json_writer *writer)
{
    const struct policy_doc *doc = plan_policy_document(plan, explanation->policy);
    struct place place = yaml_place(doc->id.node);
    json_open_object(writer);
    write_text(writer, "policy", plan->policies[explanation->policy].id);
    write_text(writer, "file", place.file);
    write_number(writer, "line", place.line);
    write_text(writer, "verdict", explain_verdict_name(explanation->verdict));
    write_text(writer, "cause", explain_cause_name(explanation->cause));
    write_text(writer, "because", explanation->because);
    write_matches(writer, explanation);
    write_expression(writer, "condition", explanation->condition);
    write_named(writer, explanation);
    write_exceptions(writer, explanation);
    write_worth(writer, explanation);
    json_close_object(writer);
}
