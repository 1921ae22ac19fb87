/* closure_matches.c: matches() of a constant pattern. */
#include "cel/run/closure.h"

#include "cel/library/regex.h"

/* text.matches("pattern"): the pattern is constant, and compiled once. */
struct matches_closure {
    struct closure base;
    const struct closure *text;
    const struct regex *regex;
};

static enum truth matches_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct matches_closure *self = (const struct matches_closure *)closure;
    struct value room;
    const struct value *text = closure_value(self->text, frame, &room);
    if (text->kind == VALUE_STRING) {
        struct value result = regex_search(self->regex, text->text, &frame->scratch);
        return truth_of_value(&result, frame);
    }
    if (text->kind != VALUE_ERROR) {
        room = failure_no_overload("matches", text, 1, frame->scratch.arena);
        text = &room;
    }
    return truth_failed(frame, text);
}

struct closure *closure_matches(struct arena *arena, const struct closure *text,
                                const struct regex *regex)
{
    struct matches_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = matches_truth;
    closure->text = text;
    closure->regex = regex;
    return &closure->base;
}
