/* evaluate_inbox.c: a short queue. */
#include "app/detect/evaluate_inbox.h"

#include "base/check.h"

void evaluate_inbox_put(struct evaluate_inbox *inbox, struct kafka_batch *batch, uint64_t turn)
{
    check(!evaluate_inbox_is_full(inbox));
    inbox->parcels[inbox->count++] = (struct evaluate_parcel){batch, turn};
}

void evaluate_inbox_drop(struct evaluate_inbox *inbox, size_t count)
{
    check(count <= inbox->count);
    for (size_t i = 0; i < count; i++) {
        kafka_batch_free(&inbox->parcels[i].batch);
    }
    inbox->count -= count;
    memmove(inbox->parcels, inbox->parcels + count, inbox->count * sizeof *inbox->parcels);
}
