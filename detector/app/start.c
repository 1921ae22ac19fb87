/* start.c: configuration first, then the log, then everything else. */
#include "app/start.h"

#include "app/complain.h"
#include "app/event.h"

#include <unistd.h>

static void configure_log(const struct invocation *invocation, const struct config *config)
{
    enum log_level level = LOG_INFO;
    enum log_format format = isatty(STDERR_FILENO) ? LOG_TEXT : LOG_JSON;
    (void)log_level_parse(config_text(&config->root, CONFIG_LOG_LEVEL), &level);
    (void)log_format_parse(config_text(&config->root, CONFIG_LOG_FORMAT), &format);
    log_configure(invocation->log, level, format, config_text(&config->root, CONFIG_NAME));
}

static void tell_misspelt(void *context, struct span name, struct span near)
{
    const struct log_field fields[] = {log_text("variable", name), log_text("known", near)};
    event_tell(context, EVENT_ENVIRONMENT_UNKNOWN, fields, 2);
}

enum command_exit start_config(const struct invocation *invocation, struct config *out)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    enum status loaded = config_load(invocation->options, invocation->arena, &diags, out);
    complain_diags(invocation, &diags);
    if (loaded != STATUS_OK) {
        return COMMAND_USAGE;
    }
    configure_log(invocation, out);
    config_misspelt_variables(invocation->arena, tell_misspelt, invocation->log);
    return COMMAND_OK;
}
