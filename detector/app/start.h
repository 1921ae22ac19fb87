/* start.h: how every command that runs for long begins. */
#ifndef APP_START_H
#define APP_START_H

#include "app/command.h"
#include "app/config/config.h"

/* Reads the configuration, sets the log up as it says, and tells of environment variables that look
 * misspelt. COMMAND_USAGE: it cannot be read; what is wrong was told. */
MUST_USE enum command_exit start_config(const struct invocation *invocation, struct config *out);

#endif
