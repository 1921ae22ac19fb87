/* command_config_show.c: `deltaward config show`: the configuration in force. */
#include "app/complain.h"
#include "app/config/config_show.h"

static const struct option_example examples[] = {
    {"deltaward config show", "the configuration in force, as YAML"},
    {"deltaward config show --origin --threads 2", "and where each value came from"},
    {"deltaward config show --schema", "a JSON Schema for editors"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "origin", .type = OPTION_FLAG, .text = "say where each value came from"},
    {.name = "json", .type = OPTION_FLAG, .text = "as JSON, origins included"},
    {.name = "markdown", .type = OPTION_FLAG,
     .text = "the reference of all keys instead (docs/CONFIGURATION.md)"},
    {.name = "schema", .type = OPTION_FLAG,
     .text = "the JSON Schema of the file instead (docs/config.schema.json)"},
};

static enum command_exit run(const struct invocation *invocation)
{
    const struct option_values *values = invocation->options;
    struct diag_list diags = diag_list_in(invocation->arena);
    struct config config;
    struct buf text = {0};
    if (option_flag(values, "markdown")) {
        config_write_markdown(invocation->arena, &text);
    } else if (option_flag(values, "schema")) {
        config_write_schema(&text);
    } else {
        enum status status = config_load(values, invocation->arena, &diags, &config);
        complain_diags(invocation, &diags);
        if (status != STATUS_OK) {
            return COMMAND_USAGE;
        }
        if (option_flag(values, "json")) {
            config_write_json(&config, &text);
        } else {
            config_write_yaml(&config, option_flag(values, "origin"), &text);
        }
    }
    bool written = answer(invocation, buf_view(&text));
    buf_deinit(&text);
    return written ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

const struct command command_config_show = {
    .face = {
        .name = "config show",
        .summary = "Shows the configuration in force.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_ALL,
    .run = run,
};
