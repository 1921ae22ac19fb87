/* The exchange of `detect`: a topic of signals as JSON, by the hash of policy and group; a tick in
 * every partition; the position of the source committed to a group once all is confirmed, then told
 * in a tick (docs/RECOVERY.md, rules 1 and 5). */
#include "exchange.h"
#include "kafka_world.h"

#include "base/check.h"
#include "model/signal_json.h"

#include <stdlib.h>

enum { PARTITIONS = 3 };

struct log_world {
    struct exchange exchange;
    struct kafka_world *signals;
    struct kafka_world *source; /* whose positions are committed */
    struct kafka_reader *reader;
};

static struct kafka_world *world_up(void)
{
    void *state = NULL;
    check(kafka_world_up(&state) == 0);
    return state;
}

static void join(struct log_world *world)
{
    kafka_world_join(world->source, world->source->topic.ptr, 1);
}

struct exchange *exchange_new(void)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct log_world *world = calloc(1, sizeof *world);
    check(world);
    world->exchange = (struct exchange){
        .partitions = PARTITIONS, .input = DECIDE_REPEATS, .source = SPAN("events/0#id"),
        .world = world};
    world->signals = world_up();
    world->source = world_up();
    kafka_world_topic(world->signals, PARTITIONS);
    kafka_world_topic(world->source, 1);
    kafka_world_produce(world->signals);
    check(kafka_reader_new(&world->signals->settings, world->signals->topic, &problem,
                           &world->reader) == STATUS_OK);
    world->source->start = KAFKA_OFFSET_BEGINNING; /* positions here are none of its records */
    join(world);
    return &world->exchange;
}

void exchange_free(struct exchange **exchange)
{
    struct log_world *world = (*exchange)->world;
    void *states[] = {world->signals, world->source};
    kafka_reader_free(&world->reader);
    kafka_world_down(&states[0]);
    kafka_world_down(&states[1]);
    free(world);
    *exchange = NULL;
}

void exchange_reopen(struct exchange *exchange)
{
    struct log_world *world = exchange->world;
    kafka_batch_free(&world->source->early);
    kafka_consumer_free(&world->source->consumer);
    kafka_producer_free(&world->signals->producer);
    kafka_world_produce(world->signals);
    join(world);
}

static void send(struct log_world *world, const struct signal *signal, uint32_t partition)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    signal_write_json(signal, &writer);
    const struct kafka_message message = {
        .topic = world->signals->topic.ptr,
        .partition = (int32_t)partition,
        .value = buf_view(&text),
    };
    check(kafka_producer_send(world->signals->producer, &message) == STATUS_OK);
    buf_deinit(&text);
}

static void send_all(struct exchange *exchange, const struct signal *signals, size_t count)
{
    struct log_world *world = exchange->world;
    for (size_t i = 0; i < count; i++) {
        bool is_for_all = signal_is_for_all(&signals[i]);
        for (uint32_t k = 0; k < PARTITIONS && is_for_all; k++) {
            send(world, &signals[i], k);
        }
        if (!is_for_all) {
            send(world, &signals[i], signal_partition(&signals[i], PARTITIONS));
        }
    }
    check(kafka_producer_flush(world->signals->producer, WORLD_WAIT_MS) == STATUS_OK);
    check(world->signals->failed == 0);
}

void exchange_append(struct exchange *exchange, const struct signal *signals, size_t count,
                     uint64_t position)
{
    struct log_world *world = exchange->world;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    const struct kafka_part part = {
        .partition = 0, .offset = (int64_t)position, .metadata = SPAN("text")};
    send_all(exchange, signals, count);
    check(kafka_consumer_commit_wait(world->source->consumer, &part, 1, WORLD_WAIT_MS, &problem) ==
          STATUS_OK);
    world->source->committed[0] = (int64_t)position;
}

void exchange_append_and_die(struct exchange *exchange, const struct signal *signals, size_t count,
                             uint64_t position)
{
    (void)position;
    send_all(exchange, signals, count);
    exchange_reopen(exchange);
}

uint64_t exchange_committed(struct exchange *exchange)
{
    struct log_world *world = exchange->world;
    int64_t committed = world->source->committed[0];
    return committed > 0 ? (uint64_t)committed : 0;
}

size_t exchange_read(struct exchange *exchange, uint32_t partition, uint64_t from,
                     struct arena *arena, struct signal *out, size_t max)
{
    struct log_world *world = exchange->world;
    size_t count = 0;
    check(kafka_reader_start(world->reader, (int32_t)partition, (int64_t)from - 1,
                             WORLD_WAIT_MS) == STATUS_OK);
    while (!kafka_reader_caught_up(world->reader)) {
        struct kafka_batch *batch = NULL;
        enum status status = kafka_reader_poll(world->reader, WORLD_WAIT_MS, &batch);
        check(status == STATUS_OK);
        for (size_t i = 0; i < batch->count; i++) {
            struct json_error error;
            struct span text = arena_copy(arena, batch->records[i].value);
            check(count < max);
            check(signal_read_json(text, arena, &error, &out[count]) == STATUS_OK);
            out[count++].sequence = (uint64_t)batch->records[i].offset + 1;
        }
        kafka_batch_free(&batch);
    }
    kafka_reader_stop(world->reader, (int32_t)partition);
    return count;
}
