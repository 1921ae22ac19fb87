/* command_policy_explain.c: `deltaward policy explain`: why policies did, or did not, find
 * something in a change or an API call. */
#include "app/command/find_policy.h"
#include "app/command/read_input.h"
#include "app/complain.h"
#include "app/explain/explain_json.h"
#include "app/explain/explain_text.h"
#include "app/policies/policy_local.h"
#include "model/record.h"

enum { INPUT_BYTES_MAX = 64 * 1024 * 1024 };

static const struct option_example examples[] = {
    {"deltaward policy explain salary.yaml --input record.json",
     "why the policies of a file did, or did not, find something in a record"},
    {"deltaward policy explain policies --policy price-doubled --input changes.jsonl",
     "one policy of a folder, on every record of a file"},
    {"tail -1 changes.jsonl | deltaward policy explain policies --input - --json",
     "the same as data: one JSON object a record"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "input", .letter = 'i', .type = OPTION_TEXT, .placeholder = "FILE",
     .text = "one record as `run` reads them, or one a line; - is stdin"},
    {.name = "policy", .letter = 'p', .type = OPTION_TEXT, .placeholder = "ID",
     .text = "this policy alone"},
    {.name = "json", .type = OPTION_FLAG, .text = "one JSON object a record"},
    {.name = "mask-key-file", .type = OPTION_TEXT, .placeholder = "FILE",
     .text = "the key of the masks hash and tokenize; without it a fixed one is used"},
};

/* One call at work. */
struct work {
    const struct invocation *invocation;
    const struct plan *plan;
    uint32_t only; /* the policy that was asked for; policy_count: all */
    struct explainer explainer;
    size_t records;
    bool written; /* stdout took everything so far */
};

static void append_explanations(struct work *work, const struct change *change,
                                struct arena *arena, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    bool json = option_flag(work->invocation->options, "json");
    if (json) {
        json_open_object(&writer);
        json_key(&writer, "record");
        explain_json_record(change, work->records, &writer);
        json_key(&writer, "policies");
        json_open_array(&writer);
    } else {
        struct span name = arena_printf(arena, "record %zu", work->records);
        explain_text_record(change, name.ptr, out);
    }
    for (uint32_t i = 0; i < work->plan->policy_count; i++) {
        if (work->only != work->plan->policy_count && work->only != i) {
            continue;
        }
        struct explanation explanation = explain_policy(&work->explainer, i, change, arena);
        if (json) {
            explain_json_write(work->plan, &explanation, &writer);
        } else {
            buf_append_char(out, '\n');
            explain_text_write(work->plan, &explanation, "", work->invocation->colour_stdout, out);
        }
    }
    if (json) {
        json_close_array(&writer);
        json_close_object(&writer);
        buf_append_char(out, '\n');
    }
}

static void explain_change(struct work *work, const struct change *change, struct arena *arena)
{
    struct buf out = {0};
    work->records++;
    if (work->records > 1 && !option_flag(work->invocation->options, "json")) {
        buf_append_char(&out, '\n');
    }
    append_explanations(work, change, arena, &out);
    work->written = answer(work->invocation, buf_view(&out));
    buf_deinit(&out);
}

/* --- the records --- */

static bool read(struct span text, struct arena *arena, struct json_error *error,
                 struct record *record)
{
    *error = (struct json_error){0};
    return record_read(text, RECORD_FORMAT_AUTO, arena, error, record) == STATUS_OK;
}

static struct span next_line(struct span *text)
{
    const char *end = memchr(text->ptr, '\n', text->len);
    struct span line = span_of(text->ptr, end ? (size_t)(end - text->ptr) : text->len);
    size_t used = end ? line.len + 1 : line.len;
    *text = span_of(text->ptr + used, text->len - used);
    return span_trim(line);
}

static enum command_exit refuse_record(const struct work *work, size_t line,
                                       const struct json_error *error)
{
    complain(work->invocation, "--input wants records as `deltaward run` reads them",
             "line %zu of the input is no change record and no API call: %s (at byte %zu)", line,
             error->reason, error->offset);
    return COMMAND_USAGE;
}

/* The event of a record, or each of an envelope's. */
static enum command_exit explain_record(struct work *work, const struct record *record,
                                        size_t line, struct arena *arena)
{
    struct json_error error;
    if (record->kind == RECORD_EVENT) {
        explain_change(work, &record->change, arena);
    }
    for (size_t i = 0; record->kind == RECORD_MANY && i < record->texts.count; i++) {
        struct change change;
        bool is_event = false;
        if (record_read_part(record->texts.items[i], arena, &error, &is_event, &change) !=
            STATUS_OK) {
            return refuse_record(work, line, &error);
        }
        if (is_event) {
            explain_change(work, &change, arena);
        }
    }
    return COMMAND_OK;
}

static enum command_exit explain_lines(struct work *work, struct span text, struct arena *arena)
{
    struct json_error error;
    struct record record;
    enum command_exit ended = COMMAND_OK;
    for (size_t line = 1; text.len && work->written && ended == COMMAND_OK; line++) {
        struct span bytes = next_line(&text);
        arena_reset(arena);
        if (bytes.len) {
            ended = read(bytes, arena, &error, &record)
                        ? explain_record(work, &record, line, arena)
                        : refuse_record(work, line, &error);
        }
    }
    return ended;
}

/* One record, on any number of lines; or one a line. */
static enum command_exit explain_input(struct work *work, struct span text)
{
    struct arena *arena = arena_new(0);
    struct json_error error;
    struct record record;
    enum command_exit ended = COMMAND_USAGE;
    struct span whole = span_trim(text);
    if (whole.len == 0) {
        complain(work->invocation, NULL, "the input is empty");
    } else if (read(whole, arena, &error, &record)) {
        ended = explain_record(work, &record, 1, arena);
    } else {
        struct span rest = text;
        bool lines = read(next_line(&rest), arena, &error, &record);
        ended = lines ? explain_lines(work, text, arena) : refuse_record(work, 1, &error);
    }
    arena_free(&arena);
    return work->written ? ended : COMMAND_ENVIRONMENT;
}

static enum command_exit explain_with(const struct invocation *invocation,
                                      const struct policy_set *set, struct span input)
{
    struct work work = {.invocation = invocation, .plan = set->plan, .written = true};
    if (!find_policy(invocation, set->plan, &work.only)) {
        return COMMAND_USAGE;
    }
    explainer_init(&work.explainer, set->plan, set->lookups, invocation->arena);
    enum command_exit ended = explain_input(&work, input);
    explainer_deinit(&work.explainer);
    return ended;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct policy_set set = {0};
    struct buf input = {0};
    enum command_exit ended = COMMAND_USAGE;
    struct span path = option_text(invocation->options, "input");
    if (path.len == 0) {
        complain(invocation, "deltaward policy explain --help", "which record? --input FILE");
    } else if (read_input(invocation, path, INPUT_BYTES_MAX, &input) &&
               policy_local_load(invocation, false, &set) == STATUS_OK) {
        ended = explain_with(invocation, &set, buf_view(&input));
    }
    policy_set_deinit(&set);
    buf_deinit(&input);
    return ended;
}

const struct command command_policy_explain = {
    .face = {
        .name = "policy explain",
        .summary = "Says why policies did, or did not, find something in a change.",
        .arguments = "PATH...",
        .argument_min = 1,
        .argument_max = SIZE_MAX,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
