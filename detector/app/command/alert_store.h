/* alert_store.h: reads a store beside a detector that may be running. */
#ifndef APP_ALERT_STORE_H
#define APP_ALERT_STORE_H

#include "app/command.h"
#include "sqlite/sqlite_store.h"

/* Opens the store of the configuration's data_dir for reading. Messages go to stderr. *out is
 * freed by its own function. */
enum command_exit alert_store_open(const struct invocation *invocation, struct store **out);
/* Opens it and gives every alert that fits. Messages go to stderr. */
enum command_exit alert_store_read(const struct invocation *invocation,
                                   const struct sqlite_alert_filter *filter, store_alert_fn each,
                                   void *context);
/* How reading ended; says what went wrong. STATUS_CLOSED: nobody wants more, which is no error to
 * speak of. */
enum command_exit alert_store_ended(const struct invocation *invocation, struct store *store,
                                    enum status status);

#endif
