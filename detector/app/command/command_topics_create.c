/* command_topics_create.c: `deltaward topics create`: the topics that connect, detect and notify
 * need. */
#include "app/complain.h"
#include "app/kafka/kafka_setup.h"
#include "app/kafka/topics.h"
#include "base/json_writer.h"

#include <time.h>

enum {
    WAIT_MS = 15000,
    PARTITIONS_MAX = 10000,
    REPLICATION_MAX = 15,
    AGAIN_MAX = 50,
    AGAIN_NS = 100000000,
};

static const struct option_example examples[] = {
    {"deltaward topics create --brokers 127.0.0.1:9092",
     "every topic that is missing, with 12 partitions and 3 copies"},
    {"deltaward topics create --config deltaward.yaml --dry-run",
     "say what would be made, and what does not fit"},
    {"deltaward topics create --brokers 127.0.0.1:9092 --partitions 4 --replication 1",
     "on a single broker"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "dry-run", .type = OPTION_FLAG, .text = "only say what would be made"},
    {.name = "json", .type = OPTION_FLAG, .text = "one JSON object a topic"},
    {.name = "partitions", .type = OPTION_NUMBER, .min = 1, .max = PARTITIONS_MAX,
     .placeholder = "N", .text = "instead of kafka.partitions"},
    {.name = "replication", .type = OPTION_NUMBER, .min = 1, .max = REPLICATION_MAX,
     .placeholder = "N", .text = "instead of kafka.replication"},
};

static void override(const struct invocation *invocation, struct config *config,
                     const char *option, enum config_root_key key)
{
    if (option_given(invocation->options, option)) {
        config->root.values[key].number = option_number(invocation->options, option);
        config->root.values[key].origin = CONFIG_ORIGIN_FLAG;
    }
}

/* What became of one topic; wanted: NULL when nothing is or was to be made. */
static void write_text(struct span name, const char *outcome,
                       const struct kafka_topic_wanted *wanted, struct buf *out)
{
    buf_printf(out, "%.*s: %s", SPAN_ARG(name), outcome);
    if (wanted) {
        buf_printf(out, ": %d partitions, %d copies", (int)wanted->partitions,
                   (int)wanted->replication);
    }
    for (size_t i = 0; wanted && i < wanted->config_count; i++) {
        buf_printf(out, ", %.*s=%.*s", SPAN_ARG(wanted->configs[i].name),
                   SPAN_ARG(wanted->configs[i].value));
    }
    buf_append_char(out, '\n');
}

static void write_json(struct span name, const char *outcome,
                       const struct kafka_topic_wanted *wanted, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "topic");
    json_write_string(&writer, name);
    json_key(&writer, "outcome");
    json_write_string(&writer, span_view(outcome));
    if (wanted) {
        json_key(&writer, "partitions");
        json_write_int(&writer, wanted->partitions);
        json_key(&writer, "replication");
        json_write_int(&writer, wanted->replication);
        json_key(&writer, "settings");
        json_open_object(&writer);
        for (size_t i = 0; i < wanted->config_count; i++) {
            json_key_span(&writer, wanted->configs[i].name);
            json_write_string(&writer, wanted->configs[i].value);
        }
        json_close_object(&writer);
    }
    json_close_object(&writer);
    buf_append_char(out, '\n');
}

struct making {
    const struct invocation *invocation;
    const struct config *config;
    struct kafka_admin *admin;
    struct diag_list diags;
    struct buf text;
    bool made_any;
    bool failed;
};

static void write_outcome(struct making *making, struct span name, const char *outcome,
                          const struct kafka_topic_wanted *wanted)
{
    if (option_flag(making->invocation->options, "json")) {
        write_json(name, outcome, wanted, &making->text);
    } else {
        write_text(name, outcome, wanted, &making->text);
    }
}

static void consider_found(struct making *making, const struct kafka_topic *found)
{
    bool fits = topic_fits(making->config, found, &making->diags);
    write_outcome(making, found->name, fits ? "exists" : "exists, and does not fit", NULL);
    making->failed = making->failed || !fits;
}

/* A topic that was made a moment ago: brokers tell of it a little later. */
static void consider_again(struct making *making, struct span name)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct kafka_topic found = {.exists = false};
    struct arena *arena = making->invocation->arena;
    for (int i = 0; i < AGAIN_MAX && !found.exists; i++) {
        nanosleep(&(struct timespec){.tv_nsec = AGAIN_NS}, NULL);
        if (kafka_admin_describe(making->admin, &name, 1, WAIT_MS, arena, &found, &problem) !=
            STATUS_OK) {
            break;
        }
    }
    consider_found(making, &found);
}

static void make(struct making *making, enum topic topic)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct kafka_topic_wanted wanted =
        topic_wanted(making->config, topic, making->invocation->arena);
    bool is_dry = option_flag(making->invocation->options, "dry-run");
    enum status status = STATUS_OK;
    if (!is_dry) {
        status = kafka_admin_create(making->admin, &wanted, WAIT_MS, &problem);
    }
    making->made_any = making->made_any || (status == STATUS_OK && !is_dry);
    if (status == STATUS_OK) {
        write_outcome(making, span_view(wanted.name), is_dry ? "would be made" : "made", &wanted);
    } else if (status == STATUS_CONFLICT) {
        consider_again(making, span_view(wanted.name));
    } else {
        struct span hint = kafka_problem_hint(problem.trouble);
        complain(making->invocation, hint.len ? hint.ptr : NULL, "%s: %s", wanted.name,
                 problem.text);
        making->failed = true;
    }
}

static void consider(struct making *making, enum topic topic, const struct kafka_topic *found)
{
    if (!found->exists) {
        make(making, topic);
    } else {
        consider_found(making, found);
    }
}

/* Until brokers tell of all that was made: what starts next looks for it at once. */
static void wait_until_told(struct making *making, const struct span *names)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct kafka_topic found[TOPIC_COUNT];
    size_t missing = making->made_any && !making->failed ? TOPIC_COUNT : 0;
    for (int i = 0; i < AGAIN_MAX && missing; i++) {
        nanosleep(&(struct timespec){.tv_nsec = i ? AGAIN_NS : 0}, NULL);
        if (kafka_admin_describe(making->admin, names, TOPIC_COUNT, WAIT_MS,
                                 making->invocation->arena, found, &problem) != STATUS_OK) {
            break; /* they are made; whoever needs them will say what is wrong */
        }
        missing = 0;
        for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
            missing += !found[topic].exists;
        }
    }
}

static enum command_exit create_all(struct making *making)
{
    const struct invocation *invocation = making->invocation;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct kafka_topic found[TOPIC_COUNT];
    struct span names[TOPIC_COUNT];
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        names[i] = topic_name(making->config, (enum topic)i, invocation->arena);
    }
    enum status status = kafka_admin_describe(making->admin, names, TOPIC_COUNT, WAIT_MS,
                                              invocation->arena, found, &problem);
    if (status != STATUS_OK) {
        struct span hint = kafka_problem_hint(problem.trouble);
        complain(invocation, hint.len ? hint.ptr : NULL, "Kafka: %s", problem.text);
        return COMMAND_ENVIRONMENT;
    }
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        consider(making, (enum topic)i, &found[i]);
    }
    wait_until_told(making, names);
    bool written = answer(invocation, buf_view(&making->text));
    topic_complain(invocation, &making->diags);
    return written && !making->failed ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct making making = {
        .invocation = invocation, .diags = diag_list_in(invocation->arena)};
    struct config config;
    struct kafka_setup setup;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    enum status status =
        config_load(invocation->options, invocation->arena, &making.diags, &config);
    complain_diags(invocation, &making.diags);
    if (status != STATUS_OK ||
        kafka_setup_init(invocation, &config, "topics", NULL, &setup) != COMMAND_OK) {
        return COMMAND_USAGE;
    }
    making.diags = diag_list_in(invocation->arena);
    making.config = &config;
    override(invocation, &config, "partitions", CONFIG_KAFKA_PARTITIONS);
    override(invocation, &config, "replication", CONFIG_KAFKA_REPLICATION);
    if (kafka_admin_new(&setup.settings, &problem, &making.admin) != STATUS_OK) {
        complain(invocation, kafka_problem_hint(problem.trouble).ptr, "%s", problem.text);
        return COMMAND_USAGE;
    }
    enum command_exit ended = create_all(&making);
    kafka_admin_free(&making.admin);
    buf_deinit(&making.text);
    return ended;
}

const struct command command_topics_create = {
    .face = {
        .name = "topics create",
        .summary = "Makes the topics of Kafka that connect, detect and notify need.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_TOPICS,
    .run = run,
};
