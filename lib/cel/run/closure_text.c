/* closure_text.c: startsWith and endsWith of a constant. */
#include "cel/run/closure.h"

#include "cel/library/library_functions.h"
#include "cel/run/values.h"

/* text.startsWith("constant") and its like: the commonest calls, without a list of arguments. */
struct text_closure {
    struct closure base;
    const struct closure *text;
    struct value part; /* a string */
    cel_function_fn run; /* for texts that are none */
    bool (*test)(struct span text, struct span part);
};

static enum truth text_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct text_closure *self = (const struct text_closure *)closure;
    struct value room;
    const struct value *text = closure_value(self->text, frame, &room);
    uint64_t steps = self->part.text.len / CEL_BYTES_PER_STEP;
    if (steps && !steps_take(&frame->steps_left, steps)) {
        frame->failure = failure_limit();
        return TRUTH_ERROR;
    }
    if (text->kind == VALUE_STRING) {
        return truth_of_bool(self->test(text->text, self->part.text));
    }
    if (text->kind == VALUE_ERROR) {
        return truth_failed(frame, text);
    }
    struct value arguments[2] = {*text, self->part};
    room = self->run(arguments, 2, &frame->scratch);
    return truth_of_value(&room, frame);
}

struct closure *closure_text_test(struct arena *arena, cel_function_fn run,
                                  const struct closure *text, const struct value *part)
{
    bool starts = run == library_starts_with;
    if (!starts && run != library_ends_with) {
        return NULL;
    }
    struct text_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = text_truth;
    closure->text = text;
    closure->part = *part;
    closure->run = run;
    closure->test = starts ? span_starts_with : span_ends_with;
    return &closure->base;
}
