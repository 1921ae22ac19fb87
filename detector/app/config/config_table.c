/* config_table.c: the table itself. */
#include "app/config/config_table.h"

#include "app/command.h"

enum { THREADS_MAX = 64, PARTITIONS_MAX = 1000, REPLICATION_MAX = 16 };

/* Durations are in microseconds. */
#define MILLISECONDS INT64_C(1000)
#define SECONDS INT64_C(1000000)
#define HOURS (3600 * SECONDS)
#define DAYS (24 * HOURS)

/* Commands that have a flag. */
enum {
    DETECTORS = COMMAND_CONFIG_RUN | COMMAND_CONFIG_DETECT,
    KAFKA = COMMAND_CONFIG_CONNECT | COMMAND_CONFIG_DETECT | COMMAND_CONFIG_NOTIFY |
            COMMAND_CONFIG_TOPICS,
    SERVERS = COMMAND_CONFIG_RUN | COMMAND_CONFIG_CONNECT | COMMAND_CONFIG_DETECT |
              COMMAND_CONFIG_NOTIFY,
};

static const char *const source_types[] = {"file", "kinesis", NULL};
static const char *const source_types_later[] = {"dynamodb-streams", "kafka", NULL};
static const char *const formats[] = {"auto", "dynamodb-kinesis", "dynamodb-streams",
                                      "cloudtrail", NULL};
static const char *const formats_later[] = {"debezium", "cloudtrail", NULL};
static const char *const sink_types[] = {"stdout", "file", "sns", "eventbridge", NULL};
static const char *const sink_types_later[] = {"pagerduty",    "slack", "webhook",
                                               "alertmanager", "s3",    NULL};
static const char *const severities[] = {"critical", "high", "medium", "low", "informational",
                                         NULL};
static const char *const starts[] = {"trim_horizon", "latest", "at_timestamp", NULL};
static const char *const stages[] = {"evaluate", "decide", NULL};
static const char *const profiles[] = {"gathered", "low_latency", NULL};
static const char *const log_formats[] = {"auto", "text", "json", NULL};

/* Types of entries, for `only` and `needed`. */
static const char *const of_file[] = {"file", NULL};
static const char *const of_kinesis[] = {"kinesis", NULL};
static const char *const of_sns[] = {"sns", NULL};
static const char *const of_eventbridge[] = {"eventbridge", NULL};
static const char *const of_aws[] = {"sns", "eventbridge", NULL};

/* Properties of librdkafka that are secrets themselves. */
static const char *const kafka_secrets[] = {"sasl.password",
                                            "ssl.key.password",
                                            "ssl.key.pem",
                                            "ssl.keystore.password",
                                            "sasl.oauthbearer.client.secret",
                                            "sasl.oauthbearer.assertion.private.key.passphrase",
                                            "sasl.oauthbearer.assertion.private.key.pem",
                                            NULL};

static const struct config_key source_keys[CONFIG_SOURCE_COUNT] = {
    [CONFIG_SOURCE_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .required = true,
        .text = "what its position is stored under and what alerts call it; a new name starts at "
                "the beginning"},
    [CONFIG_SOURCE_TYPE] = {
        .name = "type", .type = CONFIG_TYPE_CHOICE, .choices = source_types,
        .later = source_types_later, .required = true, .text = "where the records come from"},
    [CONFIG_SOURCE_PATH] = {
        .name = "path", .type = CONFIG_TYPE_PATH, .only = of_file, .needed = of_file,
        .text = "a file, plain or gzip, one record a line; - for stdin"},
    [CONFIG_SOURCE_FORMAT] = {
        .name = "format", .type = CONFIG_TYPE_CHOICE, .choices = formats,
        .later = formats_later, .fallback = "auto",
        .text = "how the records are written; auto tells it for each record"},
    [CONFIG_SOURCE_ACCOUNT] = {
        .name = "account", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "the AWS account of the tables, which the records do not name; told by an ARN"},
    [CONFIG_SOURCE_FOLLOW] = {
        .name = "follow", .type = CONFIG_TYPE_BOOL, .only = of_file, .fallback = "false",
        .text = "wait for more at the end of a plain file instead of ending"},
    [CONFIG_SOURCE_STREAM] = {
        .name = "stream", .type = CONFIG_TYPE_TEXT, .only = of_kinesis, .needed = of_kinesis,
        .text = "the ARN of the stream, which tells region and account; or its name"},
    [CONFIG_SOURCE_REGION] = {
        .name = "region", .type = CONFIG_TYPE_TEXT, .only = of_kinesis, .fallback = "",
        .text = "the stream's region; told by an ARN, else aws.region"},
    [CONFIG_SOURCE_ENDPOINT] = {
        .name = "endpoint", .type = CONFIG_TYPE_TEXT, .only = of_kinesis, .fallback = "",
        .text = "the URL to ask instead of the region's own"},
    [CONFIG_SOURCE_START] = {
        .name = "start", .type = CONFIG_TYPE_CHOICE, .choices = starts, .only = of_kinesis,
        .fallback = "trim_horizon",
        .text = "where a stream that has no checkpoint yet is begun"},
    [CONFIG_SOURCE_START_AT] = {
        .name = "start_at", .type = CONFIG_TYPE_TIME, .only = of_kinesis,
        .text = "the time of start: at_timestamp, such as 2026-03-01T00:00:00Z"},
    [CONFIG_SOURCE_LAG_LIMIT] = {
        .name = "lag_limit", .type = CONFIG_TYPE_DURATION, .min = 0, .max = 7 * DAYS,
        .only = of_kinesis, .fallback = "5m",
        .text = "a shard that is read this far behind its end is told in an alert; 0s: never"},
};

static const struct config_key sink_keys[CONFIG_SINK_COUNT] = {
    [CONFIG_SINK_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .required = true,
        .text = "what routes call it and what its cursor is stored under"},
    [CONFIG_SINK_TYPE] = {
        .name = "type", .type = CONFIG_TYPE_CHOICE, .choices = sink_types,
        .later = sink_types_later, .required = true,
        .text = "where alerts go; stdout and file get JSON Lines"},
    [CONFIG_SINK_PATH] = {
        .name = "path", .type = CONFIG_TYPE_PATH, .only = of_file, .needed = of_file,
        .text = "the file; it is appended to"},
    [CONFIG_SINK_TOPIC] = {
        .name = "topic", .type = CONFIG_TYPE_TEXT, .only = of_sns, .needed = of_sns,
        .text = "the ARN of the topic, standard or FIFO"},
    [CONFIG_SINK_BUS] = {
        .name = "bus", .type = CONFIG_TYPE_TEXT, .only = of_eventbridge, .fallback = "default",
        .text = "the event bus: a name, or an ARN for one of another account"},
    [CONFIG_SINK_EVENT_SOURCE] = {
        .name = "source", .type = CONFIG_TYPE_TEXT, .only = of_eventbridge,
        .fallback = "deltaward", .text = "the events' source, which rules match"},
    [CONFIG_SINK_REGION] = {
        .name = "region", .type = CONFIG_TYPE_TEXT, .only = of_aws, .fallback = "",
        .text = "the region of topic or bus; told by an ARN, else aws.region"},
    [CONFIG_SINK_ENDPOINT] = {
        .name = "endpoint", .type = CONFIG_TYPE_TEXT, .only = of_aws, .fallback = "",
        .text = "the URL to ask instead of the region's own"},
};

static const struct config_key route_keys[CONFIG_ROUTE_COUNT] = {
    [CONFIG_ROUTE_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .required = true,
        .text = "what a policy's alert.routes name; `default` takes what no other route takes"},
    [CONFIG_ROUTE_POLICIES] = {
        .name = "match.policies", .type = CONFIG_TYPE_TEXTS,
        .text = "takes alerts of these policies; * and ? are allowed"},
    [CONFIG_ROUTE_SEVERITIES] = {
        .name = "match.severity", .type = CONFIG_TYPE_TEXTS, .choices = severities,
        .text = "takes alerts of these severities"},
    [CONFIG_ROUTE_TAGS] = {
        .name = "match.tags", .type = CONFIG_TYPE_TEXTS,
        .text = "takes alerts of policies with any of these tags"},
    [CONFIG_ROUTE_SINKS] = {
        .name = "sinks", .type = CONFIG_TYPE_TEXTS, .required = true,
        .text = "the names of the sinks that get what the route takes"},
};

const struct config_section config_source_section = {
    .title = "sources", .keys = source_keys, .count = CONFIG_SOURCE_COUNT};
const struct config_section config_sink_section = {
    .title = "sinks", .keys = sink_keys, .count = CONFIG_SINK_COUNT};
const struct config_section config_route_section = {
    .title = "routes", .keys = route_keys, .count = CONFIG_ROUTE_COUNT};

static const struct config_key root_keys[CONFIG_ROOT_COUNT] = {
    [CONFIG_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "what this installation is called in its log lines"},
    [CONFIG_DATA_DIR] = {
        .name = "data_dir", .type = CONFIG_TYPE_PATH, .fallback = "deltaward-data",
        .flag = "data-dir", .commands = COMMAND_CONFIG_STORE | SERVERS, .placeholder = "DIR",
        .text = "where positions, signals and alerts are kept (deltaward.db); made when missing"},
    [CONFIG_POLICIES] = {
        .name = "policies", .type = CONFIG_TYPE_PATHS, .flag = "policies",
        .commands = DETECTORS, .placeholder = "PATH",
        .text = "files and folders of policies and lookups; read again when they change"},
    [CONFIG_PARAMS] = {
        .name = "params", .type = CONFIG_TYPE_MAP,
        .text = "overrides of policies' params: {policy id: {param: value}}"},
    [CONFIG_RUNBOOK_BASE] = {
        .name = "runbook_base", .type = CONFIG_TYPE_TEXT, .fallback = "", .flag = "runbook-base",
        .commands = DETECTORS, .placeholder = "URL",
        .text = "put before the path of a policy's runbook"},
    [CONFIG_MASK_KEY_FILE] = {
        .name = "mask_key.file", .type = CONFIG_TYPE_PATH, .fallback = "",
        .flag = "mask-key-file", .commands = DETECTORS, .placeholder = "FILE",
        .text = "holds the key of the masks hash and tokenize; without it they are refused"},
    [CONFIG_SOURCES] = {
        .name = "sources", .type = CONFIG_TYPE_ITEMS, .items = &config_source_section,
        .text = "where change records come from"},
    [CONFIG_SINKS] = {
        .name = "sinks", .type = CONFIG_TYPE_ITEMS, .items = &config_sink_section,
        .text = "where alerts go; without any, stdout"},
    [CONFIG_ROUTES] = {
        .name = "routes", .type = CONFIG_TYPE_ITEMS, .items = &config_route_section,
        .text = "which alerts go to which sinks: all routes that match; without any, every "
                "alert goes to every sink"},
    [CONFIG_AWS_REGION] = {
        .name = "aws.region", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "the region where no ARN and no entry names one; else AWS_REGION, the profile's"},
    [CONFIG_AWS_PROFILE] = {
        .name = "aws.profile", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "the profile of the shared files; else AWS_PROFILE"},
    [CONFIG_AWS_ENDPOINT_URL] = {
        .name = "aws.endpoint_url", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "the URL of every AWS service but STS whose entry names none; else "
                "AWS_ENDPOINT_URL and its like"},
    [CONFIG_AWS_CA_BUNDLE] = {
        .name = "aws.ca_bundle", .type = CONFIG_TYPE_PATH, .fallback = "",
        .text = "certificates that AWS endpoints are checked against; else AWS_CA_BUNDLE, the "
                "system's"},
    [CONFIG_KAFKA_BROKERS] = {
        .name = "kafka.brokers", .type = CONFIG_TYPE_TEXTS, .flag = "brokers", .commands = KAFKA,
        .placeholder = "HOST:PORT", .text = "some brokers of the cluster, as HOST:PORT"},
    [CONFIG_KAFKA_PROPERTIES] = {
        .name = "kafka.properties", .type = CONFIG_TYPE_PROPERTIES, .secrets = kafka_secrets,
        .text = "any property of librdkafka; {file: PATH} takes a value from a file"},
    [CONFIG_KAFKA_PREFIX] = {
        .name = "kafka.prefix", .type = CONFIG_TYPE_TEXT, .fallback = "deltaward",
        .text = "what names of topics and consumer groups begin with"},
    [CONFIG_KAFKA_PARTITIONS] = {
        .name = "kafka.partitions", .type = CONFIG_TYPE_NUMBER, .min = 1, .max = PARTITIONS_MAX,
        .fallback = "12", .unit = "partitions",
        .text = "of each topic that `topics create` makes; not to be changed later"},
    [CONFIG_KAFKA_REPLICATION] = {
        .name = "kafka.replication", .type = CONFIG_TYPE_NUMBER, .min = 1,
        .max = REPLICATION_MAX, .fallback = "3", .unit = "copies",
        .text = "of each partition of topics that `topics create` makes"},
    [CONFIG_KAFKA_OWNER_CHECK] = {
        .name = "kafka.owner_check", .type = CONFIG_TYPE_DURATION, .min = SECONDS, .max = HOURS,
        .fallback = "30s",
        .text = "how often connect, detect and notify look whether every partition has an owner"},
    [CONFIG_CONNECT_THREADS] = {
        .name = "connect.threads", .type = CONFIG_TYPE_NUMBER, .min = 1, .max = THREADS_MAX,
        .fallback = "4", .unit = "threads", .text = "threads that fetch from shards"},
    [CONFIG_THREADS] = {
        .name = "detect.threads", .type = CONFIG_TYPE_NUMBER, .min = 1, .max = THREADS_MAX,
        .flag = "threads", .commands = DETECTORS, .placeholder = "N", .unit = "threads",
        .text = "threads that evaluate and decide; by default one a processor"},
    [CONFIG_DETECT_STAGES] = {
        .name = "detect.stages", .type = CONFIG_TYPE_TEXTS, .choices = stages,
        .fallback = "evaluate,decide", .flag = "stages", .commands = COMMAND_CONFIG_DETECT,
        .placeholder = "STAGE,STAGE", .text = "what this detector does of the two stages"},
    [CONFIG_DETECT_PROFILE] = {
        .name = "detect.profile", .type = CONFIG_TYPE_CHOICE, .choices = profiles,
        .fallback = "gathered",
        .text = "how Kafka is read: gathered takes up to 10 ms longer and much less processor "
                "time than low_latency"},
    [CONFIG_DETECT_INSTANCE] = {
        .name = "detect.instance", .type = CONFIG_TYPE_TEXT, .fallback = "auto",
        .text = "the static name of this member of the consumer groups; auto is the host's name "
                "when it ends in a number (a pod of a StatefulSet), else none; empty: none"},
    [CONFIG_DETECT_COMMIT_INTERVAL] = {
        .name = "detect.commit_interval", .type = CONFIG_TYPE_DURATION,
        .min = 50 * MILLISECONDS, .max = 60 * SECONDS, .fallback = "1s",
        .text = "how often positions are committed"},
    [CONFIG_DETECT_SNAPSHOT_INTERVAL] = {
        .name = "detect.snapshot_interval", .type = CONFIG_TYPE_DURATION, .min = SECONDS,
        .max = HOURS, .fallback = "30s", .text = "how often the state of open alerts is written"},
    [CONFIG_DETECT_IDLE_AFTER] = {
        .name = "detect.idle_after", .type = CONFIG_TYPE_DURATION, .min = SECONDS, .max = HOURS,
        .fallback = "60s",
        .text = "a shard, partition or followed file without records for so long holds time back "
                "no more"},
    [CONFIG_HTTP_LISTEN] = {
        .name = "http.listen", .type = CONFIG_TYPE_TEXT, .fallback = "auto", .flag = "listen",
        .commands = SERVERS, .placeholder = "ADDRESS:PORT",
        .text = "where /livez, /readyz and /metrics are served; off for nowhere; auto is "
                "127.0.0.1:9464 for connect, detect and notify, off for run"},
    [CONFIG_LOG_LEVEL] = {
        .name = "log.level", .type = CONFIG_TYPE_CHOICE, .choices = log_level_names,
        .fallback = "info", .flag = "log-level", .commands = SERVERS, .placeholder = "LEVEL",
        .text = "the least important lines that are still told"},
    [CONFIG_LOG_FORMAT] = {
        .name = "log.format", .type = CONFIG_TYPE_CHOICE, .choices = log_formats,
        .fallback = "auto", .flag = "log-format", .commands = SERVERS, .placeholder = "FORMAT",
        .text = "how log lines are written; auto is text on a terminal and json elsewhere"},
};

static const char *const root_later[] = {"tables", "silences", NULL};

const struct config_section config_root = {
    .title = "", .keys = root_keys, .count = CONFIG_ROOT_COUNT, .later = root_later};

bool config_words_hold(const char *const *words, struct span text)
{
    for (; words && *words; words++) {
        if (span_equals(span_view(*words), text)) {
            return true;
        }
    }
    return false;
}
