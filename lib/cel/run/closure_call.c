/* closure_call.c: evaluates the arguments, then calls; the first error among them is the result. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

enum { CALL_ARGUMENTS_INLINE = 4 };

struct call_closure {
    struct closure base;
    cel_function_fn run;
    uint32_t host_call;
    bool has_exact; /* some argument holds a number literal */
    size_t count;
    const struct closure *arguments[];
};

static bool any_wants_exact(const struct value *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (value_wants_exact(&arguments[i])) {
            return true;
        }
    }
    return false;
}

static void take_exact_arguments(const struct call_closure *self, struct cel_frame *frame,
                                 struct value *arguments)
{
    if (!any_wants_exact(arguments, self->count)) {
        return;
    }
    for (size_t i = 0; i < self->count; i++) {
        if (self->arguments[i]->exact) {
            closure_store(self->arguments[i]->exact, frame, &arguments[i]);
        }
    }
}

/* The first argument that is an error; NULL when all have a value. */
static const struct value *evaluate_arguments(const struct call_closure *self,
                                              struct cel_frame *frame, struct value *arguments)
{
    for (size_t i = 0; i < self->count; i++) {
        if (!closure_store(self->arguments[i], frame, &arguments[i])) {
            return &arguments[i];
        }
    }
    if (self->has_exact) {
        take_exact_arguments(self, frame, arguments);
    }
    return NULL;
}

static struct value run_library(const struct call_closure *self, struct cel_frame *frame,
                                const struct value *arguments)
{
    return self->run(arguments, self->count, &frame->scratch);
}

static struct value run_host(const struct call_closure *self, struct cel_frame *frame,
                             const struct value *arguments)
{
    return frame->host->call(frame->host->context, self->host_call, arguments, self->count,
                             frame->scratch.arena);
}

static const struct value *call_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct call_closure *self = (const struct call_closure *)closure;
    struct value inline_arguments[CALL_ARGUMENTS_INLINE];
    struct value *arguments = inline_arguments;
    if (self->count > CALL_ARGUMENTS_INLINE) {
        arguments = arena_array(frame->scratch.arena, self->count, sizeof *arguments);
    }
    const struct value *failure = evaluate_arguments(self, frame, arguments);
    if (failure) {
        *room = *failure;
    } else {
        *room = self->run ? run_library(self, frame, arguments) : run_host(self, frame, arguments);
    }
    return room;
}

static struct call_closure *call(struct arena *arena, const struct closure *const *arguments,
                                 size_t count)
{
    size_t size_bytes = sizeof(struct call_closure) + count * sizeof(struct closure *);
    struct call_closure *closure = arena_alloc(arena, size_bytes);
    closure->base.value = call_value;
    closure->base.truth = closure_truth_from_value;
    closure->count = count;
    for (size_t i = 0; i < count; i++) {
        closure->arguments[i] = arguments[i];
        closure->has_exact |= arguments[i]->exact != NULL;
    }
    return closure;
}

struct closure *closure_library_call(struct arena *arena, cel_function_fn run,
                                     const struct closure *const *arguments, size_t count)
{
    struct call_closure *closure = call(arena, arguments, count);
    closure->run = run;
    return &closure->base;
}

struct closure *closure_host_call(struct arena *arena, uint32_t host_call,
                                  const struct closure *const *arguments, size_t count)
{
    struct call_closure *closure = call(arena, arguments, count);
    closure->host_call = host_call;
    return &closure->base;
}
