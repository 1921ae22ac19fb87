/* command_version.c: `deltaward version`. */
#include "app/complain.h"
#include "base/json_writer.h"

static const struct option_example examples[] = {
    {"deltaward version", "the version of this program"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "json", .type = OPTION_FLAG, .text = "as a JSON object"},
};

static enum command_exit run(const struct invocation *invocation)
{
    struct buf text = {0};
    if (option_flag(invocation->options, "json")) {
        struct json_writer writer = json_writer_to(&text);
        json_open_object(&writer);
        json_key(&writer, "version");
        json_write_string(&writer, SPAN(DELTAWARD_VERSION));
        json_close_object(&writer);
        buf_append_char(&text, '\n');
    } else {
        buf_append(&text, SPAN("deltaward " DELTAWARD_VERSION "\n"));
    }
    bool written = answer(invocation, buf_view(&text));
    buf_deinit(&text);
    return written ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

const struct command command_version = {
    .face = {
        .name = "version",
        .summary = "Prints the version.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
