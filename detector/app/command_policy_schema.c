/* command_policy_schema.c: `deltaward policy schema`: for editors. */
#include "app/complain.h"
#include "policy/schema.h"

static const struct option_example examples[] = {
    {"deltaward policy schema > policy.schema.json",
     "then put `# yaml-language-server: $schema=policy.schema.json` on top of a policy"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "json", .type = OPTION_FLAG, .text = "the same: the schema is JSON"},
};

static enum command_exit run(const struct invocation *invocation)
{
    struct buf text = {0};
    policy_schema_write(&text);
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
