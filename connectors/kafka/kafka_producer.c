/* kafka_producer.c: topics keep their handles; every message ends in one report. */
#include "kafka/kafka_producer.h"

#include "base/check.h"
#include "kafka/kafka_client.h"

#include <pthread.h>
#include <stdlib.h>

enum { TOPICS_MAX = 64, PURGE_WAIT_MS = 5000 };

struct kafka_producer {
    struct kafka_client client;
    struct kafka_producer_owner owner;
    pthread_mutex_t lock;             /* over the topics: sends come from any thread */
    rd_kafka_topic_t *topics[TOPICS_MAX];
    size_t topic_count;
};

/* Once for each message, while the queue is served. */
static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_client *client = opaque;
    struct kafka_producer *producer = client->owner;
    struct kafka_delivery delivery = {
        .token = message->_private,
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->err ? -1 : message->offset,
        .problem = kafka_error_problem(message->err, NULL),
    };
    (void)handle;
    if (producer->owner.delivered) {
        producer->owner.delivered(producer->owner.context, &delivery);
    }
}

enum status kafka_producer_new(const struct kafka_settings *settings,
                               const struct kafka_producer_owner *owner,
                               struct kafka_problem *problem, struct kafka_producer **out)
{
    rd_kafka_conf_t *conf = NULL;
    enum status status = kafka_conf_new(settings, KAFKA_PRODUCES, problem, &conf);
    if (status != STATUS_OK) {
        return status;
    }
    struct kafka_producer *producer = calloc(1, sizeof *producer);
    if (!producer) {
        check_memory_exhausted(sizeof *producer);
    }
    producer->owner = *owner;
    pthread_mutex_init(&producer->lock, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    status = kafka_client_init(&producer->client, conf, KAFKA_PRODUCES, settings, producer,
                               problem);
    if (status != STATUS_OK) {
        pthread_mutex_destroy(&producer->lock);
        free(producer);
        return status;
    }
    *out = producer;
    return STATUS_OK;
}

void kafka_producer_free(struct kafka_producer **producer)
{
    struct kafka_producer *ended = *producer;
    if (!ended) {
        return;
    }
    rd_kafka_purge(ended->client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(ended->client.handle, PURGE_WAIT_MS);
    for (size_t i = 0; i < ended->topic_count; i++) {
        rd_kafka_topic_destroy(ended->topics[i]);
    }
    kafka_client_deinit(&ended->client);
    pthread_mutex_destroy(&ended->lock);
    free(ended);
    *producer = NULL;
}

static rd_kafka_topic_t *find_topic(struct kafka_producer *producer, const char *name)
{
    for (size_t i = 0; i < producer->topic_count; i++) {
        if (strcmp(rd_kafka_topic_name(producer->topics[i]), name) == 0) {
            return producer->topics[i];
        }
    }
    check(producer->topic_count < TOPICS_MAX);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer->client.handle, name, NULL);
    if (topic) {
        producer->topics[producer->topic_count++] = topic;
    }
    return topic;
}

static rd_kafka_topic_t *topic_of(struct kafka_producer *producer, const char *name)
{
    pthread_mutex_lock(&producer->lock);
    rd_kafka_topic_t *topic = find_topic(producer, name);
    pthread_mutex_unlock(&producer->lock);
    return topic;
}

/* NULL when there are none. librdkafka takes them over when it takes the message. */
static rd_kafka_headers_t *headers_of(const struct kafka_message *message)
{
    if (!message->header_count) {
        return NULL;
    }
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count);
    for (size_t i = 0; i < message->header_count; i++) {
        const struct kafka_header *header = &message->headers[i];
        rd_kafka_header_add(headers, header->name.ptr, (ssize_t)header->name.len,
                            header->value.len ? header->value.ptr : "",
                            (ssize_t)header->value.len);
    }
    return headers;
}

static enum status answer_of(rd_kafka_resp_err_t error)
{
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return STATUS_AGAIN;
    }
    switch (kafka_error_trouble(error)) {
    case KAFKA_FINE:
        return STATUS_OK;
    case KAFKA_TOO_LARGE:
        return STATUS_LIMIT;
    case KAFKA_UNKNOWN_TOPIC:
        return STATUS_NOT_FOUND;
    case KAFKA_DENIED:
        return STATUS_IO;
    case KAFKA_AWAY:
    case KAFKA_OUT_OF_RANGE:
    case KAFKA_CORRUPT:
    case KAFKA_NOT_MEMBER:
    case KAFKA_FENCED:
    case KAFKA_SETTING:
    case KAFKA_FATAL:
        break;
    }
    return STATUS_CLOSED;
}

enum status kafka_producer_send(struct kafka_producer *producer,
                                const struct kafka_message *message)
{
    rd_kafka_topic_t *topic = topic_of(producer, message->topic);
    if (!topic) {
        return STATUS_NOT_FOUND;
    }
    rd_kafka_headers_t *headers = headers_of(message);
    bool empty = !message->tombstone && !message->value.len;
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = message->partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {.ptr = message->key.len ? (void *)(uintptr_t)message->key.ptr : NULL,
                   .size = message->key.len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = message->tombstone ? NULL
                          : empty            ? (void *)(uintptr_t) ""
                                             : (void *)(uintptr_t)message->value.ptr,
                   .size = message->tombstone ? 0 : message->value.len}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = message->token},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t count = sizeof parts / sizeof *parts - (headers ? 0 : 1);
    rd_kafka_error_t *error = rd_kafka_produceva(producer->client.handle, parts, count);
    if (!error) {
        return STATUS_OK;
    }
    enum status status = answer_of(rd_kafka_error_code(error));
    rd_kafka_error_destroy(error);
    if (headers) {
        rd_kafka_headers_destroy(headers);
    }
    return status;
}

static enum status health(const struct kafka_producer *producer)
{
    return kafka_producer_problem(producer).trouble == KAFKA_FINE ? STATUS_OK : STATUS_CLOSED;
}

enum status kafka_producer_poll(struct kafka_producer *producer, int wait_ms)
{
    rd_kafka_poll(producer->client.handle, wait_ms);
    kafka_client_listen(&producer->client);
    return health(producer);
}

enum status kafka_producer_flush(struct kafka_producer *producer, int wait_ms)
{
    rd_kafka_resp_err_t error = rd_kafka_flush(producer->client.handle, wait_ms);
    kafka_client_listen(&producer->client);
    enum status status = health(producer);
    return status == STATUS_OK && error != RD_KAFKA_RESP_ERR_NO_ERROR ? STATUS_AGAIN : status;
}

size_t kafka_producer_in_flight(const struct kafka_producer *producer)
{
    return (size_t)rd_kafka_outq_len(producer->client.handle);
}

struct kafka_problem kafka_producer_problem(const struct kafka_producer *producer)
{
    return kafka_client_fatal(&producer->client);
}
