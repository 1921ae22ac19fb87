/* frame.c: slots are loaded when first read, once an event: an epoch tells loaded from stale, so
 * that nothing need be cleared. */
#include "cel/run/frame.h"

#include "base/check.h"
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
        frame->slots = allocate(count, sizeof *frame->slots);
        frame->slot_count = count;
    }
}

struct cel_frame *cel_frame_new(const struct cel_slots *slots, uint32_t steps_max)
{
    struct cel_frame *frame = allocate(1, sizeof *frame);
    frame->table = slots;
    cover_slots(frame);
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
        free(*frame);
        *frame = NULL;
    }
}

void cel_frame_begin(struct cel_frame *frame, const struct cel_host *host, struct arena *arena)
{
    check(frame->depth == 0);
    cover_slots(frame);
    frame->epoch++;
    frame->host = host;
    frame->scratch.arena = arena;
}

/* Where constants are folded there are no slots. Until the host has answered, the slot holds an
 * error: a value that needs itself meets it. */
const struct value *frame_load(struct cel_frame *frame, uint32_t slot)
{
    static const struct value no_event = {.kind = VALUE_ERROR, .error = VALUE_ERROR_LIMIT,
                                          .text = {"there is no event yet", 21}};
    if (!frame->table) {
        return &no_event;
    }
    check(slot < frame->slot_count && frame->host);
    struct frame_slot *entry = &frame->slots[slot];
    entry->epoch = frame->epoch;
    entry->value = value_failure(VALUE_ERROR_LIMIT, SPAN("a variable depends on itself"));
    entry->value = frame->host->load(frame->host->context, slot, frame->scratch.arena);
    return &entry->value;
}

struct value cel_frame_slot(struct cel_frame *frame, uint32_t slot)
{
    return *frame_slot_view(frame, slot);
}
