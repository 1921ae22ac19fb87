/* The exchange of `run`: signals, position and all else of a batch in one transaction. Its 16
 * partitions are virtual: by the same hash, out of one table. */
#include "exchange.h"
#include "sample.h"
#include "temporary.h"

#include "base/check.h"
#include "sqlite/sqlite_store.h"

#include <stdio.h>
#include <stdlib.h>

struct sqlite_world {
    struct exchange exchange;
    struct temporary temporary;
    struct arena *arena;
    struct store *store;
};

static void open_store(struct sqlite_world *world)
{
    struct span problem = {0};
    struct span path = temporary_path(&world->temporary, "deltaward.db");
    check(sqlite_store_open(path, SQLITE_STORE_OWN, world->arena, &problem, &world->store) ==
          STATUS_OK);
}

struct exchange *exchange_new(void)
{
    struct sqlite_world *world = calloc(1, sizeof *world);
    check(world);
    world->exchange = (struct exchange){
        .partitions = DECIDE_PARTITIONS, .input = DECIDE_ONCE, .source = SPAN("orders"),
        .world = world};
    world->arena = arena_new(0);
    temporary_init(&world->temporary);
    open_store(world);
    return &world->exchange;
}

void exchange_free(struct exchange **exchange)
{
    struct sqlite_world *world = (*exchange)->world;
    world->store->ops->free(world->store);
    temporary_deinit(&world->temporary);
    arena_free(&world->arena);
    free(world);
    *exchange = NULL;
}

void exchange_reopen(struct exchange *exchange)
{
    struct sqlite_world *world = exchange->world;
    world->store->ops->free(world->store);
    open_store(world);
}

void exchange_append(struct exchange *exchange, const struct signal *signals, size_t count,
                     uint64_t position)
{
    struct sqlite_world *world = exchange->world;
    uint64_t last = 0;
    uint64_t alerts = 0;
    char text[32];
    check(world->store->ops->sequences(world->store, &last, &alerts) == STATUS_OK);
    struct signal *numbered = arena_array(world->arena, count, sizeof *numbered);
    for (size_t i = 0; i < count; i++) {
        numbered[i] = signals[i];
        numbered[i].sequence = last + 1 + i;
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)position);
    struct store_batch batch = sample_batch(text);
    batch.source = exchange->source;
    batch.signals = numbered;
    batch.signal_count = count;
    check(world->store->ops->commit(world->store, &batch) == STATUS_OK);
}

void exchange_append_and_die(struct exchange *exchange, const struct signal *signals, size_t count,
                             uint64_t position)
{
    /* before its transaction is committed nothing of a batch is there */
    (void)signals;
    (void)count;
    (void)position;
    exchange_reopen(exchange);
}

uint64_t exchange_committed(struct exchange *exchange)
{
    struct sqlite_world *world = exchange->world;
    struct span position = {0};
    int64_t watermark_us = 0;
    enum status status = world->store->ops->position(world->store, exchange->source, world->arena,
                                                     &position, &watermark_us);
    return status == STATUS_OK ? strtoull(position.ptr, NULL, 10) : 0;
}

struct reading {
    const struct exchange *exchange;
    uint32_t partition;
    struct arena *arena;
    struct signal *out;
    size_t count;
    size_t max;
};

static enum status take(void *context, const struct signal *signal)
{
    struct reading *reading = context;
    if (!signal_is_for_all(signal) &&
        signal_partition(signal, reading->exchange->partitions) != reading->partition) {
        return STATUS_OK;
    }
    check(reading->count < reading->max);
    struct signal *copy = &reading->out[reading->count++];
    *copy = *signal;
    copy->policy_id = arena_copy(reading->arena, signal->policy_id);
    copy->group_key = arena_copy(reading->arena, signal->group_key);
    copy->severity = arena_copy(reading->arena, signal->severity);
    copy->source = arena_copy(reading->arena, signal->source);
    copy->body = arena_copy(reading->arena, signal->body);
    copy->inner = arena_copy(reading->arena, signal->inner);
    return STATUS_OK;
}

size_t exchange_read(struct exchange *exchange, uint32_t partition, uint64_t from,
                     struct arena *arena, struct signal *out, size_t max)
{
    struct sqlite_world *world = exchange->world;
    struct reading reading = {
        .exchange = exchange, .partition = partition, .arena = arena, .out = out, .max = max};
    check(world->store->ops->replay(world->store, from, take, &reading) == STATUS_OK);
    return reading.count;
}
