/* kafka_consumer.c: gathers batches. Everything that librdkafka has to say is heard while the
 * consumer's queue is served, in the thread of the owner. */
#include "base/check.h"
#include "kafka/kafka_batch.h"
#include "kafka/kafka_list.h"
#include "kafka/kafka_member.h"

#include <stdlib.h>

enum {
    RENEWALS_MAX = 3,      /* in a row; two members of one name take turns in fencing each other */
    NS_PER_MS = 1000000,
    BUSY_WAIT_MS = 10,     /* between looks at answers that come by other queues */
    CLOSE_WAIT_MS = 10000,
    CLOSE_STEP_MS = 100,
};

/* A client that was well for so long is fenced for the first time again. */
static const uint64_t renewal_pause_ns = UINT64_C(300) * 1000000000;

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory) {
        check_memory_exhausted(size);
    }
    return memory;
}

static char *text_of(struct span span)
{
    char *text = allocate(span.len + 1);
    memcpy(text, span.ptr, span.len);
    return text;
}

static enum status set_group(rd_kafka_conf_t *conf, const struct kafka_consumer_options *options,
                             struct kafka_problem *problem)
{
    enum status status = kafka_conf_set(conf, SPAN("group.id"), options->group, problem);
    if (status == STATUS_OK && options->instance.len) {
        status = kafka_conf_set(conf, SPAN("group.instance.id"), options->instance, problem);
    }
    return status;
}

static enum status open_client(struct kafka_consumer *consumer,
                               const struct kafka_settings *settings,
                               struct kafka_problem *problem)
{
    enum status status = kafka_client_init(&consumer->client, rd_kafka_conf_dup(consumer->conf),
                                           KAFKA_CONSUMES, settings, consumer, problem);
    if (status != STATUS_OK) {
        return status;
    }
    consumer->descriptions = rd_kafka_queue_new(consumer->client.handle);
    consumer->commits = rd_kafka_queue_new(consumer->client.handle);
    consumer->waited = rd_kafka_queue_new(consumer->client.handle);
    consumer->answers = rd_kafka_queue_new(consumer->client.handle);
    return kafka_member_subscribe(consumer, problem);
}

enum status kafka_consumer_new(const struct kafka_settings *settings,
                               const struct kafka_consumer_options *options,
                               struct kafka_problem *problem, struct kafka_consumer **out)
{
    rd_kafka_conf_t *conf = NULL;
    enum status status = kafka_conf_new(settings, KAFKA_CONSUMES, problem, &conf);
    if (status != STATUS_OK) {
        return status;
    }
    status = set_group(conf, options, problem);
    if (status != STATUS_OK) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    rd_kafka_conf_set_rebalance_cb(conf, kafka_assignment_changed);
    struct kafka_consumer *consumer = allocate(sizeof *consumer);
    consumer->conf = conf;
    consumer->owner = options->owner;
    consumer->topic = text_of(options->topic);
    consumer->group = text_of(options->group);
    status = open_client(consumer, settings, problem);
    if (status != STATUS_OK) {
        kafka_consumer_free(&consumer);
        return status;
    }
    *out = consumer;
    return STATUS_OK;
}

static void drop_messages(struct kafka_consumer *consumer)
{
    for (size_t i = 0; i < consumer->message_count; i++) {
        rd_kafka_message_destroy(consumer->messages[i]);
    }
    consumer->message_count = 0;
}

/* Leaves the group; the owner hears what is taken from it meanwhile. */
static void leave(struct kafka_consumer *consumer)
{
    consumer->leaving = true;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->client.handle);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(consumer->client.handle, queue);
    uint64_t until_ns = clock_monotonic_ns();
    if (error) {
        rd_kafka_error_destroy(error);
    } else {
        until_ns += (uint64_t)CLOSE_WAIT_MS * NS_PER_MS;
    }
    while (clock_monotonic_ns() < until_ns && !rd_kafka_consumer_closed(consumer->client.handle)) {
        /* not rd_kafka_queue_poll_callback(): that asserts on an error of the group in the queue */
        rd_kafka_message_t *message = rd_kafka_consume_queue(queue, CLOSE_STEP_MS);
        if (message) {
            rd_kafka_message_destroy(message);
        }
    }
    rd_kafka_queue_destroy(queue);
}

static void close_client(struct kafka_consumer *consumer)
{
    if (!consumer->client.handle) {
        return;
    }
    drop_messages(consumer);
    kafka_assignment_forget(consumer);
    leave(consumer);
    rd_kafka_queue_destroy(consumer->commits);
    rd_kafka_queue_destroy(consumer->waited);
    rd_kafka_queue_destroy(consumer->answers);
    rd_kafka_queue_destroy(consumer->descriptions);
    kafka_client_deinit(&consumer->client);
}

void kafka_consumer_free(struct kafka_consumer **consumer)
{
    struct kafka_consumer *ended = *consumer;
    if (!ended) {
        return;
    }
    close_client(ended);
    rd_kafka_conf_destroy(ended->conf);
    free(ended->held);
    free(ended->ends);
    free(ended->topic);
    free(ended->group);
    free(ended->brokers);
    free(ended);
    *consumer = NULL;
}

/* An error of one partition, or of the member. What mends itself is told in a line already. */
static void hear_error(struct kafka_consumer *consumer, const rd_kafka_message_t *message)
{
    struct kafka_problem problem =
        kafka_error_problem(message->err, rd_kafka_message_errstr(message));
    if (problem.trouble == KAFKA_AWAY || problem.trouble == KAFKA_NOT_MEMBER) {
        kafka_client_tell(&consumer->client, KAFKA_EVENT_LINE, 4, kafka_problem_text(&problem));
        return;
    }
    if (kafka_error_leaves_gap(problem.trouble) &&
        kafka_member_holds(consumer, message->partition)) {
        kafka_member_held(consumer, message->partition)->stopped = true;
    }
    kafka_member_fail(consumer, problem);
}

static void hear_end(struct kafka_consumer *consumer, const rd_kafka_message_t *message)
{
    struct kafka_held *held = kafka_member_held(consumer, message->partition);
    held->at_end = true;
    held->next = message->offset;
    consumer->ask_next_ns = 0;
}

/* Keeps a record; takes note of everything else. */
static void take(struct kafka_consumer *consumer, rd_kafka_message_t *message)
{
    bool is_ours = kafka_member_holds(consumer, message->partition) &&
                   !kafka_member_held(consumer, message->partition)->stopped;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && is_ours) {
        struct kafka_held *held = kafka_member_held(consumer, message->partition);
        held->at_end = false;
        held->next = message->offset + 1;
        consumer->messages[consumer->message_count++] = message;
        return;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && is_ours) {
        hear_end(consumer, message);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
               message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        hear_error(consumer, message);
    }
    rd_kafka_message_destroy(message);
}

/* Callbacks run in here. They drop what they must from `messages`, hence the second array. */
static void serve(struct kafka_consumer *consumer, int wait_ms, size_t most)
{
    ssize_t count = rd_kafka_consume_batch_queue(consumer->client.main, wait_ms,
                                                 consumer->incoming, most);
    for (ssize_t i = 0; i < count; i++) {
        take(consumer, consumer->incoming[i]);
    }
}

static bool has_news(const struct kafka_consumer *consumer)
{
    return consumer->message_count || consumer->end_count || consumer->has_problem ||
           consumer->changed;
}

/* Waits for one record, then takes what else is there. */
static void gather(struct kafka_consumer *consumer, int wait_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    for (;;) {
        uint64_t now_ns = clock_monotonic_ns();
        int left_ms = now_ns < until_ns ? (int)((until_ns - now_ns) / NS_PER_MS) : 0;
        bool is_busy = consumer->committing || consumer->asking;
        serve(consumer, is_busy && left_ms > BUSY_WAIT_MS ? BUSY_WAIT_MS : left_ms, 1);
        kafka_commit_serve(consumer, 0); /* first: an assignment waits for commits */
        kafka_assignment_serve(consumer);
        kafka_ends_serve(consumer);
        kafka_group_serve(consumer);
        if (left_ms == 0 || has_news(consumer)) {
            break;
        }
    }
    if (consumer->message_count) {
        serve(consumer, 0, KAFKA_BATCH_RECORDS_MAX - consumer->message_count);
    }
}

/* What the client that went was asked or had found is nobody's any more. */
static void forget_questions(struct kafka_consumer *consumer)
{
    consumer->describing = consumer->asking = false;
    consumer->rejoin_ns = 0;
    consumer->end_count = 0;
    consumer->has_problem = false;
    consumer->leaving = false;
    consumer->changed = true;
}

/* Whether a member that was fenced is to join once more. After a broker was away a commit that
 * librdkafka had put off can go out under no member's id, and the broker takes that for another
 * member of our name: joining anew mends it. Where there is one, it and we fence each other. */
static bool may_renew(struct kafka_consumer *consumer, const struct kafka_problem *fatal)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (fatal->trouble != KAFKA_FENCED) {
        return false;
    }
    if (now_ns - consumer->renewed_ns > renewal_pause_ns) {
        consumer->renewals = 0;
    }
    consumer->renewed_ns = now_ns;
    return consumer->renewals++ < RENEWALS_MAX;
}

/* Leaves as somebody whom the group knows no more, and joins as a new client. */
static enum status renew(struct kafka_consumer *consumer, const struct kafka_problem *fatal)
{
    const struct kafka_settings settings = {.listener = consumer->client.listener,
                                            .clock = consumer->client.clock};
    bool away = consumer->client.away;
    bool refused = consumer->client.refused;
    kafka_client_tell(&consumer->client, KAFKA_EVENT_FENCED, 4, kafka_problem_text(fatal));
    kafka_assignment_lose(consumer);
    kafka_commit_fail(consumer, fatal);
    close_client(consumer);
    forget_questions(consumer);
    enum status status = open_client(consumer, &settings, &consumer->problem);
    consumer->client.away = away; /* as it was told; the new one tells when a broker answers */
    consumer->client.refused = refused;
    return status;
}

static enum status tell_problem(struct kafka_consumer *consumer)
{
    struct kafka_problem fatal = kafka_client_fatal(&consumer->client);
    if (fatal.trouble != KAFKA_FINE) {
        bool renewed = may_renew(consumer, &fatal) && renew(consumer, &fatal) == STATUS_OK;
        consumer->problem = renewed ? (struct kafka_problem){.trouble = KAFKA_FINE} : fatal;
        return renewed ? STATUS_AGAIN : STATUS_CLOSED;
    }
    if (consumer->has_problem) {
        consumer->has_problem = false;
        return STATUS_IO;
    }
    return STATUS_AGAIN;
}

enum status kafka_consumer_poll(struct kafka_consumer *consumer, int wait_ms,
                                struct kafka_batch **out)
{
    consumer->changed = false;
    if (!consumer->has_problem) {
        gather(consumer, wait_ms);
    }
    kafka_client_listen(&consumer->client);
    if (!consumer->message_count && !consumer->end_count) {
        return tell_problem(consumer);
    }
    *out = kafka_batch_take(consumer->messages, consumer->message_count, consumer->ends,
                            consumer->end_count);
    consumer->message_count = 0;
    consumer->end_count = 0;
    return STATUS_OK;
}

struct kafka_problem kafka_consumer_problem(const struct kafka_consumer *consumer)
{
    return consumer->problem;
}

/* A partition whose position was not in the log is not read any more, and then there is nothing to
 * move: it is let go of and taken again, which the group does not hear of. */
static struct kafka_problem take_again(struct kafka_consumer *consumer,
                                       rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_t *handle = consumer->client.handle;
    struct kafka_problem problem = kafka_error_take(rd_kafka_incremental_unassign(handle, list));
    if (problem.trouble == KAFKA_FINE) {
        problem = kafka_error_take(rd_kafka_incremental_assign(handle, list));
    }
    return problem;
}

enum status kafka_consumer_seek(struct kafka_consumer *consumer, int32_t partition, int64_t offset)
{
    enum { SEEK_WAIT_MS = 5000 };
    const struct kafka_part part = {.partition = partition, .offset = offset};
    if (!kafka_member_holds(consumer, partition)) {
        return STATUS_CONFLICT;
    }
    rd_kafka_topic_partition_list_t *list = kafka_list_of(consumer->topic, &part, 1);
    struct kafka_problem problem = kafka_error_take(
        rd_kafka_seek_partitions(consumer->client.handle, list, SEEK_WAIT_MS));
    rd_kafka_resp_err_t error = kafka_list_error(list);
    if (problem.trouble == KAFKA_FINE && error == RD_KAFKA_RESP_ERR__STATE) {
        list->elems[0].offset = offset;
        problem = take_again(consumer, list);
    } else if (problem.trouble == KAFKA_FINE && error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        problem = kafka_error_problem(error, NULL);
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (problem.trouble == KAFKA_FINE) {
        kafka_member_held(consumer, partition)->stopped = false;
    }
    kafka_member_held(consumer, partition)->at_end = false;
    return problem.trouble == KAFKA_FINE   ? STATUS_OK
           : problem.trouble == KAFKA_AWAY ? STATUS_AGAIN
                                           : STATUS_IO;
}

enum status kafka_consumer_watermarks(struct kafka_consumer *consumer, int32_t partition,
                                      int wait_ms, int64_t *low, int64_t *high)
{
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        consumer->client.handle, consumer->topic, partition, low, high, wait_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return STATUS_OK;
    }
    consumer->problem = kafka_error_problem(error, NULL);
    return consumer->problem.trouble == KAFKA_AWAY ? STATUS_AGAIN : STATUS_IO;
}

bool kafka_consumer_known_watermarks(const struct kafka_consumer *consumer, int32_t partition,
                                     int64_t *low, int64_t *high)
{
    int64_t first = -1;
    int64_t last = -1;
    if (rd_kafka_get_watermark_offsets(consumer->client.handle, consumer->topic, partition, &first,
                                       &last) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        first < 0 || last < 0) {
        return false;
    }
    *low = first;
    *high = last;
    return true;
}
