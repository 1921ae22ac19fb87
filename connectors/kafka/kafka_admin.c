/* kafka_admin.c: one question at a time, each waited for. */
#include "kafka/kafka_admin.h"

#include "base/check.h"
#include "kafka/kafka_client.h"

#include <stdlib.h>

enum { STEP_MS = 100 };

struct kafka_admin {
    struct kafka_client client;
    rd_kafka_queue_t *answers;
};

enum status kafka_admin_new(const struct kafka_settings *settings, struct kafka_problem *problem,
                            struct kafka_admin **out)
{
    rd_kafka_conf_t *conf = NULL;
    enum status status = kafka_conf_new(settings, KAFKA_ADMINISTERS, problem, &conf);
    if (status != STATUS_OK) {
        return status;
    }
    struct kafka_admin *admin = calloc(1, sizeof *admin);
    if (!admin) {
        check_memory_exhausted(sizeof *admin);
    }
    status = kafka_client_init(&admin->client, conf, KAFKA_ADMINISTERS, settings, admin, problem);
    if (status != STATUS_OK) {
        free(admin);
        return status;
    }
    admin->answers = rd_kafka_queue_new(admin->client.handle);
    *out = admin;
    return STATUS_OK;
}

void kafka_admin_free(struct kafka_admin **admin)
{
    struct kafka_admin *ended = *admin;
    if (!ended) {
        return;
    }
    rd_kafka_queue_destroy(ended->answers);
    kafka_client_deinit(&ended->client);
    free(ended);
    *admin = NULL;
}

static rd_kafka_AdminOptions_t *options_of(struct kafka_admin *admin, rd_kafka_admin_op_t what,
                                           int wait_ms)
{
    char reason[128];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(admin->client.handle, what);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, wait_ms, reason, sizeof reason);
    return options;
}

/* The answer to the question under way, which librdkafka itself ends in time; notices are told
 * meanwhile. A refusal is not waited out. NULL: *problem says why. */
static rd_kafka_event_t *await(struct kafka_admin *admin, struct kafka_problem *problem)
{
    rd_kafka_event_t *event = NULL;
    kafka_client_listen(&admin->client);
    while (!event && !admin->client.refused) {
        event = rd_kafka_queue_poll(admin->answers, STEP_MS);
        rd_kafka_poll(admin->client.handle, 0);
        kafka_client_listen(&admin->client);
    }
    if (!event) { /* its answer, should it come, is nobody's */
        rd_kafka_queue_destroy(admin->answers);
        admin->answers = rd_kafka_queue_new(admin->client.handle);
        *problem = admin->client.refusal;
        return NULL;
    }
    *problem = kafka_error_problem(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
    if (problem->trouble != KAFKA_FINE) {
        rd_kafka_event_destroy(event);
        return NULL;
    }
    return event;
}

static enum status status_of(const struct kafka_problem *problem)
{
    return problem->trouble == KAFKA_FINE   ? STATUS_OK
           : problem->trouble == KAFKA_AWAY ? STATUS_AGAIN
                                            : STATUS_IO;
}

static rd_kafka_event_t *ask_topics(struct kafka_admin *admin, const char **names, size_t count,
                                    int wait_ms, struct kafka_problem *problem)
{
    rd_kafka_AdminOptions_t *options =
        options_of(admin, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, wait_ms);
    rd_kafka_TopicCollection_t *topics = rd_kafka_TopicCollection_of_topic_names(names, count);
    rd_kafka_DescribeTopics(admin->client.handle, topics, options, admin->answers);
    rd_kafka_TopicCollection_destroy(topics);
    rd_kafka_AdminOptions_destroy(options);
    return await(admin, problem);
}

/* As Kafka's own tools write an id: base64 for URLs. */
static struct span id_text(const rd_kafka_Uuid_t *id, struct arena *arena)
{
    struct span text = span_view(rd_kafka_Uuid_base64str(id));
    char *bytes = arena_array(arena, text.len + 1, 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bytes[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
    return span_of(bytes, text.len);
}

static struct kafka_problem read_topic(const rd_kafka_TopicDescription_t *described,
                                       struct arena *arena, struct kafka_topic *topic)
{
    const rd_kafka_error_t *error = rd_kafka_TopicDescription_error(described);
    size_t partitions = 0;
    size_t replicas = 0;
    if (error) {
        return kafka_error_problem(rd_kafka_error_code(error), rd_kafka_error_string(error));
    }
    const rd_kafka_TopicPartitionInfo_t **infos =
        rd_kafka_TopicDescription_partitions(described, &partitions);
    if (partitions) {
        (void)rd_kafka_TopicPartitionInfo_replicas(infos[0], &replicas);
    }
    topic->exists = true;
    topic->partitions = (int32_t)partitions;
    topic->replication = (int32_t)replicas;
    topic->id = id_text(rd_kafka_TopicDescription_topic_id(described), arena);
    return (struct kafka_problem){.trouble = KAFKA_FINE};
}

static struct kafka_topic *topic_named(struct kafka_topic *topics, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_equals(topics[i].name, span_view(name))) {
            return &topics[i];
        }
    }
    return NULL;
}

/* A topic that is missing is no problem here. */
static enum status describe_topics(struct kafka_admin *admin, const char **names, size_t count,
                                   int wait_ms, struct arena *arena, struct kafka_topic *topics,
                                   struct kafka_problem *problem)
{
    rd_kafka_event_t *event = ask_topics(admin, names, count, wait_ms, problem);
    if (!event) {
        return status_of(problem);
    }
    size_t described_count = 0;
    const rd_kafka_TopicDescription_t **described = rd_kafka_DescribeTopics_result_topics(
        rd_kafka_event_DescribeTopics_result(event), &described_count);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < described_count && status == STATUS_OK; i++) {
        struct kafka_topic *topic =
            topic_named(topics, count, rd_kafka_TopicDescription_name(described[i]));
        struct kafka_problem one =
            topic ? read_topic(described[i], arena, topic) : (struct kafka_problem){0};
        if (one.trouble != KAFKA_FINE && one.trouble != KAFKA_UNKNOWN_TOPIC) {
            *problem = one;
            status = status_of(problem);
        }
    }
    rd_kafka_event_destroy(event);
    return status;
}

static rd_kafka_event_t *ask_configs(struct kafka_admin *admin, const struct kafka_topic *topics,
                                     size_t count, int wait_ms, struct kafka_problem *problem)
{
    rd_kafka_ConfigResource_t *wanted[KAFKA_TOPICS_MAX];
    size_t wanted_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (topics[i].exists) {
            wanted[wanted_count++] =
                rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].name.ptr);
        }
    }
    if (!wanted_count) {
        return NULL;
    }
    rd_kafka_AdminOptions_t *options =
        options_of(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait_ms);
    rd_kafka_DescribeConfigs(admin->client.handle, wanted, wanted_count, options, admin->answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy_array(wanted, wanted_count);
    return await(admin, problem);
}

static void read_configs(const rd_kafka_ConfigResource_t *resource, struct arena *arena,
                         struct kafka_topic *topic)
{
    size_t count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    topic->configs = arena_array(arena, count, sizeof *topic->configs);
    topic->config_count = count;
    for (size_t i = 0; i < count; i++) {
        topic->configs[i] = (struct kafka_property){
            .name = arena_copy(arena, span_view(rd_kafka_ConfigEntry_name(entries[i]))),
            .value = arena_copy(arena, span_view(rd_kafka_ConfigEntry_value(entries[i]))),
        };
    }
}

static enum status describe_configs(struct kafka_admin *admin, struct kafka_topic *topics,
                                    size_t count, int wait_ms, struct arena *arena,
                                    struct kafka_problem *problem)
{
    rd_kafka_event_t *event = ask_configs(admin, topics, count, wait_ms, problem);
    if (!event) {
        return status_of(problem);
    }
    size_t resource_count = 0;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &resource_count);
    for (size_t i = 0; i < resource_count && problem->trouble == KAFKA_FINE; i++) {
        struct kafka_topic *topic =
            topic_named(topics, count, rd_kafka_ConfigResource_name(resources[i]));
        *problem = kafka_error_problem(rd_kafka_ConfigResource_error(resources[i]),
                                       rd_kafka_ConfigResource_error_string(resources[i]));
        if (topic && problem->trouble == KAFKA_FINE) {
            read_configs(resources[i], arena, topic);
        }
    }
    rd_kafka_event_destroy(event);
    return status_of(problem);
}

enum status kafka_admin_describe(struct kafka_admin *admin, const struct span *names, size_t count,
                                 int wait_ms, struct arena *arena, struct kafka_topic *topics,
                                 struct kafka_problem *problem)
{
    const char *texts[KAFKA_TOPICS_MAX];
    check(count > 0 && count <= KAFKA_TOPICS_MAX);
    for (size_t i = 0; i < count; i++) {
        topics[i] = (struct kafka_topic){.name = arena_copy(arena, names[i])};
        texts[i] = topics[i].name.ptr;
    }
    enum status status =
        describe_topics(admin, texts, count, wait_ms, arena, topics, problem);
    return status == STATUS_OK
               ? describe_configs(admin, topics, count, wait_ms, arena, problem)
               : status;
}

static rd_kafka_event_t *ask_creation(struct kafka_admin *admin,
                                      const struct kafka_topic_wanted *wanted, int wait_ms,
                                      struct kafka_problem *problem)
{
    char reason[KAFKA_PROBLEM_TEXT_MAX] = "";
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(wanted->name, wanted->partitions,
                                                       wanted->replication, reason, sizeof reason);
    if (!topic) {
        *problem = kafka_error_problem(RD_KAFKA_RESP_ERR__INVALID_ARG, reason);
        return NULL;
    }
    for (size_t i = 0; i < wanted->config_count; i++) { /* names and values end in NUL */
        rd_kafka_NewTopic_set_config(topic, wanted->configs[i].name.ptr,
                                     wanted->configs[i].value.ptr);
    }
    rd_kafka_AdminOptions_t *options = options_of(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS, wait_ms);
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, wait_ms, reason, sizeof reason);
    rd_kafka_CreateTopics(admin->client.handle, &topic, 1, options, admin->answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
    return await(admin, problem);
}

enum status kafka_admin_create(struct kafka_admin *admin, const struct kafka_topic_wanted *wanted,
                               int wait_ms, struct kafka_problem *problem)
{
    rd_kafka_event_t *event = ask_creation(admin, wanted, wait_ms, problem);
    if (!event) {
        return status_of(problem);
    }
    size_t count = 0;
    const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event), &count);
    rd_kafka_resp_err_t error =
        count ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    *problem = kafka_error_problem(error, count ? rd_kafka_topic_result_error_string(results[0])
                                                : NULL);
    rd_kafka_event_destroy(event);
    return error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS ? STATUS_CONFLICT : status_of(problem);
}

struct span kafka_topic_config(const struct kafka_topic *topic, const char *name)
{
    for (size_t i = 0; i < topic->config_count; i++) {
        if (span_equals(topic->configs[i].name, span_view(name))) {
            return topic->configs[i].value;
        }
    }
    return SPAN("");
}
