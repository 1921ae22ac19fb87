/* kafka_reader.c: librdkafka's consumer without a group: no coordinator is asked, and nothing is
 * committed. */
#include "kafka/kafka_reader.h"

#include "base/check.h"
#include "kafka/kafka_batch.h"
#include "kafka/kafka_client.h"
#include "kafka/kafka_list.h"

#include <stdlib.h>

/* One partition, by its number. */
struct part {
    bool started;
    bool stopped; /* there is a gap: what comes behind it is not given */
    int64_t next; /* behind the last record given */
    int64_t end;  /* of the partition when it was started */
};

struct kafka_reader {
    struct kafka_client client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue; /* the records of all partitions */
    struct part *parts;
    size_t part_count;
    struct kafka_problem problem;
    bool has_problem;
    rd_kafka_message_t *messages[KAFKA_BATCH_RECORDS_MAX];
    struct kafka_end *ends;
    size_t end_count;
};

static struct part *part_of(struct kafka_reader *reader, int32_t partition)
{
    check(partition >= 0);
    size_t at = (size_t)partition;
    if (at >= reader->part_count) {
        size_t count = at + 16;
        reader->parts = kafka_list_grown(reader->parts, reader->part_count, count,
                                         sizeof *reader->parts);
        reader->ends = kafka_list_grown(reader->ends, reader->part_count, count,
                                        sizeof *reader->ends);
        reader->part_count = count;
    }
    return &reader->parts[at];
}

enum status kafka_reader_new(const struct kafka_settings *settings, struct span topic,
                             struct kafka_problem *problem, struct kafka_reader **out)
{
    rd_kafka_conf_t *conf = NULL;
    enum status status = kafka_conf_new(settings, KAFKA_READS, problem, &conf);
    if (status != STATUS_OK) {
        return status;
    }
    struct kafka_reader *reader = kafka_list_grown(NULL, 0, 1, sizeof *reader);
    status = kafka_client_init(&reader->client, conf, KAFKA_READS, settings, reader, problem);
    if (status != STATUS_OK) {
        free(reader);
        return status;
    }
    char *name = kafka_list_grown(NULL, 0, topic.len + 1, 1);
    memcpy(name, topic.ptr, topic.len);
    reader->topic = rd_kafka_topic_new(reader->client.handle, name, NULL);
    reader->queue = rd_kafka_queue_new(reader->client.handle);
    free(name);
    check(reader->topic);
    *out = reader;
    return STATUS_OK;
}

void kafka_reader_free(struct kafka_reader **reader)
{
    struct kafka_reader *ended = *reader;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->part_count; i++) {
        kafka_reader_stop(ended, (int32_t)i);
    }
    rd_kafka_queue_destroy(ended->queue);
    rd_kafka_topic_destroy(ended->topic);
    kafka_client_deinit(&ended->client);
    free(ended->parts);
    free(ended->ends);
    free(ended);
    *reader = NULL;
}

static enum status answer_of(struct kafka_reader *reader, rd_kafka_resp_err_t error)
{
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return STATUS_OK;
    }
    reader->problem = kafka_error_problem(error, NULL);
    /* while a broker stops, what it tells of a topic may lack partitions: asked again */
    bool is_passing = reader->problem.trouble == KAFKA_AWAY ||
                      error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    return is_passing ? STATUS_AGAIN : STATUS_IO;
}

enum status kafka_reader_watermarks(struct kafka_reader *reader, int32_t partition, int wait_ms,
                                    int64_t *low, int64_t *high)
{
    return answer_of(reader, rd_kafka_query_watermark_offsets(reader->client.handle,
                                                              rd_kafka_topic_name(reader->topic),
                                                              partition, low, high, wait_ms));
}

enum status kafka_reader_start(struct kafka_reader *reader, int32_t partition, int64_t offset,
                               int wait_ms)
{
    int64_t low = 0;
    int64_t high = 0;
    enum status status = kafka_reader_watermarks(reader, partition, wait_ms, &low, &high);
    if (status != STATUS_OK) {
        return status;
    }
    kafka_reader_stop(reader, partition);
    int64_t first = offset == KAFKA_OFFSET_BEGINNING ? low
                    : offset == KAFKA_OFFSET_END     ? high
                                                     : offset;
    if (rd_kafka_consume_start_queue(reader->topic, partition, first, reader->queue) != 0) {
        return answer_of(reader, rd_kafka_last_error());
    }
    *part_of(reader, partition) = (struct part){.started = true, .next = first, .end = high};
    return STATUS_OK;
}

void kafka_reader_stop(struct kafka_reader *reader, int32_t partition)
{
    struct part *part = part_of(reader, partition);
    if (part->started) {
        rd_kafka_consume_stop(reader->topic, partition);
        part->started = false;
    }
}

/* Keeps an end as it was told; when it was looked for is not known. */
static void hear_end(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    struct part *part = part_of(reader, message->partition);
    part->next = message->offset > part->next ? message->offset : part->next;
    part->end = part->next < part->end ? part->next : part->end; /* markers at the end of a log
                                                                    are no records */
    if (reader->end_count < reader->part_count) {
        reader->ends[reader->end_count++] =
            (struct kafka_end){.partition = message->partition, .offset = message->offset};
    }
}

static void hear_error(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    struct kafka_problem problem =
        kafka_error_problem(message->err, rd_kafka_message_errstr(message));
    if (problem.trouble == KAFKA_AWAY) {
        kafka_client_tell(&reader->client, KAFKA_EVENT_LINE, 4, kafka_problem_text(&problem));
        return;
    }
    if (kafka_error_leaves_gap(problem.trouble) && message->partition >= 0) {
        part_of(reader, message->partition)->stopped = true;
    }
    if (!reader->has_problem) {
        reader->problem = problem;
        reader->has_problem = true;
    }
}

/* Moves records to the front and takes note of everything else; the number of records. */
static size_t sort_out(struct kafka_reader *reader, size_t kept, size_t count)
{
    for (size_t i = kept; i < count; i++) {
        rd_kafka_message_t *message = reader->messages[i];
        bool is_started = message->partition >= 0 &&
                          part_of(reader, message->partition)->started &&
                          !part_of(reader, message->partition)->stopped;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && is_started) {
            part_of(reader, message->partition)->next = message->offset + 1;
            reader->messages[kept++] = message;
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && is_started) {
            hear_end(reader, message);
        } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
                   message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            hear_error(reader, message);
        }
        rd_kafka_message_destroy(message);
    }
    return kept;
}

static size_t gather(struct kafka_reader *reader, int wait_ms)
{
    ssize_t count = rd_kafka_consume_batch_queue(reader->queue, wait_ms, reader->messages, 1);
    size_t kept = sort_out(reader, 0, count > 0 ? (size_t)count : 0);
    if (count > 0) {
        count = rd_kafka_consume_batch_queue(reader->queue, 0, reader->messages + kept,
                                             KAFKA_BATCH_RECORDS_MAX - kept);
        kept = sort_out(reader, kept, kept + (count > 0 ? (size_t)count : 0));
    }
    return kept;
}

enum status kafka_reader_poll(struct kafka_reader *reader, int wait_ms, struct kafka_batch **out)
{
    rd_kafka_poll(reader->client.handle, 0);
    kafka_client_listen(&reader->client);
    size_t count = reader->has_problem ? 0 : gather(reader, wait_ms);
    if (count || reader->end_count) {
        *out = kafka_batch_take(reader->messages, count, reader->ends, reader->end_count);
        reader->end_count = 0;
        return STATUS_OK;
    }
    if (reader->has_problem) {
        reader->has_problem = false;
        return STATUS_IO;
    }
    return STATUS_AGAIN;
}

bool kafka_reader_caught_up(const struct kafka_reader *reader)
{
    for (size_t i = 0; i < reader->part_count; i++) {
        if (reader->parts[i].started && reader->parts[i].next < reader->parts[i].end) {
            return false;
        }
    }
    return true;
}

enum status kafka_reader_partitions(struct kafka_reader *reader, int wait_ms, int32_t *out)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(reader->client.handle, 0, reader->topic, &metadata, wait_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = metadata->topic_cnt ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
        int32_t count = metadata->topic_cnt ? metadata->topics[0].partition_cnt : 0;
        rd_kafka_metadata_destroy(metadata);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            *out = count;
        }
    }
    return answer_of(reader, error);
}

struct kafka_problem kafka_reader_problem(const struct kafka_reader *reader)
{
    return reader->problem;
}
