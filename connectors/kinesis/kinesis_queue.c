/* kinesis_queue.c: a list of deliveries and a list of used ones. */
#include "kinesis/kinesis_queue.h"

#include "base/check.h"

#include <stdlib.h>

struct kinesis_delivery *kinesis_queue_blank(struct kinesis_queue *queue)
{
    struct kinesis_delivery *delivery = queue->used;
    if (delivery) {
        queue->used = delivery->next;
        delivery->next = NULL;
        return delivery;
    }
    delivery = calloc(1, sizeof *delivery);
    if (!delivery) {
        check_memory_exhausted(sizeof *delivery);
    }
    delivery->arena = arena_new(0);
    return delivery;
}

void kinesis_queue_put(struct kinesis_queue *queue, struct kinesis_delivery *delivery)
{
    if (queue->last) {
        queue->last->next = delivery;
    } else {
        queue->first = delivery;
    }
    queue->last = delivery;
    queue->count++;
    queue->bytes += delivery->body.len;
}

struct kinesis_delivery *kinesis_queue_take(struct kinesis_queue *queue)
{
    struct kinesis_delivery *delivery = queue->first;
    if (delivery) {
        queue->first = delivery->next;
        queue->last = queue->first ? queue->last : NULL;
        queue->count--;
        queue->bytes -= delivery->body.len;
        delivery->next = NULL;
    }
    return delivery;
}

void kinesis_queue_give_back(struct kinesis_queue *queue, struct kinesis_delivery **delivery)
{
    struct kinesis_delivery *used = *delivery;
    struct buf body = used->body;
    struct arena *arena = used->arena;
    buf_clear(&body);
    arena_reset(arena);
    *used = (struct kinesis_delivery){.body = body, .arena = arena, .next = queue->used};
    queue->used = used;
    *delivery = NULL;
}

static void free_all(struct kinesis_delivery *delivery)
{
    while (delivery) {
        struct kinesis_delivery *next = delivery->next;
        buf_deinit(&delivery->body);
        arena_free(&delivery->arena);
        free(delivery);
        delivery = next;
    }
}

void kinesis_queue_deinit(struct kinesis_queue *queue)
{
    free_all(queue->first);
    free_all(queue->used);
    *queue = (struct kinesis_queue){0};
}
