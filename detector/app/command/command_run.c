/* command_run.c: `deltaward run`: a whole detector in one process. */
#include "app/complain.h"
#include "app/run/embedded.h"
#include "app/start.h"
#include "base/json_writer.h"

#include <inttypes.h>
#include <stdio.h>

static const struct option_example examples[] = {
    {"deltaward run --policies policies/commerce --input changes.jsonl",
     "every change of the file; alerts as JSON Lines on stdout"},
    {"zcat changes.jsonl.gz | deltaward run --policies policies/commerce --input -",
     "the same from stdin"},
    {"deltaward run --config deltaward.yaml",
     "sources, sinks and routes from a configuration file"},
    {"deltaward run --policies salary.yaml --input changes.jsonl --follow --output alerts.jsonl",
     "go on as the file grows; alerts into a file"},
    {NULL, NULL},
};

static const char *const formats[] = {"auto", "dynamodb-kinesis", "dynamodb-streams",
                                      "cloudtrail", NULL};

static const struct option options[] = {
    {.name = "input", .letter = 'i', .type = OPTION_TEXT, .repeated = true, .placeholder = "FILE",
     .text = "read change records from FILE (plain or gzip; - is stdin) instead of the "
             "configuration's sources"},
    {.name = "output", .letter = 'o', .type = OPTION_TEXT, .repeated = true, .placeholder = "FILE",
     .text = "append alerts to FILE (- is stdout) instead of the configuration's sinks"},
    {.name = "format", .type = OPTION_CHOICE, .choices = formats, .placeholder = "FORMAT",
     .fallback = "auto", .text = "how the records of --input are written"},
    {.name = "account", .type = OPTION_TEXT, .placeholder = "ID",
     .text = "the AWS account of the tables of --input"},
    {.name = "follow", .type = OPTION_FLAG,
     .text = "wait for more at the end of --input instead of ending"},
    {.name = "json", .type = OPTION_FLAG,
     .text = "the summary at the end as one JSON object (on stderr)"},
};

static bool usable(const struct invocation *invocation, const struct config *config)
{
    if (!config_root_value(config, CONFIG_POLICIES)->count) {
        complain(invocation, "--policies PATH names a file or folder of policies",
                 "there are no policies");
        return false;
    }
    if (!config_root_value(config, CONFIG_SOURCES)->count) {
        complain(invocation, "--input FILE names one; or `sources` in the configuration file",
                 "there is no source of records");
        return false;
    }
    return true;
}

static void write_summary_json(const struct embedded_summary *summary, struct buf *out)
{
    const struct store_ledger *ledger = &summary->totals.ledger;
    const struct {
        const char *key;
        uint64_t number;
    } rows[] = {
        {"records", ledger->read},
        {"evaluated", ledger->evaluated},
        {"quarantined", ledger->quarantined},
        {"skipped", ledger->skipped},
        {"findings", summary->totals.signals},
        {"alerts_opened", summary->totals.decided.opened},
        {"alert_lines", summary->alerts},
        {"suppressed", summary->totals.decided.suppressed},
        {"duplicates", summary->totals.decided.duplicates},
        {"not_evaluable", summary->not_evaluable},
        {"unrouted", summary->unrouted},
    };
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_key(&writer, rows[i].key);
        json_write_uint(&writer, rows[i].number);
    }
    json_key(&writer, "milliseconds");
    json_write_uint(&writer, (uint64_t)(summary->seconds * 1000));
    json_close_object(&writer);
    buf_append_char(out, '\n');
}

static void write_summary_text(const struct embedded_summary *summary, struct buf *out)
{
    const struct store_ledger *ledger = &summary->totals.ledger;
    double rate = summary->seconds > 0 ? (double)ledger->read / summary->seconds : 0;
    buf_printf(out,
               "deltaward: %" PRIu64 " records, %" PRIu64 " alerts, %" PRIu64 " quarantined, %"
               PRIu64 " not evaluable, %.0f records/s\n",
               ledger->read, summary->totals.decided.opened, ledger->quarantined,
               summary->not_evaluable, rate);
}

static void tell_summary(const struct invocation *invocation, const struct embedded *embedded)
{
    struct embedded_summary summary = embedded_summary(embedded);
    struct buf text = {0};
    if (option_flag(invocation->options, "json")) {
        write_summary_json(&summary, &text);
    } else {
        write_summary_text(&summary, &text);
    }
    fwrite(text.ptr, 1, text.len, stderr);
    buf_deinit(&text);
}

static enum command_exit run(const struct invocation *invocation)
{
    struct config config;
    struct embedded *embedded = NULL;
    struct health_service service;
    if (start_config(invocation, &config) != COMMAND_OK || !usable(invocation, &config)) {
        return COMMAND_USAGE;
    }
    enum command_exit status = health_service_open(invocation, &config, false, &service);
    if (status != COMMAND_OK) {
        return status;
    }
    status = embedded_open(invocation, &config, &service, &embedded);
    if (status == COMMAND_OK) {
        status = embedded_run(embedded, NULL);
        tell_summary(invocation, embedded);
        embedded_close(&embedded);
    }
    health_service_close(&service);
    return status;
}

const struct command command_run = {
    .face = {
        .name = "run",
        .summary = "Reads change records, checks each against every policy, and sends the alerts.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_RUN,
    .run = run,
};
