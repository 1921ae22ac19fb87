/* no_kafka.c: the commands that need Kafka, in a build without librdkafka. */
#include "app/complain.h"
#include "app/notify/redeliver.h"

static enum command_exit refuse(const struct invocation *invocation)
{
    complain(invocation, "build it where tools/deps has put librdkafka; deltaward run needs none",
             "this build has no Kafka");
    return COMMAND_USAGE;
}

static const struct option_example connect_examples[] = {
    {"deltaward connect --config deltaward.yaml", "needs a build with Kafka"},
    {NULL, NULL},
};

const struct command command_connect = {
    .face = {
        .name = "connect",
        .summary = "Carries change records from streams into Kafka (not in this build).",
        .arguments = "",
        .examples = connect_examples,
    },
    .config = COMMAND_CONFIG_CONNECT,
    .run = refuse,
};

static const struct option_example topics_examples[] = {
    {"deltaward topics create --brokers kafka:9092", "needs a build with Kafka"},
    {NULL, NULL},
};

const struct command command_topics_create = {
    .face = {
        .name = "topics create",
        .summary = "Makes the topics that connect, detect and notify need (not in this build).",
        .arguments = "",
        .examples = topics_examples,
    },
    .config = COMMAND_CONFIG_TOPICS,
    .run = refuse,
};

static const struct option_example detect_examples[] = {
    {"deltaward detect --brokers kafka:9092 --policies /etc/deltaward/policies",
     "needs a build with Kafka"},
    {NULL, NULL},
};

const struct command command_detect = {
    .face = {
        .name = "detect",
        .summary = "Evaluates the changes in Kafka and decides alerts (not in this build).",
        .arguments = "",
        .examples = detect_examples,
    },
    .config = COMMAND_CONFIG_DETECT,
    .run = refuse,
};

static const struct option_example notify_examples[] = {
    {"deltaward notify --config deltaward.yaml", "needs a build with Kafka"},
    {NULL, NULL},
};

const struct command command_notify = {
    .face = {
        .name = "notify",
        .summary = "Sends the alerts in Kafka to the sinks (not in this build).",
        .arguments = "",
        .examples = notify_examples,
    },
    .config = COMMAND_CONFIG_NOTIFY,
    .run = refuse,
};

enum command_exit redeliver_from_kafka(struct redeliver *redeliver)
{
    return refuse(redeliver->invocation);
}
