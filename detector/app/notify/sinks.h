/* sinks.h: sinks as the configuration names them. */
#ifndef APP_SINKS_H
#define APP_SINKS_H

#include "app/config/config.h"
#include "port/sink.h"

struct aws_client;

/* True when sends wait for a network: such a sink gets a thread of its own. */
bool sinks_is_remote(const struct config_item *item);
/* A sink, and the client by which it calls AWS, which is the sink's own; NULL for others. */
struct sinks_made {
    struct sink *sink;
    struct aws_client *client;
};
/* Makes the sink of an entry of `sinks`; not opened yet, and nobody is called. STATUS_INVALID:
 * *problem (in `arena`) says what to change. sink_ops.free frees it. */
MUST_USE enum status sinks_make(const struct config *config, const struct config_item *item,
                                struct arena *arena, struct span *problem,
                                struct sinks_made *out);

#endif
