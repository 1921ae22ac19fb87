/* command_policy_schema.c: `deltaward policy schema`: for editors. */
#include "app/complain.h"
#include "policy/document/schema.h"

static const struct option_example examples[] = {
    {"deltaward policy schema > policy.schema.json",
     "then put `# yaml-language-server: $schema=policy.schema.json` on top of a policy"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "json", .type = OPTION_FLAG, .text = "the same: the schema is JSON"},
    {.name = "markdown", .type = OPTION_FLAG, .text = "all keys as tables for people instead"},
};

static enum command_exit run(const struct invocation *invocation)
{
    struct buf text = {0};
    if (option_flag(invocation->options, "markdown")) {
        policy_reference_write(&text);
    } else {
        struct json_writer writer = json_writer_to(&text);
        policy_schema_write(&writer);
        buf_append_char(&text, '\n');
    }
    bool written = answer(invocation, buf_view(&text));
    buf_deinit(&text);
    return written ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

const struct command command_policy_schema = {
    .face = {
        .name = "policy schema",
        .summary = "Prints the JSON Schema of policy documents.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
