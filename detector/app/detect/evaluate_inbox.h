/* evaluate_inbox.h: batches that were polled and not evaluated yet, oldest first. They keep the
 * fetched buffers of their records, hence the bound. */
#ifndef APP_EVALUATE_INBOX_H
#define APP_EVALUATE_INBOX_H

#include "kafka/kafka_record.h"

#include <stdbool.h>

enum { EVALUATE_INBOX_MAX = 8 };

struct evaluate_parcel {
    struct kafka_batch *batch;
    uint64_t turn; /* in which it was polled */
};

/* In place; zero-initialised is empty. */
struct evaluate_inbox {
    struct evaluate_parcel parcels[EVALUATE_INBOX_MAX];
    size_t count;
};

static inline bool evaluate_inbox_is_full(const struct evaluate_inbox *inbox)
{
    return inbox->count == EVALUATE_INBOX_MAX;
}
/* Takes a batch over; only when it is not full. */
void evaluate_inbox_put(struct evaluate_inbox *inbox, struct kafka_batch *batch, uint64_t turn);
/* Frees the oldest `count` batches. */
void evaluate_inbox_drop(struct evaluate_inbox *inbox, size_t count);

#endif
