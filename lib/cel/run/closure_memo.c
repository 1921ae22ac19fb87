/* closure_memo.c: a sub-expression that several places share: computed by the first that needs it,
 * at most once an event. */
#include "cel/run/closure.h"

struct memo_closure {
    struct closure base;
    const struct closure *inner;
    uint32_t memo;
};

/* What ended because the steps did is not kept: who comes next may have more of them. */
static const struct value *compute(const struct memo_closure *self, struct cel_frame *frame,
                                   struct value *room)
{
    struct frame_price before = frame_price_begin(frame);
    closure_store(self->inner, frame, room);
    struct frame_price price = frame_price_end(frame, before);
    if (frame->steps_left == 0 || self->memo >= frame->memo_count) {
        return room;
    }
    struct frame_memo *memo = &frame->memos[self->memo];
    *memo = (struct frame_memo){*room, frame->epoch, price};
    return &memo->value;
}

static const struct value *memo_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct memo_closure *self = (const struct memo_closure *)closure;
    /* a frame of an event that began before the memo came to be has none */
    if (__builtin_expect(self->memo < frame->memo_count, 1)) {
        const struct frame_memo *memo = &frame->memos[self->memo];
        if (memo->epoch == frame->epoch && frame_charge(frame, &memo->price)) {
            return &memo->value;
        }
    }
    return compute(self, frame, room);
}

struct closure *closure_memo(struct arena *arena, const struct closure *inner, uint32_t memo)
{
    struct memo_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = memo_value;
    closure->base.truth = closure_truth_from_value;
    closure->base.exact = inner->exact;
    closure->base.attribute = inner->attribute;
    closure->inner = inner;
    closure->memo = memo;
    return &closure->base;
}
