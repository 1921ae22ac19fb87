/* eval_batch.c: one question, one answer: a mistake in a line is that line's answer and ends
 * nothing. */
#include "app/command/eval_batch.h"

#include "app/command/eval.h"
#include "base/json_writer.h"
#include "model/alert.h"
#include "model/json.h"

enum { VARIABLES_MAX = 1024 };

static void write_answer(struct span id, const char *key, struct span json, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "id");
    json_write_raw(&writer, id.len ? id : SPAN("null"));
    json_key(&writer, key);
    json_write_raw(&writer, json);
    json_close_object(&writer);
    buf_append_char(out, '\n');
}

static void write_error(struct span id, struct span message, struct buf *out)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_write_string(&writer, message);
    write_answer(id, "error", buf_view(&text), out);
    buf_deinit(&text);
}

static bool text_member(const struct value *map, const char *name, struct span *out)
{
    const struct value *found = value_map_get(map, span_view(name));
    if (!found || found->kind != VALUE_STRING) {
        return false;
    }
    *out = found->text;
    return true;
}

/* The reason why the variables are no list of {"name", "expr"}; NULL when all is well. */
static const char *read_variables(const struct value *list, struct arena *arena,
                                  struct eval_question *question)
{
    static const char wanted[] = "variables must be a list of {\"name\", \"expr\"}";
    if (list->kind != VALUE_LIST || list->list.count > VARIABLES_MAX) {
        return wanted;
    }
    struct eval_variable *variables =
        arena_array(arena, list->list.count + 1, sizeof *variables);
    for (size_t i = 0; i < list->list.count; i++) {
        const struct value *item = &list->list.items[i];
        if (item->kind != VALUE_MAP || !text_member(item, "name", &variables[i].name) ||
            !text_member(item, "expr", &variables[i].text)) {
            return wanted;
        }
    }
    question->variables = variables;
    question->variable_count = list->list.count;
    return NULL;
}

static const char *read_question(const struct value *line, struct arena *arena,
                                 struct eval_question *question)
{
    const struct value *bindings = value_map_get(line, SPAN("bindings"));
    const struct value *variables = value_map_get(line, SPAN("variables"));
    if (!text_member(line, "expr", &question->text)) {
        return "expr must be a text";
    }
    if (bindings && bindings->kind != VALUE_MAP && bindings->kind != VALUE_NULL) {
        return "bindings must be an object";
    }
    question->bindings = bindings ? *bindings : value_null();
    return variables && variables->kind != VALUE_NULL ? read_variables(variables, arena, question)
                                                      : NULL;
}

static void write_value(struct span id, const struct value *value, struct buf *out)
{
    if (value->kind == VALUE_ERROR) {
        write_error(id, value->text, out);
        return;
    }
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    value_write_json(value, &writer);
    write_answer(id, "value", buf_view(&text), out);
    buf_deinit(&text);
}

static struct span issue_text(const struct cel_issues *issues, struct arena *arena)
{
    for (size_t i = 0; i < issues->count; i++) {
        if (!issues->items[i].warning) {
            return arena_printf(arena, "%.*s (at byte %u)", SPAN_ARG(issues->items[i].message),
                                issues->items[i].offset);
        }
    }
    return SPAN("the expression is invalid");
}

static void answer_question(struct span id, const struct value *line, struct arena *arena,
                            struct buf *out)
{
    struct eval_question question = {0};
    struct cel_issues issues = cel_issues_in(arena);
    struct value result;
    const char *wrong = read_question(line, arena, &question);
    if (wrong) {
        write_error(id, span_view(wrong), out);
    } else if (eval_plain(&question, arena, &issues, &result) != STATUS_OK) {
        write_error(id, issue_text(&issues, arena), out);
    } else {
        write_value(id, &result, out);
    }
}

void eval_batch_answer(struct span line, struct buf *out)
{
    struct arena *arena = arena_new(0);
    struct json_error error = {0};
    struct value question;
    if (json_read(line, JSON_NUMBERS_CEL, arena, &error, &question) != STATUS_OK) {
        write_error((struct span){0},
                    arena_printf(arena, "not JSON: %s (at byte %zu)", error.reason, error.offset),
                    out);
    } else if (question.kind != VALUE_MAP) {
        write_error((struct span){0}, SPAN("a question is a JSON object"), out);
    } else {
        answer_question(alert_body_member(line, SPAN("id")), &question, arena, out);
    }
    arena_free(&arena);
}

void eval_batch_refuse(const char *reason, struct buf *out)
{
    write_error((struct span){0}, span_view(reason), out);
}
