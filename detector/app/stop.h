/* stop.h: signals of the operating system as questions. */
#ifndef APP_STOP_H
#define APP_STOP_H

#include <stdbool.h>

/* From now on the first SIGTERM or SIGINT only asks to stop, and the second ends the process;
 * SIGHUP asks to reload; SIGPIPE and SIGXFSZ are ignored. Once, before threads are started. */
void stop_install(void);
bool stop_asked(void);
/* True once for each SIGHUP (or several at once) since the last call. */
bool stop_take_reload(void);

#endif
