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
};

struct frame_slot {
    struct value value;
    uint64_t epoch; /* the value is of this event when equal to the frame's */
};

/* What it took to compute a value: whoever reads it again is charged the same, so that no outcome
 * depends on who came first. */
struct frame_price {
    uint64_t steps;
    uint32_t note;
    bool rounded;
};

/* A slot's value that took something: its frame_slot is never of the event. */
struct frame_dear_slot {
    uint64_t epoch;
    struct frame_price price;
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
    struct frame_dear_slot *dear_slots;
    size_t slot_count;
    struct frame_memo *memos;
    size_t memo_count;
    uint64_t epoch; /* starts at 1, so that a zeroed slot is of no event */
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
struct frame_price frame_price_begin(struct cel_frame *frame);
struct frame_price frame_price_end(struct cel_frame *frame, struct frame_price before);
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
