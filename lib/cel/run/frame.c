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

/* Programs may have been compiled, and slots added, since the last event. Values of that event are
 * forgotten by now, so that nobody looks at the old memory. */
static void cover_slots(struct cel_frame *frame)
{
    size_t count = cel_slots_count(frame->table);
    if (count > frame->slot_count) {
        free(frame->slots);
        free(frame->dear_slots);
        frame->slots = allocate(count, sizeof *frame->slots);
        frame->dear_slots = allocate(count, sizeof *frame->dear_slots);
        frame->slot_count = count;
    }
}

static void cover_memos(struct cel_frame *frame)
{
    size_t count = cel_slots_memo_count(frame->table);
    if (count > frame->memo_count) {
        free(frame->memos);
        frame->memos = allocate(count, sizeof *frame->memos);
        frame->memo_count = count;
    }
}

struct cel_frame *cel_frame_new(const struct cel_slots *slots, uint32_t steps_max)
{
    struct cel_frame *frame = allocate(1, sizeof *frame);
    frame->table = slots;
    cover_slots(frame);
    cover_memos(frame);
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
        free((*frame)->dear_slots);
        free((*frame)->memos);
        free(*frame);
        *frame = NULL;
    }
}

void cel_frame_begin(struct cel_frame *frame, const struct cel_host *host, struct arena *arena)
{
    check(frame->depth == 0);
    cover_slots(frame);
    cover_memos(frame);
    frame->epoch++;
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

struct frame_price frame_price_begin(struct cel_frame *frame)
{
    return (struct frame_price){frame->steps_left, cel_frame_take_note(frame),
                                cel_frame_take_rounded(frame)};
}

struct frame_price frame_price_end(struct cel_frame *frame, struct frame_price before)
{
    struct frame_price price = {before.steps - frame->steps_left, frame->note,
                                frame->scratch.rounded};
    frame->note = price.note ? price.note : before.note;
    frame->scratch.rounded |= before.rounded;
    return price;
}

/* Until the host has answered, the slot holds an error: a value that needs itself meets it. What
 * ended because the steps did is not kept: another reader may have more of them. */
static const struct value *load(struct cel_frame *frame, uint32_t slot)
{
    struct frame_slot *entry = &frame->slots[slot];
    entry->epoch = frame->epoch;
    entry->value = value_failure(VALUE_ERROR_LIMIT, SPAN("a variable depends on itself"));
    struct frame_price before = frame_price_begin(frame);
    entry->value = frame->host->load(frame->host->context, slot, frame->scratch.arena);
    struct frame_price price = frame_price_end(frame, before);
    if (price.steps > 0 || price.note || price.rounded) {
        entry->epoch = 0;
        frame->dear_slots[slot].epoch = frame->steps_left ? frame->epoch : 0;
        frame->dear_slots[slot].price = price;
    }
    return &entry->value;
}

/* Where constants are folded there are no slots. */
const struct value *frame_load(struct cel_frame *frame, uint32_t slot)
{
    static const struct value no_event = {.kind = VALUE_ERROR, .error = VALUE_ERROR_LIMIT,
                                          .text = {"there is no event yet", 21}};
    if (!frame->table) {
        return &no_event;
    }
    check(slot < frame->slot_count && frame->host);
    if (frame->dear_slots[slot].epoch != frame->epoch) {
        return load(frame, slot);
    }
    if (frame_charge(frame, &frame->dear_slots[slot].price)) {
        return &frame->slots[slot].value;
    }
    /* elsewhere, as the value that is known may be in use */
    struct value *again = arena_alloc(frame->scratch.arena, sizeof *again);
    *again = frame->host->load(frame->host->context, slot, frame->scratch.arena);
    return again;
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
