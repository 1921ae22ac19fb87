/* command_alerts_show.c: `deltaward alerts show`: one alert, the whole page. */
#include "app/command/alert_store.h"
#include "app/complain.h"
#include "app/command/page.h"

static const struct option_example examples[] = {
    {"deltaward alerts show 3f9c", "the alert whose id begins so"},
    {"deltaward alerts show 3f9c --json", "as a sink gets it"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "json", .type = OPTION_FLAG, .text = "as JSON, as sinks get it"},
};

/* The first that fits, rendered, and how many do. */
struct found {
    const struct invocation *invocation;
    struct buf text;
    size_t count;
};

static enum status take_alert(void *context, const struct alert *alert)
{
    struct found *found = context;
    if (found->count++ > 0) {
        return STATUS_OK;
    }
    if (option_flag(found->invocation->options, "json")) {
        struct json_writer writer = json_writer_to(&found->text);
        alert_write_json(alert, &writer);
        buf_append_char(&found->text, '\n');
    } else {
        page_write_alert(alert, found->invocation->colour_stdout, &found->text);
    }
    return STATUS_OK;
}

static enum command_exit tell_found(const struct found *found, struct span prefix)
{
    if (found->count == 0) {
        complain(found->invocation, "deltaward alerts list shows what there is",
                 "no alert's id begins with '%.*s'", SPAN_ARG(prefix));
        return COMMAND_USAGE;
    }
    if (found->count > 1) {
        complain(found->invocation, "give more of its digits",
                 "the ids of several alerts begin with '%.*s'", SPAN_ARG(prefix));
        return COMMAND_USAGE;
    }
    return answer(found->invocation, buf_view(&found->text)) ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static enum command_exit run(const struct invocation *invocation)
{
    size_t count = 0;
    struct span prefix = option_arguments(invocation->options, &count)[0];
    struct found found = {.invocation = invocation};
    const struct sqlite_alert_filter filter = {.id_prefix = prefix, .limit = 2};
    enum command_exit status = alert_store_read(invocation, &filter, take_alert, &found);
    if (status == COMMAND_OK) {
        status = tell_found(&found, prefix);
    }
    buf_deinit(&found.text);
    return status;
}

const struct command command_alerts_show = {
    .face = {
        .name = "alerts show",
        .summary = "Shows one alert: what broke, where, since when, and what to do.",
        .arguments = "ID",
        .argument_min = 1,
        .argument_max = 1,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_STORE,
    .run = run,
};
