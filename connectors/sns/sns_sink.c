/* sns_sink.c: the topic, and the functions that aws_sink needs for it. */
#include "sns/sns_sink.h"

#include "base/check.h"
#include "sns/sns_request.h"

#include <stdlib.h>

struct topic {
    struct buf arn;
    bool fifo;
};

static const void *render(void *context, const struct alert *alert, struct arena *arena,
                          size_t *size_bytes)
{
    const struct topic *topic = context;
    const struct sns_message *message = sns_message_render(alert, topic->fifo, arena);
    *size_bytes = message->size_bytes;
    return message;
}

static const char *write_request(void *context, const void *const *entries, size_t count,
                                 struct buf *body)
{
    const struct topic *topic = context;
    const struct sns_message *messages[SINK_ANSWERS_MAX];
    for (size_t i = 0; i < count; i++) {
        messages[i] = entries[i];
    }
    return sns_request_write(buf_view(&topic->arn), messages, count, body);
}

static bool read_answer(void *context, struct span body, size_t count, struct arena *arena,
                        struct aws_entry_result *results)
{
    (void)context;
    return sns_request_read(body, count, arena, results);
}

static void free_topic(void *context)
{
    struct topic *topic = context;
    buf_deinit(&topic->arn);
    free(topic);
}

struct sink *sns_sink_new(struct span name, struct span topic_arn, struct aws_client *client)
{
    static const struct aws_sink_face face = {
        .service = AWS_SNS,
        .bytes_max = SNS_BYTES_MAX,
        .render = render,
        .write = write_request,
        .read = read_answer,
        .free = free_topic,
    };
    struct topic *topic = calloc(1, sizeof *topic);
    if (!topic) {
        check_memory_exhausted(sizeof *topic);
    }
    buf_append(&topic->arn, topic_arn);
    topic->fifo = span_ends_with(topic_arn, SPAN(".fifo"));
    return aws_sink_new(name, &face, topic, client);
}
