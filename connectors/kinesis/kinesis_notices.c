/* kinesis_notices.c: a bounded list that is emptied as a whole. */
#include "kinesis/kinesis_notices.h"

void kinesis_notices_init(struct kinesis_notices *notices)
{
    *notices = (struct kinesis_notices){.arena = arena_new(0)};
}

void kinesis_notices_deinit(struct kinesis_notices *notices)
{
    arena_free(&notices->arena);
}

/* Starts anew once all were taken. */
static void forget_taken(struct kinesis_notices *notices)
{
    if (notices->count && notices->taken == notices->count) {
        notices->count = 0;
        notices->taken = 0;
        arena_reset(notices->arena);
    }
}

void kinesis_notices_add(struct kinesis_notices *notices, enum source_notice_kind kind,
                         struct span part, struct span text, int64_t number)
{
    forget_taken(notices);
    if (notices->count == KINESIS_NOTICES_MAX) {
        notices->held_back++;
        return;
    }
    notices->items[notices->count++] = (struct source_notice){
        .kind = kind,
        .part = arena_copy(notices->arena, part),
        .text = arena_copy(notices->arena, text),
        .number = number,
    };
}

bool kinesis_notices_take(struct kinesis_notices *notices, struct source_notice *out)
{
    if (notices->taken < notices->count) {
        *out = notices->items[notices->taken++];
        return true;
    }
    forget_taken(notices);
    if (notices->held_back == 0) {
        return false;
    }
    *out = (struct source_notice){.kind = SOURCE_NOTICE_HELD_BACK, .number = notices->held_back};
    notices->held_back = 0;
    return true;
}
