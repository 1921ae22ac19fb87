/* command_demo.c: `deltaward demo`: the whole detector on a generated shop. */
#include "app/complain.h"
#include "app/config/config_layers.h"
#include "app/command/demo_files.h"
#include "app/run/embedded.h"
#include "app/command/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const struct option_example examples[] = {
    {"deltaward demo", "20,000 changes of a shop, a few of them bad"},
    {"deltaward demo --keep shop", "keep its records, configuration and store in the folder shop"},
    {"deltaward demo --changes 1000000 --json", "more of them; alerts as JSON Lines"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "changes", .type = OPTION_NUMBER, .min = 1, .max = 100000000, .fallback = "20000",
     .placeholder = "N", .text = "so many changes"},
    {.name = "seed", .type = OPTION_NUMBER, .min = 0, .max = INT32_MAX, .fallback = "1",
     .placeholder = "N", .text = "another seed is another shop"},
    {.name = "keep", .type = OPTION_TEXT, .placeholder = "DIR",
     .text = "work in this new folder and leave it there, instead of in a temporary one"},
    {.name = "policies", .type = OPTION_TEXT, .placeholder = "PATH",
     .text = "other policies than those that ship"},
    {.name = "json", .type = OPTION_FLAG, .text = "alerts as JSON Lines on stdout"},
};

/* What is shown while it runs. */
struct show {
    const struct invocation *invocation;
    uint64_t total;
    uint64_t records;
    uint64_t alerts;
    bool json;
    bool progress; /* stderr is a terminal */
    struct buf first; /* the first alert, in full */
};

static void clear_progress(const struct show *show)
{
    if (show->progress) {
        fputs("\r\033[K", stderr);
    }
}

static void show_progress(const struct show *show)
{
    if (show->progress) {
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " changes, %" PRIu64 " alerts", show->records,
                show->total, show->alerts);
        fflush(stderr);
    }
}

static void show_alert(struct show *show, const struct alert *alert)
{
    struct buf text = {0};
    if (show->alerts++ == 0) {
        page_write_alert(alert, show->invocation->colour_stdout, &show->first);
        page_write_head(&text);
    }
    if (!show->json) {
        page_write_row(alert, show->invocation->colour_stdout, &text);
        (void)answer(show->invocation, buf_view(&text));
    }
    buf_deinit(&text);
}

static void show_batch(void *context, const struct store_batch *batch)
{
    struct show *show = context;
    clear_progress(show);
    show->records += batch->ledger.read;
    for (size_t i = 0; i < batch->alert_count; i++) {
        if (batch->alerts[i].status == ALERT_OPENED) {
            show_alert(show, &batch->alerts[i]);
        }
    }
    show_progress(show);
}

static void tell_end(struct embedded_summary summary, const struct demo_planted *planted)
{
    fprintf(stderr,
            "\n%" PRIu64 " changes checked in %.2f s: %" PRIu64 " alerts. Planted were %" PRIu64
            " prices outside any promotion,\n%" PRIu64 " negative order lines and %" PRIu64
            " rewritten ledger entries.\n",
            summary.totals.ledger.read, summary.seconds, summary.totals.decided.opened,
            planted->prices, planted->orders, planted->ledger);
}

static void tell_next(const struct invocation *invocation, const struct demo_files *files,
                      struct span policies)
{
    const char *program = invocation->program;
    fputs("\nWhat to try next:\n", stderr);
    if (files->temporary) {
        fprintf(stderr, "  %s demo --keep shop\n", program);
    }
    struct span folder = files->temporary ? SPAN("shop") : files->folder;
    fprintf(stderr, "  %s alerts list --data-dir %.*s/data\n", program, SPAN_ARG(folder));
    fprintf(stderr, "  %s policy test %.*s\n", program, SPAN_ARG(policies));
    fprintf(stderr, "  %s run --policies %.*s --input %.*s/changes.jsonl --data-dir %.*s/again\n",
            program, SPAN_ARG(policies), SPAN_ARG(folder), SPAN_ARG(folder));
}

static enum command_exit run_shop(const struct invocation *invocation,
                                  const struct demo_files *files, struct show *show)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    struct config config = {.root = config_item_new(&config_root, invocation->arena)};
    const struct health_service unserved = {0};
    struct embedded *embedded = NULL;
    const struct embedded_watcher watcher = {.context = show, .batch = show_batch};
    config_layer_defaults(&config);
    config_layer_file(&config, files->config, invocation->arena, &diags);
    if (diags.errors) {
        complain_diags(invocation, &diags);
        return COMMAND_ENVIRONMENT;
    }
    enum command_exit status = embedded_open(invocation, &config, &unserved, &embedded);
    if (status != COMMAND_OK) {
        return status;
    }
    status = embedded_run(embedded, &watcher);
    clear_progress(show);
    if (show->first.len && !show->json) {
        fputs("\nThe first of them in full, as `alerts show` prints it:\n\n", stderr);
        (void)answer(invocation, buf_view(&show->first));
    }
    tell_end(embedded_summary(embedded), &files->planted);
    embedded_close(&embedded);
    return status;
}

static enum command_exit run(const struct invocation *invocation)
{
    const struct option_values *values = invocation->options;
    const struct demo_request request = {
        .keep = option_text(values, "keep"),
        .policies = option_given(values, "policies") ? option_text(values, "policies")
                                                     : demo_files_policies(invocation->arena),
        .changes = (uint64_t)option_number(values, "changes"),
        .seed = (uint64_t)option_number(values, "seed"),
        .alerts_to_stdout = option_flag(values, "json"),
    };
    struct show show = {
        .invocation = invocation,
        .total = request.changes,
        .json = request.alerts_to_stdout,
        .progress = isatty(STDERR_FILENO),
    };
    struct demo_files files;
    if (!request.policies.len) {
        complain(invocation, "--policies PATH names them", "the shipped policies are not found");
        return COMMAND_ENVIRONMENT;
    }
    if (!demo_files_write(invocation, &request, &files)) {
        return COMMAND_ENVIRONMENT;
    }
    log_configure(invocation->log, LOG_WARNING, LOG_TEXT, (struct span){0});
    enum command_exit status = run_shop(invocation, &files, &show);
    if (status == COMMAND_OK) {
        tell_next(invocation, &files, request.policies);
    }
    buf_deinit(&show.first);
    demo_files_remove(&files);
    return status;
}

const struct command command_demo = {
    .face = {
        .name = "demo",
        .summary = "Runs the detector on a generated shop and shows the alerts.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
