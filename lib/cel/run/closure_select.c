/* closure_select.c: fields, tests of presence, optionals and indexes. */
#include "cel/run/closure.h"

#include "cel/run/constant_set.h"
#include "cel/run/values.h"

/* --- a field of a value at hand --- */

struct select_closure {
    struct closure base;
    const struct closure *target;
    struct span name;
    struct value absent; /* what a plain selection of a missing field gives */
};

static struct value absent_failure(struct arena *arena, struct span name)
{
    return value_failure(VALUE_ERROR_ABSENT,
                         arena_printf(arena, "no such key: %.*s", SPAN_ARG(name)));
}

/* What stands under an optional: its content, or NULL when there is none. Others stand as they are.
 */
static const struct value *unwrapped(const struct value *value)
{
    return value->kind == VALUE_OPTIONAL ? value->optional : value;
}

static struct value select_refused(const struct value *target, struct span name,
                                   struct cel_frame *frame)
{
    return value_failure(VALUE_ERROR_NO_OVERLOAD,
                         arena_printf(frame->scratch.arena, "cannot select '%.*s' from %s",
                                      SPAN_ARG(name), value_kind_name(target->kind)));
}

static const struct value *select_plain(const struct closure *closure, struct cel_frame *frame,
                                        struct value *room);

/* What was not found may not have been looked for to the end. */
static const struct value *absent_or_spent(const struct select_closure *self,
                                           struct cel_frame *frame, struct value *room)
{
    if (frame->steps_left) {
        return &self->absent;
    }
    *room = failure_limit();
    return room;
}

static const struct value *optional_or_spent(const struct value *found, struct cel_frame *frame,
                                             struct value *room)
{
    *room = found || frame->steps_left ? (struct value){.kind = VALUE_OPTIONAL, .optional = found}
                                       : failure_limit();
    return room;
}

/* opt.name: an optional again. */
static const struct value *select_through(const struct select_closure *self,
                                          const struct value *target, struct cel_frame *frame,
                                          struct value *room)
{
    const struct value *content = target->optional;
    if (content && content->kind != VALUE_MAP) {
        *room = select_refused(content, self->name, frame);
        return room;
    }
    const struct value *found =
        content ? value_map_select(content, self->name, &frame->steps_left) : NULL;
    return optional_or_spent(found, frame, room);
}

static const struct value *select_plain(const struct closure *closure, struct cel_frame *frame,
                                        struct value *room)
{
    const struct select_closure *self = (const struct select_closure *)closure;
    const struct value *target = closure_value(self->target, frame, room);
    if (target->kind == VALUE_MAP) {
        const struct value *found = value_map_select(target, self->name, &frame->steps_left);
        return found ? found : absent_or_spent(self, frame, room);
    }
    if (target->kind == VALUE_ERROR) {
        return target;
    }
    /* attributes below one that is null are absent, so that a chain needs one guard only */
    if (target->kind == VALUE_NULL) {
        return &self->absent;
    }
    if (target->kind == VALUE_OPTIONAL) {
        return select_through(self, target, frame, room);
    }
    *room = select_refused(target, self->name, frame);
    return room;
}

/* Below null and scalars everything is absent; a list refuses to be asked for a name. */
static bool refuses_names(const struct value *target)
{
    return value_is_list(target);
}

static enum truth select_test(const struct closure *closure, struct cel_frame *frame)
{
    const struct select_closure *self = (const struct select_closure *)closure;
    struct value room;
    const struct value *target = unwrapped(closure_value(self->target, frame, &room));
    if (!target) {
        return TRUTH_FALSE;
    }
    if (target->kind == VALUE_MAP) {
        bool found = value_map_select(target, self->name, &frame->steps_left) != NULL;
        struct value spent = failure_limit();
        return found || frame->steps_left ? truth_of_bool(found) : truth_failed(frame, &spent);
    }
    if (target->kind == VALUE_ERROR) {
        return truth_failed(frame, target);
    }
    if (!refuses_names(target)) {
        return TRUTH_FALSE;
    }
    frame->failure = select_refused(target, self->name, frame);
    return TRUTH_ERROR;
}

static const struct value *select_optional(const struct closure *closure, struct cel_frame *frame,
                                           struct value *room)
{
    const struct select_closure *self = (const struct select_closure *)closure;
    const struct value *source = closure_value(self->target, frame, room);
    const struct value *target = unwrapped(source);
    if (target && target->kind == VALUE_ERROR) {
        return target;
    }
    if (target && refuses_names(target)) {
        *room = select_refused(target, self->name, frame);
        return room;
    }
    const struct value *found = NULL;
    if (target && target->kind == VALUE_MAP) {
        found = value_map_select(target, self->name, &frame->steps_left);
    }
    return optional_or_spent(found, frame, room);
}

static void set_select_mode(struct closure *closure, enum select_mode mode)
{
    closure->truth = closure_truth_from_value;
    if (mode == SELECT_PLAIN) {
        closure->value = select_plain;
    } else if (mode == SELECT_OPTIONAL) {
        closure->value = select_optional;
    } else {
        closure->value = closure_value_from_truth;
        closure->truth = select_test;
    }
}

struct closure *closure_select(struct arena *arena, const struct closure *target, struct span name,
                               enum select_mode mode)
{
    struct select_closure *closure = arena_alloc(arena, sizeof *closure);
    set_select_mode(&closure->base, mode);
    closure->target = target;
    closure->name = name;
    closure->absent = absent_failure(arena, name);
    return &closure->base;
}

/* --- a member that is a slot of its own --- */

struct slot_test_closure {
    struct closure base;
    uint32_t slot;
};

static bool is_absent(const struct value *value)
{
    return value->kind == VALUE_ERROR && value->error == VALUE_ERROR_ABSENT;
}

static enum truth slot_test(const struct closure *closure, struct cel_frame *frame)
{
    uint32_t slot = ((const struct slot_test_closure *)closure)->slot;
    const struct value *value = frame_slot_view(frame, slot);
    if (value->kind != VALUE_ERROR) {
        return TRUTH_TRUE;
    }
    return is_absent(value) ? TRUTH_FALSE : truth_failed(frame, value);
}

static const struct value *slot_optional(const struct closure *closure, struct cel_frame *frame,
                                         struct value *room)
{
    uint32_t slot = ((const struct slot_test_closure *)closure)->slot;
    const struct value *value = frame_slot_view(frame, slot);
    if (value->kind == VALUE_ERROR && !is_absent(value)) {
        return value;
    }
    *room = (struct value){.kind = VALUE_OPTIONAL, .optional = is_absent(value) ? NULL : value};
    return room;
}

struct closure *closure_slot_test(struct arena *arena, uint32_t slot, enum select_mode mode)
{
    if (mode == SELECT_PLAIN) {
        return closure_slot(arena, slot);
    }
    struct slot_test_closure *closure = arena_alloc(arena, sizeof *closure);
    bool test = mode == SELECT_TEST;
    closure->base.value = test ? closure_value_from_truth : slot_optional;
    closure->base.truth = test ? slot_test : closure_truth_from_value;
    closure->slot = slot;
    return &closure->base;
}

/* --- target[key] --- */

struct index_closure {
    struct closure base;
    const struct closure *target;
    const struct closure *key;
    bool optional; /* target[?key] */
    const struct constant_set *set; /* over a constant map; NULL: others */
};

enum { KEY_BYTES_SHOWN = 64 };

static struct value index_absent(const struct value *key, struct cel_frame *frame)
{
    /* what was not found may not have been looked for to the end */
    if (frame->steps_left == 0) {
        return failure_limit();
    }
    struct span name = key->text;
    if (key->kind == VALUE_STRING && name.len > KEY_BYTES_SHOWN) {
        name.len = KEY_BYTES_SHOWN;
        name.len = span_utf8_prefix(name);
    }
    struct span text = key->kind == VALUE_STRING
                           ? arena_printf(frame->scratch.arena, "no such key: %.*s", SPAN_ARG(name))
                           : SPAN("no such key or index");
    return value_failure(VALUE_ERROR_ABSENT, text);
}

static const struct value *find_entry(const struct index_closure *self, const struct value *map,
                                      const struct value *key, struct cel_frame *frame)
{
    size_t position;
    if (!self->set) {
        return value_map_find(map, key, &frame->scratch);
    }
    return constant_set_find(self->set, key, &frame->scratch, &position)
               ? &map->map.entries[position].value
               : NULL;
}

/* The element, NULL when there is none, or *failure. */
static const struct value *find_element(const struct index_closure *self,
                                        const struct value *target, const struct value *key,
                                        struct cel_frame *frame, struct value *failure)
{
    int64_t index;
    if (target->kind == VALUE_MAP) {
        return find_entry(self, target, key, frame);
    }
    if (target->kind == VALUE_NULL) {
        return NULL;
    }
    if (value_is_list(target) && value_to_index(key, &index)) {
        bool inside = index >= 0 && (uint64_t)index < target->list.count;
        return inside ? &target->list.items[index] : NULL;
    }
    struct value arguments[2] = {*target, *key};
    *failure = failure_no_overload("[]", arguments, 2, frame->scratch.arena);
    return failure;
}

static const struct value *index_apply(const struct index_closure *self, const struct value *target,
                                       const struct value *key, struct cel_frame *frame,
                                       struct value *room)
{
    bool optional = self->optional || target->kind == VALUE_OPTIONAL;
    const struct value *content = unwrapped(target);
    struct value failure;
    const struct value *found = content ? find_element(self, content, key, frame, &failure) : NULL;
    if (found == &failure) {
        *room = failure;
        return room;
    }
    if (!optional && found) {
        return found;
    }
    if (optional) {
        return optional_or_spent(found, frame, room);
    }
    *room = index_absent(key, frame);
    return room;
}

static const struct value *index_value(const struct closure *closure, struct cel_frame *frame,
                                       struct value *room)
{
    const struct index_closure *self = (const struct index_closure *)closure;
    struct value target_room;
    struct value key_room;
    const struct value *target = closure_value(self->target, frame, &target_room);
    if (target->kind == VALUE_ERROR) {
        *room = *target;
        return room;
    }
    const struct value *key = closure_value(self->key, frame, &key_room);
    if (key->kind == VALUE_ERROR) {
        *room = *key;
        return room;
    }
    return index_apply(self, target, key, frame, room);
}

static struct index_closure *index_of(struct arena *arena, const struct closure *target,
                                      const struct closure *key, bool optional)
{
    struct index_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = index_value;
    closure->base.truth = closure_truth_from_value;
    closure->target = target;
    closure->key = key;
    closure->optional = optional;
    return closure;
}

struct closure *closure_index_generic(struct arena *arena, const struct closure *target,
                                      const struct closure *key, bool optional)
{
    return &index_of(arena, target, key, optional)->base;
}

struct closure *closure_index(struct arena *arena, const struct closure *target,
                              const struct closure *key, bool optional)
{
    struct index_closure *closure = index_of(arena, target, key, optional);
    const struct value *map = target->constant;
    if (map && map->kind == VALUE_MAP && map->map.count >= CONSTANT_SET_MIN) {
        closure->set = constant_set_new(arena, map);
    }
    return &closure->base;
}
