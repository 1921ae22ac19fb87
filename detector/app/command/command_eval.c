/* command_eval.c: `deltaward eval`: an expression on a record, or many on their own data. */
#include "app/complain.h"
#include "app/command/eval.h"
#include "app/command/eval_batch.h"
#include "app/command/read_input.h"
#include "base/json_writer.h"
#include "file/file_source.h"
#include "model/record.h"

static const struct option_example examples[] = {
    {"deltaward eval 'new.price < old.price * 0.9' --input change.json",
     "on a change record, with the names that policies have"},
    {"echo '{\"items\": [1, 2]}' | deltaward eval 'items.exists(i, i > 1)' --input -",
     "on any JSON object, whose members are the names"},
    {"echo '{\"id\": 1, \"expr\": \"a + 1\", \"bindings\": {\"a\": 2}}' | deltaward eval --batch",
     "many questions as JSON Lines, one answer each"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "input", .letter = 'i', .type = OPTION_TEXT, .placeholder = "FILE",
     .text = "the record, as JSON; - is stdin (the default with --batch)"},
    {.name = "batch", .type = OPTION_FLAG,
     .text = "read {\"id\", \"expr\", \"bindings\"?, \"variables\"?: [{\"name\", \"expr\"}]} a "
             "line, write {\"id\", \"value\"} or {\"id\", \"error\"} a line; plain CEL"},
    {.name = "json", .type = OPTION_FLAG,
     .text = "one object {\"value\"} or {\"error\"} instead of the bare value"},
};

static bool write_batch(const struct invocation *invocation, const struct source_batch *batch)
{
    struct buf text = {0};
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->records[i].refused) {
            eval_batch_refuse(batch->records[i].refused, &text);
        } else {
            eval_batch_answer(batch->records[i].bytes, &text);
        }
    }
    bool written = answer(invocation, buf_view(&text));
    buf_deinit(&text);
    return written;
}

static enum command_exit run_batch(const struct invocation *invocation)
{
    const struct file_source_options source_options = {
        .name = SPAN("questions"),
        .path = option_given(invocation->options, "input")
                    ? option_text(invocation->options, "input")
                    : SPAN("-"),
    };
    struct source *source = file_source_new(&source_options);
    struct span nowhere = {0};
    struct source_memory memory = source_memory_of(&nowhere);
    enum status status = source->ops->open(source, &memory);
    bool written = true;
    while (written && (status == STATUS_OK || status == STATUS_AGAIN)) {
        struct source_batch batch = {0};
        status = source->ops->read(source, 1000, &batch);
        if (status == STATUS_OK) {
            written = write_batch(invocation, &batch);
        }
    }
    if (written && status != STATUS_END) {
        struct span problem = source->ops->problem(source);
        complain(invocation, NULL, "%.*s", SPAN_ARG(problem));
    }
    source->ops->free(source);
    return written && status == STATUS_END ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static void complain_issues(const struct invocation *invocation, struct span text,
                            const struct cel_issues *issues)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    for (size_t i = 0; i < issues->count; i++) {
        const struct cel_issue *issue = &issues->items[i];
        struct place place = {.file = SPAN("expression"), .source = text, .line = 1, .column = 1,
                              .width = issue->length};
        for (size_t k = 0; k < issue->offset && k < text.len; k++) {
            bool line_end = text.ptr[k] == '\n';
            place.line += line_end;
            bool counts = ((unsigned char)text.ptr[k] & 0xC0) != 0x80;
            place.column = line_end ? 1 : place.column + counts;
        }
        diag_add(&diags, issue->warning ? DIAG_WARNING : DIAG_ERROR, place, issue->hint, "%.*s",
                 SPAN_ARG(issue->message));
        if (issue->warning) {
            diag_set_kind(&diags, cel_warning_name(issue->kind));
        }
    }
    complain_diags(invocation, &diags);
}

static enum command_exit write_result(const struct invocation *invocation,
                                      const struct value *value)
{
    bool json = option_flag(invocation->options, "json");
    bool failed = value->kind == VALUE_ERROR;
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    if (json) {
        json_open_object(&writer);
        json_key(&writer, failed ? "error" : "value");
    }
    if (failed && json) {
        json_write_string(&writer, value->text);
    } else if (failed) {
        complain(invocation, NULL, "%.*s", SPAN_ARG(value->text));
    } else {
        value_write_json(value, &writer);
    }
    if (json) {
        json_close_object(&writer);
    }
    if (text.len) {
        buf_append_char(&text, '\n');
    }
    bool written = answer(invocation, buf_view(&text));
    buf_deinit(&text);
    return !written ? COMMAND_ENVIRONMENT : failed ? COMMAND_USAGE : COMMAND_OK;
}

/* It was meant as one, whatever is wrong with it. */
static bool is_change(const struct value *record)
{
    return record->kind == VALUE_MAP && value_map_get(record, SPAN("dynamodb"));
}

/* On a change or an API call if the record is one, else on a JSON object. */
static enum status eval_record(const struct invocation *invocation, struct span expression,
                               struct span record, struct cel_issues *issues, struct value *out)
{
    struct eval_question question = {.text = expression};
    struct json_error error = {0};
    struct json_error no_change = {0};
    struct record read;
    if (record.len && record_read(record, RECORD_FORMAT_AUTO, invocation->arena, &no_change,
                                  &read) == STATUS_OK && read.kind == RECORD_EVENT) {
        return eval_change(expression, &read.change, invocation->arena, issues, out);
    }
    if (record.len && json_read(record, JSON_NUMBERS_CEL, invocation->arena, &error,
                                &question.bindings) != STATUS_OK) {
        complain(invocation, "--input wants one JSON text or one change record",
                 "the input is no JSON: %s (at byte %zu)", error.reason, error.offset);
        return STATUS_INVALID;
    }
    if (is_change(&question.bindings)) {
        complain(invocation, NULL, "the change record cannot be read: %s (at byte %zu)",
                 no_change.reason, no_change.offset);
        return STATUS_INVALID;
    }
    if (record.len && question.bindings.kind != VALUE_MAP) {
        complain(invocation, NULL, "the input must be a JSON object");
        return STATUS_INVALID;
    }
    return eval_plain(&question, invocation->arena, issues, out);
}

static enum command_exit run_one(const struct invocation *invocation, struct span expression)
{
    struct cel_issues issues = cel_issues_in(invocation->arena);
    struct buf record = {0};
    struct value result;
    if (option_given(invocation->options, "input") &&
        !read_input(invocation, option_text(invocation->options, "input"), JSON_BYTES_MAX,
                    &record)) {
        buf_deinit(&record);
        return COMMAND_USAGE;
    }
    enum status status = eval_record(invocation, expression, span_trim(buf_view(&record)),
                                     &issues, &result);
    complain_issues(invocation, expression, &issues);
    enum command_exit ended =
        status == STATUS_OK ? write_result(invocation, &result) : COMMAND_USAGE;
    buf_deinit(&record);
    return ended;
}

static enum command_exit run(const struct invocation *invocation)
{
    size_t count = 0;
    const struct span *words = option_arguments(invocation->options, &count);
    bool batch = option_flag(invocation->options, "batch");
    if (batch == (count == 1)) {
        complain(invocation, "deltaward eval --help", "eval wants an expression, or --batch");
        return COMMAND_USAGE;
    }
    return batch ? run_batch(invocation) : run_one(invocation, words[0]);
}

const struct command command_eval = {
    .face = {
        .name = "eval",
        .summary = "Evaluates an expression and prints its value as JSON.",
        .arguments = "[EXPR]",
        .argument_max = 1,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
