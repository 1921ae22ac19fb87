/* command.h: what every command is: a face (flags, help) and a function. One file each. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "base/log.h"
#include "base/option.h"

/* How the program ends. */
enum command_exit {
    COMMAND_OK = 0,
    COMMAND_FINDINGS = 1,    /* only `policy check` and `policy test` */
    COMMAND_USAGE = 2,       /* flags, configuration, policies, an expression: unreadable */
    COMMAND_ENVIRONMENT = 3, /* disk full, store locked, a source or sink that broke */
};

/* One call of a command. Everything lives until the program ends. */
struct invocation {
    const char *program; /* as it was called */
    const struct option_values *options;
    struct arena *arena;
    struct log *log;    /* on stderr */
    bool colour;        /* stderr is a terminal that wants colours */
    bool colour_stdout;
};

/* Whose flags of the configuration's keys are added to a command's own, with --config: bits. */
enum command_config {
    COMMAND_CONFIG_NONE = 0,
    COMMAND_CONFIG_STORE = 1, /* just what finds the store */
    COMMAND_CONFIG_RUN = 2,
    COMMAND_CONFIG_CONNECT = 4,
    COMMAND_CONFIG_DETECT = 8,
    COMMAND_CONFIG_NOTIFY = 16,
    COMMAND_CONFIG_TOPICS = 32,
    COMMAND_CONFIG_ALL = 63,
};

struct command {
    struct option_command face;
    enum command_config config;
    enum command_exit (*run)(const struct invocation *invocation);
};

extern const struct command command_alerts_list;
extern const struct command command_alerts_redeliver;
extern const struct command command_alerts_show;
extern const struct command command_config_show;
extern const struct command command_connect;
extern const struct command command_demo;
extern const struct command command_detect;
extern const struct command command_eval;
extern const struct command command_notify;
extern const struct command command_notify_test;
extern const struct command command_policy_backtest;
extern const struct command command_policy_check;
extern const struct command command_policy_explain;
extern const struct command command_policy_schema;
extern const struct command command_policy_stats;
extern const struct command command_policy_test;
extern const struct command command_run;
extern const struct command command_topics_create;
extern const struct command command_version;

#endif
