/* command_alerts_list.c: `deltaward alerts list`: what the store holds, newest first. */
#include "app/command/alert_store.h"
#include "app/complain.h"
#include "app/command/page.h"
#include "policy/plan.h"

static const struct option_example examples[] = {
    {"deltaward alerts list", "the newest 50 alerts"},
    {"deltaward alerts list --severity critical --open", "those that are still open"},
    {"deltaward alerts list --policy salary-jump --limit 1000 --json", "as JSON Lines"},
    {NULL, NULL},
};

static const char *const severities[] = {"critical", "high", "medium", "low", "informational",
                                         NULL};

static const struct option options[] = {
    {.name = "policy", .type = OPTION_TEXT, .placeholder = "ID", .text = "of this policy only"},
    {.name = "severity", .type = OPTION_CHOICE, .choices = severities, .placeholder = "WORD",
     .text = "of this severity only"},
    {.name = "open", .type = OPTION_FLAG, .text = "only those that are not resolved"},
    {.name = "limit", .type = OPTION_NUMBER, .min = 1, .max = 1000000, .fallback = "50",
     .placeholder = "N", .text = "so many at most"},
    {.name = "json", .type = OPTION_FLAG, .text = "as JSON Lines, as sinks get them"},
};

struct list {
    const struct invocation *invocation;
    bool json;
    size_t count;
    bool closed;
};

static enum status write_alert(void *context, const struct alert *alert)
{
    struct list *list = context;
    struct buf text = {0};
    if (list->json) {
        struct json_writer writer = json_writer_to(&text);
        alert_write_json(alert, &writer);
        buf_append_char(&text, '\n');
    } else {
        if (list->count == 0) {
            page_write_head(&text);
        }
        page_write_row(alert, list->invocation->colour_stdout, &text);
    }
    list->count++;
    list->closed = !answer(list->invocation, buf_view(&text));
    buf_deinit(&text);
    return list->closed ? STATUS_CLOSED : STATUS_OK;
}

static enum command_exit run(const struct invocation *invocation)
{
    const struct option_values *values = invocation->options;
    struct list list = {.invocation = invocation, .json = option_flag(values, "json")};
    const struct sqlite_alert_filter filter = {
        .policy_id = option_text(values, "policy"),
        .severity = option_text(values, "severity"),
        .open_only = option_flag(values, "open"),
        .limit = (size_t)option_number(values, "limit"),
    };
    enum command_exit status = alert_store_read(invocation, &filter, write_alert, &list);
    if (list.closed) {
        return COMMAND_OK;
    }
    if (status == COMMAND_OK && list.count == 0 && !list.json) {
        complain_note("no alerts");
    }
    return status;
}

const struct command command_alerts_list = {
    .face = {
        .name = "alerts list",
        .summary = "Lists the alerts that a store holds, newest first.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_STORE,
    .run = run,
};
