/* main.c: finds the command that was asked for and runs it. */
#include "app/command.h"
#include "app/complain.h"
#include "app/config/config.h"
#include "base/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_run,
    &command_connect,
    &command_detect,
    &command_notify_test, /* before `notify`, which its name begins with */
    &command_notify,
    &command_demo,
    &command_eval,
    &command_policy_check,
    &command_policy_test,
    &command_policy_explain,
    &command_policy_backtest,
    &command_policy_stats,
    &command_policy_schema,
    &command_alerts_list,
    &command_alerts_show,
    &command_alerts_redeliver,
    &command_config_show,
    &command_topics_create,
    &command_version,
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* Where "policy check" ends among the words, or NULL when they begin otherwise. */
static char *const *behind_name(char *const *words, const char *name)
{
    for (struct span rest = span_view(name); rest.len; words++) {
        const char *blank = memchr(rest.ptr, ' ', rest.len);
        struct span word = span_of(rest.ptr, blank ? (size_t)(blank - rest.ptr) : rest.len);
        if (!*words || !span_equals(span_view(*words), word)) {
            return NULL;
        }
        size_t used = blank ? word.len + 1 : word.len;
        rest = span_of(rest.ptr + used, rest.len - used);
    }
    return words;
}

/* Those whose names begin like this; false: there are none. */
static bool write_commands(struct span begin, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct option_command *face = &commands[i]->face;
        if (span_starts_with(span_view(face->name), begin)) {
            buf_printf(out, "  %-16s %s\n", face->name, face->summary);
            any = true;
        }
    }
    return any;
}

static void write_overview(struct buf *out)
{
    buf_append(out, SPAN("Examples:\n"));
    buf_append(out, SPAN("  deltaward demo\n      see alerts on a generated shop\n"));
    buf_append(out, SPAN("  deltaward policy test policies/commerce\n"
                         "      run the tests inside policies\n"));
    buf_append(out, SPAN("  deltaward run --policies policies/commerce --input changes.jsonl\n"
                         "      check every change of a file\n"));
    buf_append(out, SPAN("\nFinds bad changes in databases: change records in, policies on every "
                         "change, alerts out.\n\nCommands (--help behind each tells more):\n"));
    write_commands(SPAN(""), out);
    buf_append(out, SPAN("\nExit status: 0 ok; 1 findings (policy check, policy test); 2 usage, or "
                         "a configuration,\npolicy or expression that cannot be read; 3 "
                         "environment (disk, store, source, sink).\n"));
}

static int print(struct buf *text, FILE *stream, int status)
{
    fwrite(text->ptr, 1, text->len, stream);
    buf_deinit(text);
    return fflush(stream) == 0 ? status : COMMAND_ENVIRONMENT;
}

static bool asks_for_help(const char *word)
{
    return word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
                    strcmp(word, "help") == 0);
}

/* "policy" alone, or with --help: the commands that begin with it. False: it was not that. */
static bool tell_group(char *const *words, int *status)
{
    struct buf name = {0};
    struct buf text = {0};
    bool help = words[0] && asks_for_help(words[1]);
    bool found = false;
    if (words[0] && (help || !words[1])) {
        buf_printf(&name, "%s ", words[0]);
        buf_append(&text, help ? SPAN("Commands (--help behind each tells more):\n")
                               : SPAN("deltaward: error: that is the beginning of a command:\n"));
        found = write_commands(buf_view(&name), &text);
    }
    if (found) {
        *status = print(&text, help ? stdout : stderr, help ? COMMAND_OK : COMMAND_USAGE);
    }
    buf_deinit(&name);
    buf_deinit(&text);
    return found;
}

static int unknown_command(char *const *words)
{
    struct buf text = {0};
    struct span names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = span_view(commands[i]->face.name);
    }
    if (!words[0]) {
        write_overview(&text);
        return print(&text, stderr, COMMAND_USAGE);
    }
    buf_printf(&text, "%s%s%s", words[0], words[1] ? " " : "", words[1] ? words[1] : "");
    struct span near = diag_nearest(buf_view(&text), names, COMMAND_COUNT);
    if (!near.len) {
        near = diag_nearest(span_view(words[0]), names, COMMAND_COUNT);
    }
    fprintf(stderr, "deltaward: error: there is no command '%.*s'\n  hint: ",
            SPAN_ARG(buf_view(&text)));
    if (near.len) {
        fprintf(stderr, "did you mean `deltaward %.*s`? ", SPAN_ARG(near));
    }
    fputs("`deltaward --help` lists them\n", stderr);
    buf_deinit(&text);
    return COMMAND_USAGE;
}

static bool wants_colour(int descriptor)
{
    const char *refused = getenv("NO_COLOR");
    return isatty(descriptor) && !(refused && refused[0]);
}

static int run_command(const struct command *command, char *const *words,
                       struct invocation *invocation)
{
    struct option_command face = command->face;
    struct option_values *values = NULL;
    struct buf text = {0};
    if (command->config != COMMAND_CONFIG_NONE) {
        config_options(&face, command->config, invocation->arena);
    }
    if (option_parse(&face, words, invocation->arena, &text, &values) != STATUS_OK) {
        struct span hint = arena_printf(invocation->arena, "deltaward %s --help", face.name);
        complain(invocation, hint.ptr, "%s: %.*s", face.name, SPAN_ARG(buf_view(&text)));
        buf_deinit(&text);
        return COMMAND_USAGE;
    }
    if (option_wants_help(values)) {
        option_help(&face, "deltaward", &text);
        return print(&text, stdout, COMMAND_OK);
    }
    buf_deinit(&text);
    invocation->options = values;
    return (int)command->run(invocation);
}

static int run_words(char *const *words, struct invocation *invocation)
{
    int status = COMMAND_OK;
    if (asks_for_help(words[0])) {
        struct buf text = {0};
        write_overview(&text);
        return print(&text, stdout, COMMAND_OK);
    }
    if (words[0] && strcmp(words[0], "--version") == 0) {
        return run_command(&command_version, words + 1, invocation);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char *const *rest = behind_name(words, commands[i]->face.name);
        if (rest) {
            return run_command(commands[i], rest, invocation);
        }
    }
    return tell_group(words, &status) ? status : unknown_command(words);
}

int main(int argc, char **argv)
{
    const struct log_options log_options = {
        .descriptor = STDERR_FILENO,
        .level = LOG_INFO,
        .format = isatty(STDERR_FILENO) ? LOG_TEXT : LOG_JSON,
        .clock = clock_system(),
    };
    struct invocation invocation = {
        .program = argc > 0 ? argv[0] : "deltaward",
        .arena = arena_new(0),
        .log = log_new(&log_options),
        .colour = wants_colour(STDERR_FILENO),
        .colour_stdout = wants_colour(STDOUT_FILENO),
    };
    int status = run_words(argc > 0 ? argv + 1 : argv, &invocation);
    log_free(&invocation.log);
    arena_free(&invocation.arena);
    return status;
}
