/* record.c: closures around closures. They add nothing to the value; where a loop runs its body,
 * the parts inside are recorded anew for each element, and few of those are kept. */
#include "cel/explain/record.h"

#include "base/check.h"

struct part_closure {
    struct closure base;
    const struct closure *inner;
    struct recorder *recorder;
    struct part *part;       /* NULL: it matters for secrets alone */
    bool secret;             /* it reads a slot that is concealed */
    uint32_t local;          /* the loop variable or bound name that it reads, or BUILD_NONE */
};

struct part_record *record_of(struct scope_record *scope, const struct part *part)
{
    while (part->number - scope->first >= scope->count) {
        scope = scope->outer;
        check(scope);
    }
    return &scope->records[part->number - scope->first];
}

/* --- scopes --- */

static struct scope_record *scope_new(struct recorder *recorder, uint32_t first, uint32_t count)
{
    struct scope_record *scope =
        arena_alloc(recorder->run_arena, sizeof *scope + count * sizeof *scope->records);
    scope->first = first;
    scope->count = count;
    return scope;
}

static void give_back(struct recorder *recorder, const struct part *loop,
                      struct scope_record *scope);

static void give_back_kept(struct recorder *recorder, const struct part *loop, struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        give_back(recorder, loop, kept->items[i]);
    }
    kept->count = 0;
}

/* A loop that runs again forgets what it kept. */
static void forget(struct recorder *recorder, const struct part *loop, struct part_record *record)
{
    give_back_kept(recorder, loop, &record->first);
    give_back_kept(recorder, loop, &record->chosen);
    give_back_kept(recorder, loop, &record->settled);
    record->iterations = 0;
    record->decided = false;
}

static void forget_inside(struct recorder *recorder, const struct part *part,
                          struct scope_record *scope)
{
    for (; part; part = part->next) {
        if (part->number - scope->first >= scope->count) {
            continue;
        }
        if (part->kind == PART_LOOP) {
            forget(recorder, part, record_of(scope, part));
        }
        forget_inside(recorder, part->inner, scope);
    }
}

/* Bounds the memory of a loop by what it keeps, however often it runs. */
static void give_back(struct recorder *recorder, const struct part *loop,
                      struct scope_record *scope)
{
    forget_inside(recorder, loop->inner, scope);
    scope->spare = recorder->spare[loop->number];
    recorder->spare[loop->number] = scope;
}

static struct scope_record *take_scope(struct recorder *recorder, const struct part *loop)
{
    uint32_t count = loop->body_end - loop->body;
    struct scope_record *scope = recorder->spare[loop->number];
    if (!scope) {
        return scope_new(recorder, loop->body, count);
    }
    recorder->spare[loop->number] = scope->spare;
    memset(scope, 0, sizeof *scope + count * sizeof *scope->records);
    scope->first = loop->body;
    scope->count = count;
    return scope;
}

/* --- parts --- */

static bool part_begin(const struct part_closure *self)
{
    struct recorder *recorder = self->recorder;
    bool around = recorder->concealed;
    recorder->concealed =
        self->secret || (self->local != BUILD_NONE && recorder->locals[self->local]);
    if (recorder->scope && self->part && self->part->kind == PART_LOOP) {
        forget(recorder, self->part, record_of(recorder->scope, self->part));
    }
    return around;
}

static void part_end(const struct part_closure *self, const struct value *value, bool around)
{
    struct recorder *recorder = self->recorder;
    if (recorder->scope && self->part) {
        struct part_record *record = record_of(recorder->scope, self->part);
        self->part->evaluated = true;
        record->reached = true;
        record->concealed = recorder->concealed;
        record->value = *value;
    }
    recorder->concealed |= around;
}

static const struct value *part_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct part_closure *self = (const struct part_closure *)closure;
    bool around = part_begin(self);
    const struct value *value = closure_value(self->inner, frame, room);
    part_end(self, value, around);
    return value;
}

static struct value value_of_truth(enum truth truth, const struct cel_frame *frame)
{
    return truth == TRUTH_ERROR ? frame->failure : value_bool(truth == TRUTH_TRUE);
}

static enum truth part_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct part_closure *self = (const struct part_closure *)closure;
    bool around = part_begin(self);
    enum truth truth = closure_truth(self->inner, frame);
    struct value value = value_of_truth(truth, frame);
    part_end(self, &value, around);
    return truth;
}

static struct closure *wrap(const struct part_closure *like, const struct closure *inner)
{
    struct part_closure *closure = arena_alloc(like->recorder->arena, sizeof *closure);
    *closure = *like;
    closure->base = *inner;
    closure->base.value = part_value;
    closure->base.truth = part_truth;
    closure->inner = inner;
    if (inner->exact) {
        closure->base.exact = wrap(like, inner->exact);
    }
    return &closure->base;
}

static bool conceals(const struct recorder *recorder, uint32_t slot)
{
    const struct cel_trace_secrets *secrets = &recorder->secrets;
    return slot != BUILD_NONE && secrets->conceals && secrets->conceals(secrets->context, slot);
}

static struct closure *watch_part(struct build_watch *watch, const struct cel_node *node,
                                  struct closure *closure)
{
    struct recorder *recorder = (struct recorder *)watch;
    struct part *part = parts_find(recorder->parts, node);
    struct part_closure like = {
        .recorder = recorder,
        .part = part,
        .secret = conceals(recorder, watch->slot),
        .local = watch->local,
    };
    if (part) {
        part->slot = watch->slot;
        part->constant = closure->constant != NULL;
        part->value = part->constant ? *closure->constant : value_null();
    }
    bool matters = part || like.secret || like.local != BUILD_NONE;
    return matters ? wrap(&like, closure) : closure;
}

/* --- what a name is bound to --- */

struct bound_closure {
    struct closure base;
    const struct closure *inner;
    struct recorder *recorder;
    uint32_t local;
};

static const struct value *bound_value(const struct closure *closure, struct cel_frame *frame,
                                       struct value *room)
{
    const struct bound_closure *self = (const struct bound_closure *)closure;
    struct recorder *recorder = self->recorder;
    bool around = recorder->concealed;
    recorder->concealed = false;
    const struct value *value = closure_value(self->inner, frame, room);
    recorder->locals[self->local] = recorder->concealed;
    recorder->concealed |= around;
    return value;
}

static const struct closure *watch_bound(struct build_watch *watch, uint32_t local,
                                         const struct closure *initial)
{
    struct recorder *recorder = (struct recorder *)watch;
    struct bound_closure *closure = arena_alloc(recorder->arena, sizeof *closure);
    *closure = (struct bound_closure){
        .base = *initial, .inner = initial, .recorder = recorder, .local = local};
    closure->base.value = bound_value;
    closure->base.truth = closure_truth_from_value;
    return &closure->base;
}

/* --- what a loop runs for each element --- */

struct body_closure {
    struct closure base;
    const struct closure *inner;
    struct recorder *recorder;
    const struct part *loop;
    uint32_t locals[2];
    bool has_second;
    enum truth decider;
};

static void body_begin(const struct body_closure *self, const struct cel_frame *frame)
{
    struct recorder *recorder = self->recorder;
    const struct cel_comprehension *fold = self->loop->node->comprehension;
    struct part_record *record = record_of(recorder->scope, self->loop);
    struct scope_record *scope = take_scope(recorder, self->loop);
    if (record->iterations == 0) { /* nothing but the range was evaluated yet */
        record->range_concealed = recorder->concealed;
    }
    recorder->locals[self->locals[0]] = record->range_concealed;
    recorder->locals[self->locals[1]] = record->range_concealed;
    scope->outer = recorder->scope;
    scope->index = record->iterations++;
    scope->names[0] = fold->variable;
    scope->names[1] = fold->second_variable;
    scope->variables[0] = frame->locals[self->locals[0]];
    scope->variables[1] = self->has_second ? frame->locals[self->locals[1]] : value_null();
    scope->concealed = record->range_concealed;
    recorder->scope = scope;
}

static bool keep(struct kept *kept, struct scope_record *scope, size_t room)
{
    if (kept->count < room) {
        kept->items[kept->count++] = scope;
        return true;
    }
    return false;
}

static bool is_true(const struct value *value)
{
    return value->kind == VALUE_BOOL && value->boolean;
}

static bool passed_filter(const struct body_closure *self, struct scope_record *scope)
{
    const struct part *filter = self->loop->filter;
    return filter && is_true(&record_of(scope, filter)->value);
}

static void body_end(const struct body_closure *self, enum truth truth)
{
    struct recorder *recorder = self->recorder;
    struct scope_record *scope = recorder->scope;
    recorder->scope = scope->outer;
    struct part_record *record = record_of(recorder->scope, self->loop);
    bool decided = self->decider != TRUTH_ERROR && truth == self->decider;
    if (decided && record->settled.count > 0) {
        give_back_kept(recorder, self->loop, &record->settled);
    }
    if (decided || truth == TRUTH_ERROR) {
        record->decided = decided;
        if (keep(&record->settled, scope, 1)) {
            return;
        }
    }
    bool chosen = passed_filter(self, scope);
    struct kept *kept = chosen ? &record->chosen : &record->first;
    if (!keep(kept, scope, CEL_TRACE_ELEMENTS_MAX)) {
        give_back(recorder, self->loop, scope);
    }
}

static const struct value *body_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct body_closure *self = (const struct body_closure *)closure;
    if (!self->recorder->scope) {
        return closure_value(self->inner, frame, room);
    }
    body_begin(self, frame);
    const struct value *value = closure_value(self->inner, frame, room);
    bool failed = value->kind == VALUE_ERROR;
    body_end(self, failed ? TRUTH_ERROR : truth_of_bool(is_true(value)));
    return value;
}

static enum truth body_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct body_closure *self = (const struct body_closure *)closure;
    if (!self->recorder->scope) {
        return closure_truth(self->inner, frame);
    }
    body_begin(self, frame);
    enum truth truth = closure_truth(self->inner, frame);
    body_end(self, truth);
    return truth;
}

static const struct closure *watch_body(struct build_watch *watch, const struct cel_node *node,
                                        const struct loop *loop, const struct closure *body)
{
    struct recorder *recorder = (struct recorder *)watch;
    const struct part *part = parts_find(recorder->parts, node);
    if (!part) {
        return body;
    }
    struct body_closure *closure = arena_alloc(recorder->arena, sizeof *closure);
    *closure = (struct body_closure){
        .base = {.value = body_value, .truth = body_truth, .attribute = body->attribute},
        .inner = body,
        .recorder = recorder,
        .loop = part,
        .locals = {loop->variable, loop->has_second ? loop->second_variable : loop->variable},
        .has_second = loop->has_second,
        .decider = build_loop_decider(node->comprehension),
    };
    return &closure->base;
}

/* --- a run --- */

void recorder_init(struct recorder *recorder, const struct parts *parts,
                   const struct cel_trace_secrets *secrets, struct arena *arena)
{
    *recorder = (struct recorder){
        .watch = {.part = watch_part, .body = watch_body, .bound = watch_bound,
                  .slot = BUILD_NONE, .local = BUILD_NONE},
        .parts = parts,
        .arena = arena,
    };
    if (secrets) {
        recorder->secrets = *secrets;
    }
}

struct scope_record *recorder_begin(struct recorder *recorder, struct arena *arena)
{
    recorder->run_arena = arena;
    recorder->spare = arena_array(arena, recorder->parts->count, sizeof *recorder->spare);
    recorder->concealed = false;
    for (uint32_t i = 0; i < recorder->parts->count; i++) {
        recorder->parts->by_node[i]->evaluated = false;
    }
    recorder->scope = scope_new(recorder, 0, recorder->parts->count);
    return recorder->scope;
}

void recorder_end(struct recorder *recorder)
{
    recorder->scope = NULL;
}
