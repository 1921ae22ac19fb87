/* command_connect.c: `deltaward connect`: from streams into Kafka. */
#include "app/complain.h"
#include "app/connect/connect.h"
#include "app/start.h"

static const struct option_example examples[] = {
    {"deltaward connect --config deltaward.yaml",
     "carry the sources of the configuration into Kafka, as one of many"},
    {"deltaward connect --config deltaward.yaml --brokers kafka:9092 --listen 0.0.0.0:9464",
     "with another broker, and health for everybody"},
    {NULL, NULL},
};

static enum command_exit run(const struct invocation *invocation)
{
    struct config config;
    enum command_exit status = start_config(invocation, &config);
    if (status != COMMAND_OK) {
        return status;
    }
    if (!config_root_value(&config, CONFIG_SOURCES)->count) {
        complain(invocation, "`sources` in the configuration file names them",
                 "there is no source of records");
        return COMMAND_USAGE;
    }
    return connect_run(invocation, &config);
}

const struct command command_connect = {
    .face = {
        .name = "connect",
        .summary = "Carries change records from streams into Kafka, by item.",
        .arguments = "",
        .examples = examples,
    },
    .config = COMMAND_CONFIG_CONNECT,
    .run = run,
};
