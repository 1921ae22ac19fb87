/* closure_pattern.c: find, regex.replace and the like with a constant pattern, compiled once. */
#include "cel/run/closure.h"

#include "base/check.h"
#include "cel/library/library_regex.h"

enum { ARGUMENTS_MAX = 4 };

struct pattern_closure {
    struct closure base;
    const struct regex *regex;
    regex_function_fn run;
    size_t count;
    const struct closure *arguments[ARGUMENTS_MAX];
};

static const struct value *pattern_value(const struct closure *closure, struct cel_frame *frame,
                                         struct value *room)
{
    const struct pattern_closure *self = (const struct pattern_closure *)closure;
    struct value arguments[ARGUMENTS_MAX];
    for (size_t i = 0; i < self->count; i++) {
        if (!closure_store(self->arguments[i], frame, &arguments[i])) {
            *room = arguments[i];
            return room;
        }
    }
    *room = self->run(self->regex, arguments, self->count, &frame->scratch);
    return room;
}

struct closure *closure_pattern(struct arena *arena, const struct regex *regex,
                                cel_function_fn function,
                                const struct closure *const *arguments, size_t count)
{
    struct pattern_closure *closure = arena_alloc(arena, sizeof *closure);
    check(count <= ARGUMENTS_MAX);
    closure->base.value = pattern_value;
    closure->base.truth = closure_truth_from_value;
    closure->regex = regex;
    closure->run = library_regex_compiled(function);
    closure->count = count;
    for (size_t i = 0; i < count; i++) {
        closure->arguments[i] = arguments[i];
    }
    return &closure->base;
}
