/* detect_open.h: everything that `deltaward detect` needs before its stages start. */
#ifndef APP_DETECT_OPEN_H
#define APP_DETECT_OPEN_H

#include "app/detect/detect.h"

/* Reads what the stages share from configuration and broker, waiting for one that is away. Messages
 * go to stderr and the log. The configuration must outlive *out. On COMMAND_OK and stop_asked()
 * somebody asked to stop while it waited. */
MUST_USE enum command_exit detect_open(const struct invocation *invocation,
                                       const struct config *config, struct detect **out);
/* When no stage runs; *detect may be NULL and becomes it. */
void detect_close(struct detect **detect);

#endif
