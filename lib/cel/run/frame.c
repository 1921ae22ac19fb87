/* frame.c: slots are loaded when first read, once an event: an epoch tells loaded from stale, so
 * that nothing need be cleared. */
#include "cel/run/frame.h"

#include "base/check.h"
#include "cel/env_internal.h"
#include "cel/library/regex.h"

#include <stdlib.h>

static void *allocate(size_t count, size_t size_bytes)
{
    void *memory = calloc(count ? count : 1, size_bytes);
    if (!memory) {
        check_memory_exhausted(count * size_bytes);
    }
    return memory;
}

static void cover_slots(struct cel_frame *frame, size_t count)
{
    free(frame->slots);
    free(frame->prices);
    frame->slots = allocate(count, sizeof *frame->slots);
    frame->prices = allocate(count, sizeof *frame->prices);
    frame->slot_count = count;
}

static void cover_memos(struct cel_frame *frame, size_t count)
{
    free(frame->memos);
    frame->memos = allocate(count, sizeof *frame->memos);
    frame->memo_count = count;
}

/* Programs may have been compiled, and slots added, since the last event. Values of that event are
 * forgotten by now, so that nobody looks at the old memory. */
static void cover(struct cel_frame *frame)
{
    struct cel_slots_size size = cel_slots_size(frame->table);
    if (size.slots > frame->slot_count) {
        cover_slots(frame, size.slots);
    }
    if (size.memos > frame->memo_count) {
        cover_memos(frame, size.memos);
    }
}

struct cel_frame *cel_frame_new(const struct cel_slots *slots, uint32_t steps_max)
{
    struct cel_frame *frame = allocate(1, sizeof *frame);
    frame->table = slots;
    cover(frame);
    frame->steps_max = steps_max ? steps_max : FRAME_STEPS_DEFAULT;
    frame->scratch.steps_left = &frame->steps_left;
    frame->scratch.regex_room = regex_room_new();
    frame->locals = frame->local_values;
    return frame;
}

void cel_frame_free(struct cel_frame **frame)
{
    if (*frame) {
        regex_room_free(&(*frame)->scratch.regex_room);
        free((*frame)->slots);
        free((*frame)->prices);
        free((*frame)->memos);
        free(*frame);
        *frame = NULL;
    }
}

void cel_frame_begin(struct cel_frame *frame, const struct cel_host *host, struct arena *arena)
{
    check(frame->depth == 0);
    cover(frame);
    frame->epoch += 2;
    frame->note = 0;
    frame->scratch.rounded = false;
    frame->host = host;
    frame->scratch.arena = arena;
}

void cel_frame_note(struct cel_frame *frame, uint32_t note)
{
    frame->note = note;
}

uint32_t cel_frame_take_note(struct cel_frame *frame)
{
    uint32_t note = frame->note;
    frame->note = 0;
    return note;
}

/* What took something is told by its epoch; what ended because the steps did is not kept: another
 * reader may have more of them. */
static void set_price(struct cel_frame *frame, uint32_t slot, struct frame_price price)
{
    frame->slots[slot].epoch = frame->steps_left ? frame->epoch + 1 : 0;
    frame->prices[slot] = price;
}

static const struct value *load(struct cel_frame *frame, uint32_t slot)
{
    struct frame_slot *entry = &frame->slots[slot];
    entry->epoch = FRAME_EPOCH_LOADING;
    struct frame_price before = frame_price_begin(frame);
    entry->value = frame->host->load(frame->host->context, slot, frame->scratch.arena);
    struct frame_price price = frame_price_end(frame, before);
    entry->epoch = frame->epoch;
    if (__builtin_expect(price.steps > 0 || price.note || price.rounded, 0)) {
        set_price(frame, slot, price);
    }
    return &entry->value;
}

static const struct value *pay(struct cel_frame *frame, uint32_t slot)
{
    if (frame_charge(frame, &frame->prices[slot])) {
        return &frame->slots[slot].value;
    }
    /* elsewhere, as the value that is known may be in use */
    struct value *again = arena_alloc(frame->scratch.arena, sizeof *again);
    *again = frame->host->load(frame->host->context, slot, frame->scratch.arena);
    return again;
}

/* Where constants are folded there are no slots. */
const struct value *frame_load(struct cel_frame *frame, uint32_t slot)
{
    static const struct value no_event = {.kind = VALUE_ERROR, .error = VALUE_ERROR_LIMIT,
                                          .text = {"there is no event yet", 21}};
    static const struct value circle = {.kind = VALUE_ERROR, .error = VALUE_ERROR_LIMIT,
                                        .text = {"a variable depends on itself", 28}};
    if (__builtin_expect(!frame->table, 0)) {
        return &no_event;
    }
    check(slot < frame->slot_count && frame->host);
    uint64_t epoch = frame->slots[slot].epoch;
    if (epoch == frame->epoch + 1) {
        return pay(frame, slot);
    }
    return epoch == FRAME_EPOCH_LOADING ? &circle : load(frame, slot);
}

bool cel_frame_take_rounded(struct cel_frame *frame)
{
    bool rounded = frame->scratch.rounded;
    frame->scratch.rounded = false;
    return rounded;
}

struct value cel_frame_slot(struct cel_frame *frame, uint32_t slot)
{
    if (frame->depth == 0) {
        frame->steps_left = frame->steps_max;
    }
    return *frame_slot_view(frame, slot);
}
