/* alert_store.c: opens the store for reading only, so that a running detector is not disturbed. */
#include "app/command/alert_store.h"

#include "app/complain.h"
#include "app/config/config.h"
#include "app/run/embedded.h"

enum command_exit alert_store_open(const struct invocation *invocation, struct store **out)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    struct config config;
    struct span problem = {0};
    enum status status = config_load(invocation->options, invocation->arena, &diags, &config);
    complain_diags(invocation, &diags);
    if (status != STATUS_OK) {
        return COMMAND_USAGE;
    }
    struct span path =
        embedded_store_path(config_text(&config.root, CONFIG_DATA_DIR), invocation->arena);
    status = sqlite_store_open(path, SQLITE_STORE_READ, invocation->arena, &problem, out);
    if (status != STATUS_OK) {
        complain(invocation, "--data-dir DIR names the directory that `deltaward run` used",
                 "%.*s: %.*s", SPAN_ARG(path), SPAN_ARG(problem));
        return COMMAND_ENVIRONMENT;
    }
    return COMMAND_OK;
}

enum command_exit alert_store_ended(const struct invocation *invocation, struct store *store,
                                    enum status status)
{
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        complain(invocation, NULL, "%.*s", SPAN_ARG(store->ops->problem(store)));
    }
    return status == STATUS_OK ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

enum command_exit alert_store_read(const struct invocation *invocation,
                                   const struct sqlite_alert_filter *filter, store_alert_fn each,
                                   void *context)
{
    struct store *store = NULL;
    enum command_exit ended = alert_store_open(invocation, &store);
    if (ended == COMMAND_OK) {
        ended = alert_store_ended(invocation, store,
                                  sqlite_store_alerts(store, filter, each, context));
        store->ops->free(store);
    }
    return ended;
}
