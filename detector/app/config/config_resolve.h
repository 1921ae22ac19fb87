/* config_resolve.h: settings that depend on the machine: auto values, files that hold secrets. */
#ifndef APP_CONFIG_RESOLVE_H
#define APP_CONFIG_RESOLVE_H

#include "app/config/config.h"

/* Where to serve HTTP: "ADDRESS:PORT", empty for nowhere. by_default: what auto means. */
struct span config_listen(const struct config *config, bool by_default);
/* True when a person chose the address, so that failing to listen there is an error. */
bool config_listen_is_chosen(const struct config *config);

/* The static name in consumer groups; empty for none. */
struct span config_instance(const struct config *config, struct arena *arena);

struct config_pair {
    struct span name;
    struct span value;
};

/* kafka.properties with the files read; values end in NUL. STATUS_NOT_FOUND, STATUS_INVALID: *diags
 * says which file cannot be read or is empty. All lives in diags->arena. */
MUST_USE enum status config_kafka_properties(const struct config *config, struct diag_list *diags,
                                             const struct config_pair **out, size_t *count);

/* "a:9092,b:9092", as librdkafka wants it; empty when there are none. */
struct span config_brokers(const struct config *config, struct arena *arena);

#endif
