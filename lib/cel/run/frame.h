/* frame.h: where programs run, seen from inside: loaded slots, loop variables, budgets.
 * Private to lib/cel. One thread at a time. */
#ifndef CEL_FRAME_H
#define CEL_FRAME_H

#include "cel/library/library.h"
#include "cel/program.h"

enum {
    FRAME_LOCALS_MAX = 256, /* loop variables alive at once, over all nested runs */
    FRAME_DEPTH_MAX = 32,   /* runs inside runs: a variable that reads a variable ... */
    FRAME_STEPS_DEFAULT = 100000,
    FRAME_EPOCH_LOADING = 1, /* of a slot that the host is asked for: a circle meets it */
};

struct frame_slot {
    struct value value;
    uint64_t epoch; /* the value is of this event when equal to the frame's; one more: it has a
                       price */
};

/* What it took to compute a value: whoever reads it again is charged the same, so that no outcome
 * depends on who came first. */
struct frame_price {
    uint64_t steps;
    uint32_t note;
    bool rounded;
};

/* A sub-expression that several places share. */
struct frame_memo {
    struct value value;
    uint64_t epoch;
    struct frame_price price;
};

struct cel_frame {
    const struct cel_slots *table;
    struct frame_slot *slots;
    struct frame_price *prices; /* of slots */
    size_t slot_count;
    struct frame_memo *memos;
    size_t memo_count;
    uint64_t epoch; /* even, from 2 on, so that a zeroed slot is of no event */
    const struct cel_host *host;
    struct cel_scratch scratch;
    uint64_t steps_left;
    uint64_t steps_max;
    uint32_t note; /* of the host, since it was last taken; 0: none */
    uint32_t depth;
    uint32_t locals_used;
    struct value *locals;  /* of the program that runs now: a window of local_values */
    struct value failure;  /* why the last truth was TRUTH_ERROR */
    struct value local_values[FRAME_LOCALS_MAX];
};

/* Before a value is computed, and after: *price tells what it took. */
static inline struct frame_price frame_price_begin(struct cel_frame *frame)
{
    struct frame_price before = {frame->steps_left, frame->note, frame->scratch.rounded};
    frame->note = 0;
    frame->scratch.rounded = false;
    return before;
}
static inline struct frame_price frame_price_end(struct cel_frame *frame, struct frame_price before)
{
    struct frame_price price = {before.steps - frame->steps_left, frame->note,
                                frame->scratch.rounded};
    frame->note = price.note ? price.note : before.note;
    frame->scratch.rounded |= before.rounded;
    return price;
}
/* Charges the price of a value that is at hand; false where the budget would not have sufficed to
 * compute it: then nothing is charged. */
static inline bool frame_charge(struct cel_frame *frame, const struct frame_price *price)
{
    if (price->steps > 0 && frame->steps_left <= price->steps) {
        return false;
    }
    frame->steps_left -= price->steps;
    frame->note = price->note ? price->note : frame->note;
    frame->scratch.rounded |= price->rounded;
    return true;
}

/* Asks the host and remembers the answer. */
const struct value *frame_load(struct cel_frame *frame, uint32_t slot);

/* A slot's value; the view lives until the next event. */
static inline const struct value *frame_slot_view(struct cel_frame *frame, uint32_t slot)
{
    if (__builtin_expect(slot < frame->slot_count, 1) &&
        frame->slots[slot].epoch == frame->epoch) {
        return &frame->slots[slot].value;
    }
    return frame_load(frame, slot);
}

#endif
