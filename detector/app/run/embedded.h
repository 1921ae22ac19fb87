/* embedded.h: a whole detector in one process: sources, plan, engine, one SQLite file, sinks. */
#ifndef APP_EMBEDDED_H
#define APP_EMBEDDED_H

#include "app/command.h"
#include "app/config/config.h"
#include "app/run/delivery.h"
#include "app/run/inputs.h"
#include "app/health/health_service.h"
#include "app/policies/policy_set.h"
#include "engine/batch.h"

/* What is told while it runs; both may be NULL. */
struct embedded_watcher {
    void *context;
    /* After the batch is durable and its alerts were sent. */
    void (*batch)(void *context, const struct store_batch *batch);
};

struct embedded_summary {
    struct engine_totals totals;
    uint64_t alerts;        /* lines for sinks: opened, updated, resolved */
    uint64_t not_evaluable;
    uint64_t unrouted;
    double seconds;
};

struct embedded;

/* Loads, opens and replays everything; messages go to stderr and the log. On COMMAND_OK *out is
 * ready to run. `config` and `service` must outlive it; a closed service is as good as none. */
enum command_exit embedded_open(const struct invocation *invocation, const struct config *config,
                                const struct health_service *service, struct embedded **out);
/* Reads until the sources end or somebody asks to stop; what was read is committed and delivered.
 * */
enum command_exit embedded_run(struct embedded *embedded, const struct embedded_watcher *watcher);
struct embedded_summary embedded_summary(const struct embedded *embedded);
void embedded_close(struct embedded **embedded);

/* The path of the store in a data directory. */
struct span embedded_store_path(struct span data_dir, struct arena *arena);

#endif
