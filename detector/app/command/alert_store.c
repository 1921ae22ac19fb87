/* alert_store.c: opens the store for reading only, so that a running detector is not disturbed. */
#include "app/command/alert_store.h"

#include "app/complain.h"
#include "app/config/config.h"
#include "app/run/embedded.h"

enum command_exit alert_store_read(const struct invocation *invocation,
                                   const struct sqlite_alert_filter *filter, store_alert_fn each,
                                   void *context)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    struct config config;
    struct store *store = NULL;
    struct span problem = {0};
    enum status status = config_load(invocation->options, invocation->arena, &diags, &config);
    complain_diags(invocation, &diags);
    if (status != STATUS_OK) {
        return COMMAND_USAGE;
    }
    struct span path =
        embedded_store_path(config_text(&config.root, CONFIG_DATA_DIR), invocation->arena);
    status = sqlite_store_open(path, SQLITE_STORE_READ, invocation->arena, &problem, &store);
    if (status != STATUS_OK) {
        complain(invocation, "--data-dir DIR names the directory that `deltaward run` used",
                 "%.*s: %.*s", SPAN_ARG(path), SPAN_ARG(problem));
        return COMMAND_ENVIRONMENT;
    }
    status = sqlite_store_alerts(store, filter, each, context);
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        complain(invocation, NULL, "%.*s", SPAN_ARG(store->ops->problem(store)));
    }
    store->ops->free(store);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_ENVIRONMENT;
}
