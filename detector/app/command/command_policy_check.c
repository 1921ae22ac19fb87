/* command_policy_check.c: `deltaward policy check`: everything that is wrong with policies. */
#include "app/complain.h"
#include "app/policies/policy_set.h"
#include "base/json_writer.h"

static const struct option_example examples[] = {
    {"deltaward policy check salary.yaml", "one file"},
    {"deltaward policy check policies --strict", "a folder; warnings fail too"},
    {"deltaward policy check policies --json", "one JSON object, for an editor or a build server"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "strict", .type = OPTION_FLAG, .text = "let warnings fail as errors do"},
    {.name = "json", .type = OPTION_FLAG, .text = "one JSON object with every finding"},
    {.name = "mask-key-file", .type = OPTION_TEXT, .placeholder = "FILE",
     .text = "the key of the masks hash and tokenize; without it a fixed one is used"},
};

/* What was found, in numbers. */
struct outcome {
    enum status status;
    size_t policies;
    size_t lookups;
};

static void write_place(const struct place *place, struct json_writer *writer)
{
    json_key(writer, "file");
    json_write_string(writer, place->file);
    json_key(writer, "line");
    json_write_uint(writer, place->line);
    json_key(writer, "column");
    json_write_uint(writer, place->column);
}

static void write_json(const struct diag_list *diags, const struct outcome *outcome,
                       struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "findings");
    json_open_array(&writer);
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        json_open_object(&writer);
        write_place(&diag->place, &writer);
        json_key(&writer, "severity");
        json_write_string(&writer, diag->level == DIAG_ERROR ? SPAN("error") : SPAN("warning"));
        json_key(&writer, "kind");
        json_write_string(&writer, diag->kind);
        json_key(&writer, "message");
        json_write_string(&writer, diag->message);
        json_key(&writer, "hint");
        json_write_string(&writer, diag->hint);
        json_close_object(&writer);
    }
    json_close_array(&writer);
    json_key(&writer, "errors");
    json_write_uint(&writer, diags->errors);
    json_key(&writer, "warnings");
    json_write_uint(&writer, diags->count - diags->errors);
    json_key(&writer, "policies");
    json_write_uint(&writer, outcome->policies);
    json_key(&writer, "lookups");
    json_write_uint(&writer, outcome->lookups);
    json_close_object(&writer);
    buf_append_char(out, '\n');
}

static void write_count(size_t count, const char *one, const char *many, struct buf *out)
{
    buf_printf(out, "%zu %s", count, count == 1 ? one : many);
}

static void write_text(const struct invocation *invocation, const struct diag_list *diags,
                       const struct outcome *outcome, struct buf *out)
{
    for (size_t i = 0; i < diags->count; i++) {
        diag_render(&diags->items[i], invocation->colour_stdout, out);
    }
    if (outcome->status == STATUS_OK) {
        write_count(outcome->policies, "policy", "policies", out);
        buf_append(out, SPAN(", "));
        write_count(outcome->lookups, "lookup", "lookups", out);
        buf_append(out, SPAN(": "));
    }
    write_count(diags->errors, "error", "errors", out);
    buf_append(out, SPAN(", "));
    write_count(diags->count - diags->errors, "warning", "warnings", out);
    buf_append_char(out, '\n');
}

/* What lies in topics is not looked at: no broker is needed for a check. */
static enum status read_no_rows(void *context, struct span topic, struct arena *arena,
                                struct span *text, int64_t *newest_us)
{
    (void)context;
    (void)topic;
    (void)arena;
    *text = SPAN("");
    *newest_us = 0;
    return STATUS_OK;
}

static void ignore_refused(void *context, struct span topic, size_t count)
{
    (void)context;
    (void)topic;
    (void)count;
}

static const struct lookup_feed no_rows = {.rows = read_no_rows, .refused = ignore_refused};

static struct outcome check_paths(const struct invocation *invocation, struct diag_list *diags)
{
    size_t path_count = 0;
    const struct span *paths = option_arguments(invocation->options, &path_count);
    struct span key_file = option_text(invocation->options, "mask-key-file");
    struct plan_options plan_options = {
        .mask_key = SPAN("key of checks"),
        .now_us = clock_now_us(clock_system()),
    };
    struct policy_set set = {0};
    struct outcome outcome = {.status = STATUS_OK};
    if (key_file.len) {
        outcome.status = policy_set_mask_key(key_file, diags, &plan_options.mask_key);
    }
    if (outcome.status == STATUS_OK) {
        outcome.status = plan_load(paths, path_count, &plan_options, diags, &set.plan);
    }
    if (outcome.status == STATUS_OK) {
        outcome.policies = set.plan->policy_count;
        outcome.lookups = set.plan->lookup_count;
        outcome.status = policy_set_load_lookups(&set, &no_rows, diags);
    }
    policy_set_deinit(&set);
    return outcome;
}

static enum command_exit exit_of(const struct invocation *invocation,
                                 const struct diag_list *diags, const struct outcome *outcome)
{
    bool unreadable = outcome->status == STATUS_NOT_FOUND || outcome->status == STATUS_IO;
    bool strict = option_flag(invocation->options, "strict");
    if (unreadable) {
        return COMMAND_USAGE;
    }
    bool failed = outcome->status != STATUS_OK || diags->errors || (strict && diags->count);
    return failed ? COMMAND_FINDINGS : COMMAND_OK;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    struct outcome outcome = check_paths(invocation, &diags);
    struct buf text = {0};
    if (option_flag(invocation->options, "json")) {
        write_json(&diags, &outcome, &text);
    } else {
        write_text(invocation, &diags, &outcome, &text);
    }
    bool written = answer(invocation, buf_view(&text));
    buf_deinit(&text);
    return written ? exit_of(invocation, &diags, &outcome) : COMMAND_ENVIRONMENT;
}

const struct command command_policy_check = {
    .face = {
        .name = "policy check",
        .summary = "Says everything that is wrong with policies and lookups.",
        .arguments = "PATH...",
        .argument_min = 1,
        .argument_max = SIZE_MAX,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
