/* kinesis_queue.h: deliveries in order, and used ones, whose memory is used again. No lock of its
 * own. */
#ifndef KINESIS_KINESIS_QUEUE_H
#define KINESIS_KINESIS_QUEUE_H

#include "kinesis/kinesis_fetch.h"

/* Zero-initialised is empty. */
struct kinesis_queue {
    struct kinesis_delivery *first;
    struct kinesis_delivery *last;
    size_t count;
    size_t bytes; /* of bodies */
    struct kinesis_delivery *used;
};

/* An empty delivery, to be put or given back. */
struct kinesis_delivery *kinesis_queue_blank(struct kinesis_queue *queue);
/* Adds a delivery at the end. */
void kinesis_queue_put(struct kinesis_queue *queue, struct kinesis_delivery *delivery);
/* The first one, or NULL. */
struct kinesis_delivery *kinesis_queue_take(struct kinesis_queue *queue);
/* Keeps its memory for another; sets *delivery to NULL. */
void kinesis_queue_give_back(struct kinesis_queue *queue, struct kinesis_delivery **delivery);
/* Gives back the memory of all that are in it. */
void kinesis_queue_deinit(struct kinesis_queue *queue);

#endif
