/* undelivered.c: a producer of its own, because refusals are rare and must not wait behind others.
 */
#include "app/notify/undelivered.h"

#include "base/check.h"
#include "base/clock.h"
#include "kafka/kafka_producer.h"

#include <stdlib.h>

struct undelivered_writer {
    struct kafka_producer *producer;
    struct buf topic;
    struct kafka_problem problem;
    bool failed;
};

static void hear(void *context, const struct kafka_delivery *delivery)
{
    struct undelivered_writer *writer = context;
    if (delivery->problem.trouble != KAFKA_FINE) {
        writer->problem = delivery->problem;
        writer->failed = true;
    }
}

enum status undelivered_open(const struct kafka_settings *settings, struct span topic,
                             struct kafka_problem *problem, struct undelivered_writer **out)
{
    struct undelivered_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        check_memory_exhausted(sizeof *writer);
    }
    const struct kafka_producer_owner owner = {.context = writer, .delivered = hear};
    enum status status = kafka_producer_new(settings, &owner, problem, &writer->producer);
    if (status != STATUS_OK) {
        free(writer);
        return status;
    }
    buf_append(&writer->topic, topic);
    *out = writer;
    return STATUS_OK;
}

void undelivered_close(struct undelivered_writer **writer)
{
    struct undelivered_writer *ended = *writer;
    kafka_producer_free(&ended->producer);
    buf_deinit(&ended->topic);
    free(ended);
    *writer = NULL;
}

static void write_time(struct json_writer *writer, int64_t time_us)
{
    char text[CLOCK_TEXT_SIZE];
    json_write_string(writer, clock_format(time_us, text));
}

static void write_record(const struct undelivered *record, enum alert_cut cut, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "sink");
    json_write_string(&writer, record->sink);
    json_key(&writer, record->redelivered ? "redelivered_at" : "refused_at");
    write_time(&writer, record->at_us);
    if (!record->redelivered) {
        json_key(&writer, "reason");
        json_write_string(&writer, record->reason);
    }
    json_key(&writer, record->alert ? "alert" : "text");
    if (record->alert) {
        alert_write_json_cut(record->alert, record->redelivered ? ALERT_CUT_MOST : cut, &writer);
    } else {
        json_write_string(&writer, record->text);
    }
    json_close_object(&writer);
}

enum status undelivered_put(struct undelivered_writer *writer, const struct undelivered *record)
{
    char id[DIGEST_HEX_LENGTH + 1] = "";
    struct buf text = {0};
    enum status status = STATUS_LIMIT;
    if (record->alert) {
        digest_hex(&record->alert->id, id);
    }
    for (enum alert_cut cut = ALERT_WHOLE; cut <= ALERT_CUT_MOST && status == STATUS_LIMIT;
         cut++) {
        buf_clear(&text);
        write_record(record, cut, &text);
        const struct kafka_message message = {
            .topic = writer->topic.ptr,
            .partition = KAFKA_PARTITION_BY_KEY,
            .key = span_view(id),
            .value = buf_view(&text),
        };
        status = kafka_producer_send(writer->producer, &message);
    }
    if (status == STATUS_CLOSED) {
        writer->problem = kafka_producer_problem(writer->producer);
    }
    buf_deinit(&text);
    return status;
}

enum status undelivered_settle(struct undelivered_writer *writer, int wait_ms)
{
    enum status status = kafka_producer_flush(writer->producer, wait_ms);
    if (status == STATUS_CLOSED) {
        writer->problem = kafka_producer_problem(writer->producer);
    }
    if (status == STATUS_OK && writer->failed) {
        writer->failed = false;
        return STATUS_IO;
    }
    return status;
}

struct span undelivered_problem(const struct undelivered_writer *writer)
{
    return kafka_problem_text(&writer->problem);
}
