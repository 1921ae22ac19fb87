/* command_alerts_redeliver.c: `deltaward alerts redeliver`: what sinks refused for good, once more:
 * from the store of `run`, or from the topic of `notify`. */
#include "app/complain.h"
#include "app/notify/redeliver.h"
#include "app/run/embedded.h"
#include "app/start.h"
#include "sqlite/sqlite_store.h"

static const struct option_example examples[] = {
    {"deltaward alerts redeliver --dry-run", "list what sinks refused, with their reasons"},
    {"deltaward alerts redeliver --sink security-topic",
     "send what this sink refused once more, now that its cause is mended"},
    {"deltaward alerts redeliver --brokers kafka:9092 --policy salary-jump",
     "what notify wrote to deltaward.undelivered, of one policy"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "sink", .type = OPTION_TEXT, .placeholder = "NAME", .text = "of this sink only"},
    {.name = "policy", .type = OPTION_TEXT, .placeholder = "ID", .text = "of this policy only"},
    {.name = "id", .type = OPTION_TEXT, .placeholder = "ID",
     .text = "alerts whose id begins like this only"},
    {.name = "dry-run", .type = OPTION_FLAG, .text = "only list them"},
};

struct work {
    struct redeliver redeliver;
    struct store *store;
};

static enum status send_stored(void *context, const struct sqlite_undelivered *undelivered)
{
    struct work *work = context;
    enum redeliver_end end =
        redeliver_one(&work->redeliver, undelivered->sink, undelivered->alert,
                      undelivered->reason, undelivered->outdated);
    enum status status = STATUS_OK;
    if (end == REDELIVER_DROP) {
        status = sqlite_store_redelivered(work->store, undelivered->sink,
                                          undelivered->alert->sequence);
    }
    return status == STATUS_OK && work->redeliver.closed ? STATUS_CLOSED : status;
}

static enum command_exit from_store(struct redeliver *redeliver)
{
    const struct invocation *invocation = redeliver->invocation;
    struct work work = {.redeliver = *redeliver};
    struct span problem = {0};
    struct span path = embedded_store_path(
        config_text(&redeliver->config->root, CONFIG_DATA_DIR), invocation->arena);
    const struct sqlite_undelivered_filter filter = {
        .sink = redeliver->filter.sink,
        .policy_id = redeliver->filter.policy_id,
        .id_prefix = redeliver->filter.id_prefix,
    };
    enum sqlite_store_mode mode = redeliver->dry_run ? SQLITE_STORE_READ : SQLITE_STORE_AMEND;
    enum status status = sqlite_store_open(path, mode, invocation->arena, &problem, &work.store);
    if (status != STATUS_OK) {
        complain(invocation, "--data-dir DIR names the directory that `deltaward run` used; "
                 "--brokers HOST:PORT reads what `deltaward notify` wrote",
                 "%.*s: %.*s", SPAN_ARG(path), SPAN_ARG(problem));
        return COMMAND_ENVIRONMENT;
    }
    status = sqlite_store_undelivered(work.store, &filter, send_stored, &work);
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        complain(invocation, NULL, "%.*s", SPAN_ARG(work.store->ops->problem(work.store)));
    }
    work.store->ops->free(work.store);
    *redeliver = work.redeliver;
    return status == STATUS_OK || status == STATUS_CLOSED ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static enum command_exit tell_end(const struct redeliver *redeliver)
{
    if (redeliver->found == 0) {
        complain_note("nothing is undelivered%s",
                      redeliver->filter.sink.len || redeliver->filter.policy_id.len ||
                              redeliver->filter.id_prefix.len
                          ? " of what was asked for"
                          : "");
        return COMMAND_OK;
    }
    if (redeliver->dry_run) {
        complain_note("%zu undelivered", redeliver->found);
        return COMMAND_OK;
    }
    complain_note("%zu undelivered: %zu sent, %zu outdated, %zu still undelivered",
                  redeliver->found, redeliver->sent, redeliver->outdated,
                  redeliver->found - redeliver->sent - redeliver->outdated);
    return redeliver->sent + redeliver->outdated == redeliver->found ? COMMAND_OK
                                                                     : COMMAND_ENVIRONMENT;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct config config;
    if (start_config(invocation, &config) != COMMAND_OK) {
        return COMMAND_USAGE;
    }
    struct redeliver redeliver = {
        .invocation = invocation,
        .config = &config,
        .filter = {.sink = option_text(invocation->options, "sink"),
                   .policy_id = option_text(invocation->options, "policy"),
                   .id_prefix = option_text(invocation->options, "id")},
        .resend = resend_new(invocation, &config),
        .dry_run = option_flag(invocation->options, "dry-run"),
    };
    enum command_exit status = config_root_value(&config, CONFIG_KAFKA_BROKERS)->count
                                   ? redeliver_from_kafka(&redeliver)
                                   : from_store(&redeliver);
    resend_free(&redeliver.resend);
    return status == COMMAND_OK ? tell_end(&redeliver) : status;
}

const struct command command_alerts_redeliver = {
    .face = {
        .name = "alerts redeliver",
        .summary = "Sends the alerts again that sinks refused for good.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_STORE | COMMAND_CONFIG_TOPICS,
    .run = run,
};
