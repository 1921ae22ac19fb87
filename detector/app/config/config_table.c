/* config_table.c: the table itself. */
#include "app/config/config_table.h"

#include "base/log.h"

enum { THREADS_MAX = 64 };

static const char *const source_types[] = {"file", NULL};
static const char *const source_types_later[] = {"kinesis", "dynamodb-streams", "kafka", NULL};
static const char *const formats[] = {"auto", "dynamodb-kinesis", "dynamodb-streams", NULL};
static const char *const formats_later[] = {"debezium", "cloudtrail", NULL};
static const char *const sink_types[] = {"stdout", "file", NULL};
static const char *const sink_types_later[] = {"sns",     "eventbridge",  "pagerduty", "slack",
                                               "webhook", "alertmanager", "s3",        NULL};
static const char *const severities[] = {"critical", "high", "medium", "low", "informational",
                                         NULL};
static const char *const log_formats[] = {"auto", "text", "json", NULL};

static const struct config_key source_keys[CONFIG_SOURCE_COUNT] = {
    [CONFIG_SOURCE_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .required = true,
        .text = "what its position is stored under and what alerts call it; a new name starts at "
                "the beginning"},
    [CONFIG_SOURCE_TYPE] = {
        .name = "type", .type = CONFIG_TYPE_CHOICE, .choices = source_types,
        .later = source_types_later, .required = true, .text = "where the records come from"},
    [CONFIG_SOURCE_PATH] = {
        .name = "path", .type = CONFIG_TYPE_PATH, .required = true,
        .text = "a file, plain or gzip, one record a line; - for stdin"},
    [CONFIG_SOURCE_FORMAT] = {
        .name = "format", .type = CONFIG_TYPE_CHOICE, .choices = formats,
        .later = formats_later, .fallback = "auto",
        .text = "how the records are written; auto tells it for each record"},
    [CONFIG_SOURCE_ACCOUNT] = {
        .name = "account", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "the AWS account of the tables, which the records do not name"},
    [CONFIG_SOURCE_FOLLOW] = {
        .name = "follow", .type = CONFIG_TYPE_BOOL, .fallback = "false",
        .text = "wait for more at the end of a plain file instead of ending"},
};

static const struct config_key sink_keys[CONFIG_SINK_COUNT] = {
    [CONFIG_SINK_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .required = true,
        .text = "what routes call it and what its cursor is stored under"},
    [CONFIG_SINK_TYPE] = {
        .name = "type", .type = CONFIG_TYPE_CHOICE, .choices = sink_types,
        .later = sink_types_later, .required = true, .text = "where alerts go, as JSON Lines"},
    [CONFIG_SINK_PATH] = {
        .name = "path", .type = CONFIG_TYPE_PATH, .fallback = "",
        .text = "the file of a sink of type file; it is appended to"},
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

const struct config_section config_source_section = {"sources", source_keys, CONFIG_SOURCE_COUNT,
                                                     NULL};
const struct config_section config_sink_section = {"sinks", sink_keys, CONFIG_SINK_COUNT, NULL};
const struct config_section config_route_section = {"routes", route_keys, CONFIG_ROUTE_COUNT,
                                                    NULL};

static const struct config_key root_keys[CONFIG_ROOT_COUNT] = {
    [CONFIG_NAME] = {
        .name = "name", .type = CONFIG_TYPE_TEXT, .fallback = "",
        .text = "what this installation is called in its log lines"},
    [CONFIG_DATA_DIR] = {
        .name = "data_dir", .type = CONFIG_TYPE_PATH, .fallback = "deltaward-data",
        .flag = "data-dir", .placeholder = "DIR",
        .text = "where positions, signals and alerts are kept (deltaward.db); made when missing"},
    [CONFIG_POLICIES] = {
        .name = "policies", .type = CONFIG_TYPE_PATHS, .flag = "policies", .placeholder = "PATH",
        .text = "files and folders of policies and lookups; read again when they change"},
    [CONFIG_PARAMS] = {
        .name = "params", .type = CONFIG_TYPE_MAP,
        .text = "overrides of policies' params: {policy id: {param: value}}"},
    [CONFIG_RUNBOOK_BASE] = {
        .name = "runbook_base", .type = CONFIG_TYPE_TEXT, .fallback = "", .flag = "runbook-base",
        .placeholder = "URL", .text = "put before the path of a policy's runbook"},
    [CONFIG_MASK_KEY_FILE] = {
        .name = "mask_key.file", .type = CONFIG_TYPE_PATH, .fallback = "",
        .flag = "mask-key-file", .placeholder = "FILE",
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
    [CONFIG_THREADS] = {
        .name = "detect.threads", .type = CONFIG_TYPE_NUMBER, .min = 1, .max = THREADS_MAX,
        .flag = "threads", .placeholder = "N", .unit = "threads",
        .text = "threads that evaluate and decide; by default one a processor"},
    [CONFIG_LOG_LEVEL] = {
        .name = "log.level", .type = CONFIG_TYPE_CHOICE, .choices = log_level_names,
        .fallback = "info", .flag = "log-level", .placeholder = "LEVEL",
        .text = "the least important lines that are still told"},
    [CONFIG_LOG_FORMAT] = {
        .name = "log.format", .type = CONFIG_TYPE_CHOICE, .choices = log_formats,
        .fallback = "auto", .flag = "log-format", .placeholder = "FORMAT",
        .text = "how log lines are written; auto is text on a terminal and json elsewhere"},
};

static const char *const root_later[] = {"kafka", "tables", "silences", "http",
                                         "detect.snapshot_interval", "detect.idle_after", NULL};

const struct config_section config_root = {"", root_keys, CONFIG_ROOT_COUNT, root_later};

bool config_words_hold(const char *const *words, struct span text)
{
    for (; words && *words; words++) {
        if (span_equals(span_view(*words), text)) {
            return true;
        }
    }
    return false;
}
