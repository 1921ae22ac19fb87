/* command_policy_backtest.c: `deltaward policy backtest`: what policies would have fired over
 * records of the past. */
#include "app/backtest/backtest_report.h"
#include "app/command/find_policy.h"
#include "app/complain.h"
#include "app/policies/policy_local.h"
#include "base/clock.h"
#include "engine/batch.h"
#include "file/file_source.h"

#include <unistd.h>

enum { WAIT_MS = 1000 };

static const struct option_example examples[] = {
    {"deltaward policy backtest refunds.yaml --input last-month.jsonl",
     "what the policies of a file would have fired over the records of a file"},
    {"deltaward policy backtest policies --policy delete-burst --input trail.json.gz",
     "one policy of a folder, over a file of CloudTrail"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "input", .letter = 'i', .type = OPTION_TEXT, .placeholder = "FILE", .repeated = true,
     .text = "records as `run` reads them, one a line or a file of CloudTrail, gzip too; - is "
             "stdin; several are read one after the other"},
    {.name = "policy", .letter = 'p', .type = OPTION_TEXT, .placeholder = "ID",
     .text = "report this policy alone"},
    {.name = "examples", .type = OPTION_NUMBER, .min = 0, .max = BACKTEST_EXAMPLES_MAX,
     .placeholder = "N", .fallback = "3", .text = "alerts shown of each policy"},
    {.name = "json", .type = OPTION_FLAG, .text = "one JSON object"},
    {.name = "mask-key-file", .type = OPTION_TEXT, .placeholder = "FILE",
     .text = "the key of the masks hash and tokenize; without it a fixed one is used"},
};

/* One call at work. */
struct work {
    const struct invocation *invocation;
    struct engine *engine;
    struct engine_source source; /* all files are one, whose time goes on from file to file */
    struct backtest *backtest;
};

static void run_batch(struct work *work, const struct source_batch *records)
{
    struct store_batch batch = {0};
    engine_run(work->engine, &work->source, records, &batch);
    work->source.watermark_us = batch.watermark_us;
    backtest_add(work->backtest, &batch);
}

static enum command_exit refuse_input(const struct work *work, struct span path,
                                      const struct source *source)
{
    complain(work->invocation, "--input wants a file of records as `deltaward run` reads them",
             "%.*s: %.*s", SPAN_ARG(path), SPAN_ARG(source->ops->problem(source)));
    return COMMAND_ENVIRONMENT;
}

static enum command_exit run_file(struct work *work, struct span path)
{
    struct span nowhere = {0};
    struct source_memory memory = source_memory_of(&nowhere);
    const struct file_source_options file = {.name = SPAN("backtest"), .path = path};
    struct source *source = file_source_new(&file);
    struct source_batch records;
    enum status status = source->ops->open(source, &memory);
    while (status == STATUS_OK || status == STATUS_AGAIN) {
        status = source->ops->read(source, WAIT_MS, &records);
        if (status == STATUS_OK) {
            run_batch(work, &records);
        }
    }
    enum command_exit ended =
        status == STATUS_END ? COMMAND_OK : refuse_input(work, path, source);
    source->ops->free(source);
    return ended;
}

static enum command_exit run_files(struct work *work)
{
    size_t count = 0;
    const struct span *paths = option_list(work->invocation->options, "input", &count);
    enum command_exit ended = COMMAND_OK;
    for (size_t i = 0; i < count && ended == COMMAND_OK; i++) {
        ended = run_file(work, paths[i]);
    }
    return ended;
}

/* The time behind the last record, in which windows close. */
static void run_on(struct work *work)
{
    struct store_batch batch = {0};
    engine_run_on(work->engine, &work->source, &batch);
    backtest_add(work->backtest, &batch);
    backtest_finish(work->backtest);
}

static enum command_exit report(const struct work *work, size_t only)
{
    struct buf text = {0};
    bool json = option_flag(work->invocation->options, "json");
    (json ? backtest_write_json : backtest_write_text)(work->backtest, only, &text);
    bool written = answer(work->invocation, buf_view(&text));
    buf_deinit(&text);
    return written ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static enum command_exit run_with(const struct invocation *invocation, struct policy_set *set)
{
    uint32_t only = 0;
    struct backtest backtest;
    const struct engine_options engine_options = {
        .threads = (size_t)sysconf(_SC_NPROCESSORS_ONLN), .clock = clock_system()};
    if (!find_policy(invocation, set->plan, &only)) {
        return COMMAND_USAGE;
    }
    backtest_init(&backtest, set->plan,
                  (size_t)option_number(invocation->options, "examples"));
    struct work work = {
        .invocation = invocation,
        .engine = engine_new(&engine_options, set->plan, set->lookups),
        .source = {.name = SPAN("backtest"), .watermark_us = INT64_MIN},
        .backtest = &backtest,
    };
    enum command_exit ended = run_files(&work);
    if (ended == COMMAND_OK) {
        run_on(&work);
        ended = report(&work, only);
    }
    engine_free(&work.engine);
    backtest_deinit(&backtest);
    return ended;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct policy_set set = {0};
    enum command_exit ended = COMMAND_USAGE;
    if (!option_given(invocation->options, "input")) {
        complain(invocation, "deltaward policy backtest --help",
                 "over which records? --input FILE");
    } else if (policy_local_load(invocation, true, &set) == STATUS_OK) {
        ended = run_with(invocation, &set);
    }
    policy_set_deinit(&set);
    return ended;
}

const struct command command_policy_backtest = {
    .face = {
        .name = "policy backtest",
        .summary = "Says what policies would have fired over records of the past.",
        .arguments = "PATH...",
        .argument_min = 1,
        .argument_max = SIZE_MAX,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
