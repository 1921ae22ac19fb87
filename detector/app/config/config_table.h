/* config_table.h: every key of the configuration, once: the reader, the flags, the environment,
 * `config show`, docs/CONFIGURATION.md and docs/config.schema.json come from this table. */
#ifndef APP_CONFIG_TABLE_H
#define APP_CONFIG_TABLE_H

#include "base/span.h"

enum config_type {
    CONFIG_TYPE_TEXT,
    CONFIG_TYPE_PATH,   /* in a file: relative to the folder of that file */
    CONFIG_TYPE_NUMBER, /* whole, from min to max */
    CONFIG_TYPE_BOOL,
    CONFIG_TYPE_CHOICE,
    CONFIG_TYPE_DURATION, /* "30s": number in microseconds, from min to max; text as written */
    CONFIG_TYPE_TIME,   /* RFC 3339: number in microseconds since 1970; text as written */
    CONFIG_TYPE_TEXTS,  /* a list of texts */
    CONFIG_TYPE_PATHS,
    CONFIG_TYPE_MAP,    /* any data */
    CONFIG_TYPE_PROPERTIES, /* a map of texts; a value may be {file: PATH}, which holds it */
    CONFIG_TYPE_ITEMS,  /* a list of maps, which `items` describes */
};

struct config_section;

struct config_key {
    const char *name; /* "detect.threads": the key "threads" of the map "detect" */
    enum config_type type;
    bool required;
    const char *const *only;      /* entries of these types alone have it; NULL: all */
    const char *const *needed;    /* entries of these types must have it; NULL: none */
    int64_t min;
    int64_t max;
    const char *const *choices;   /* of CHOICE, and of TEXTS that are such; NULL-ended */
    const char *const *later;     /* choices that are not available yet; ended by NULL */
    const char *const *secrets;   /* of PROPERTIES: names whose value must be {file: PATH} */
    const char *fallback;         /* the default as text; NULL: none */
    const char *unit;             /* NULL: none */
    const char *flag;             /* NULL: no flag */
    unsigned commands;            /* that have the flag: bits of enum command_config */
    const char *placeholder;      /* of the flag's value */
    const struct config_section *items; /* of CONFIG_TYPE_ITEMS */
    const char *text;             /* one sentence without a full stop */
};

struct config_section {
    const char *title; /* "sources" */
    const struct config_key *keys;
    size_t count;
    const char *const *later; /* keys that are not available yet; ended by NULL */
};

enum config_root_key {
    CONFIG_NAME,
    CONFIG_DATA_DIR,
    CONFIG_POLICIES,
    CONFIG_PARAMS,
    CONFIG_RUNBOOK_BASE,
    CONFIG_MASK_KEY_FILE,
    CONFIG_SOURCES,
    CONFIG_SINKS,
    CONFIG_ROUTES,
    CONFIG_AWS_REGION,
    CONFIG_AWS_PROFILE,
    CONFIG_AWS_ENDPOINT_URL,
    CONFIG_AWS_CA_BUNDLE,
    CONFIG_KAFKA_BROKERS,
    CONFIG_KAFKA_PROPERTIES,
    CONFIG_KAFKA_PREFIX,
    CONFIG_KAFKA_PARTITIONS,
    CONFIG_KAFKA_REPLICATION,
    CONFIG_KAFKA_OWNER_CHECK,
    CONFIG_CONNECT_THREADS,
    CONFIG_THREADS,
    CONFIG_DETECT_STAGES,
    CONFIG_DETECT_PROFILE,
    CONFIG_DETECT_INSTANCE,
    CONFIG_DETECT_COMMIT_INTERVAL,
    CONFIG_DETECT_SNAPSHOT_INTERVAL,
    CONFIG_DETECT_IDLE_AFTER,
    CONFIG_HTTP_LISTEN,
    CONFIG_LOG_LEVEL,
    CONFIG_LOG_FORMAT,
    CONFIG_ROOT_COUNT,
};

enum config_source_key {
    CONFIG_SOURCE_NAME,
    CONFIG_SOURCE_TYPE,
    CONFIG_SOURCE_PATH,
    CONFIG_SOURCE_FORMAT,
    CONFIG_SOURCE_ACCOUNT,
    CONFIG_SOURCE_FOLLOW,
    CONFIG_SOURCE_STREAM,
    CONFIG_SOURCE_REGION,
    CONFIG_SOURCE_ENDPOINT,
    CONFIG_SOURCE_START,
    CONFIG_SOURCE_START_AT,
    CONFIG_SOURCE_LAG_LIMIT,
    CONFIG_SOURCE_COUNT,
};

enum config_sink_key {
    CONFIG_SINK_NAME,
    CONFIG_SINK_TYPE,
    CONFIG_SINK_PATH,
    CONFIG_SINK_TOPIC,
    CONFIG_SINK_BUS,
    CONFIG_SINK_EVENT_SOURCE,
    CONFIG_SINK_REGION,
    CONFIG_SINK_ENDPOINT,
    CONFIG_SINK_COUNT,
};

enum config_route_key {
    CONFIG_ROUTE_NAME,
    CONFIG_ROUTE_POLICIES,
    CONFIG_ROUTE_SEVERITIES,
    CONFIG_ROUTE_TAGS,
    CONFIG_ROUTE_SINKS,
    CONFIG_ROUTE_COUNT,
};

/* The key of an entry's type in sources and sinks: only there keys have `only` and `needed`. */
enum { CONFIG_TYPED_KEY = 1 };

extern const struct config_section config_root;
extern const struct config_section config_source_section;
extern const struct config_section config_sink_section;
extern const struct config_section config_route_section;

/* True when a NULL-ended list of words (or NULL) holds the text. */
bool config_words_hold(const char *const *words, struct span text);

#endif
