/* Reads a topic of Kafka and does nothing with it: what `deltaward detect` is measured against.
 *
 *   bench_consume BROKERS TOPIC PARTITIONS RECORDS [NAME=VALUE ...]
 *
 * NAME=VALUE: properties of librdkafka. All partitions are read from their beginning, by batches of
 * 1,000, until so many records have come. Prints "records CPU-seconds seconds": the time of the
 * whole process, from the first record on. */
#include "seconds.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1000, WAIT_MS = 100, PROBLEM_BYTES = 512, ARGUMENTS_MIN = 5 };

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_consume: %s: %s\n", what, why);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char problem[PROBLEM_BYTES];
    if (rd_kafka_conf_set(conf, name, value, problem, sizeof problem) != RD_KAFKA_CONF_OK) {
        fail(name, problem);
    }
}

static rd_kafka_t *open_consumer(const char *brokers, char **properties)
{
    char problem[PROBLEM_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", "bench");
    set(conf, "enable.auto.commit", "false");
    for (; *properties; properties++) {
        char *equals = strchr(*properties, '=');
        if (!equals) {
            fail(*properties, "NAME=VALUE is expected");
        }
        *equals = '\0';
        set(conf, *properties, equals + 1);
    }
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, problem, sizeof problem);
    if (!consumer) {
        fail("consumer", problem);
    }
    rd_kafka_poll_set_consumer(consumer);
    return consumer;
}

static void assign(rd_kafka_t *consumer, const char *topic, int partitions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++) {
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_resp_err_t error = rd_kafka_assign(consumer, list);
    if (error) {
        fail(topic, rd_kafka_err2str(error));
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* How many of a batch are records; adds their bytes. */
static long take(rd_kafka_message_t **messages, ssize_t count, size_t *bytes)
{
    long records = 0;
    for (ssize_t i = 0; i < count; i++) {
        records += messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        *bytes += messages[i]->len;
        rd_kafka_message_destroy(messages[i]);
    }
    return records;
}

int main(int argc, char **argv)
{
    if (argc < ARGUMENTS_MIN) {
        fputs("usage: bench_consume BROKERS TOPIC PARTITIONS RECORDS [NAME=VALUE ...]\n", stderr);
        return 2;
    }
    static rd_kafka_message_t *messages[BATCH];
    long wanted = strtol(argv[4], NULL, 10);
    long seen = 0;
    size_t bytes = 0;
    rd_kafka_t *consumer = open_consumer(argv[1], argv + ARGUMENTS_MIN);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    assign(consumer, argv[2], (int)strtol(argv[3], NULL, 10));
    double cpu = 0;
    double wall = 0;
    while (seen < wanted) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, BATCH);
        if (seen == 0) {
            cpu = seconds_cpu();
            wall = seconds_wall();
        }
        seen += take(messages, count, &bytes);
    }
    printf("%ld %.3f %.3f\n", seen, seconds_cpu() - cpu, seconds_wall() - wall);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return bytes > 0 ? 0 : 1;
}
