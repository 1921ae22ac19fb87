/* alert_store.h: reads alerts beside a detector that may be running. */
#ifndef APP_ALERT_STORE_H
#define APP_ALERT_STORE_H

#include "app/command.h"
#include "sqlite/sqlite_store.h"

/* Opens the store of the configuration's data_dir and gives every alert that fits. Messages go to
 * stderr. */
enum command_exit alert_store_read(const struct invocation *invocation,
                                   const struct sqlite_alert_filter *filter, store_alert_fn each,
                                   void *context);

#endif
