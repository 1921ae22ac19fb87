/* type_match.c: bindings go onto a trail and are undone when an overload does not fit. */
#include "cel/check/type_match.h"

enum { TRAIL_CAPACITY_MIN = 32 };

/* A type without a name of kind PARAM is one of these. */
struct variable {
    struct cel_type type;
    const struct cel_type *bound; /* NULL: not yet */
};

struct cel_type_binding {
    struct variable *variable;
    const struct cel_type *previous;
};

struct cel_matcher cel_matcher_in(struct arena *arena)
{
    return (struct cel_matcher){.arena = arena};
}

const struct cel_type *cel_type_variable(struct cel_matcher *matcher)
{
    struct variable *variable = arena_alloc(matcher->arena, sizeof *variable);
    variable->type.kind = CEL_TYPE_PARAM;
    return &variable->type;
}

bool cel_type_is_variable(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_PARAM && type->name.len == 0;
}

/* Variables are the matcher's own, so that it alone may write what the tree sees as const. */
static struct variable *variable_of(const struct cel_type *type)
{
    return (struct variable *)type;
}

static const struct cel_type *bound_to(const struct cel_type *type)
{
    return cel_type_is_variable(type) ? variable_of(type)->bound : NULL;
}

const struct cel_type *cel_type_top(const struct cel_type *type)
{
    while (bound_to(type)) {
        type = bound_to(type);
    }
    return type;
}

bool cel_type_is_dyn(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_ERROR;
}

/* Every binding goes onto the trail with what it replaced. */
static void bind(struct cel_matcher *matcher, const struct cel_type *type,
                 const struct cel_type *meaning)
{
    struct variable *variable = variable_of(type);
    if (matcher->count == matcher->capacity) {
        size_t capacity = matcher->capacity ? matcher->capacity * 2 : TRAIL_CAPACITY_MIN;
        struct cel_type_binding *trail = arena_array(matcher->arena, capacity, sizeof *trail);
        if (matcher->count) {
            memcpy(trail, matcher->trail, matcher->count * sizeof *trail);
        }
        matcher->trail = trail;
        matcher->capacity = capacity;
    }
    matcher->trail[matcher->count++] = (struct cel_type_binding){variable, variable->bound};
    variable->bound = meaning;
}

static void undo(struct cel_matcher *matcher, size_t mark)
{
    while (matcher->count > mark) {
        const struct cel_type_binding *last = &matcher->trail[--matcher->count];
        last->variable->bound = last->previous;
    }
}

struct cel_type_mark cel_type_mark(const struct cel_matcher *matcher)
{
    return (struct cel_type_mark){matcher->count};
}

void cel_type_undo(struct cel_matcher *matcher, struct cel_type_mark mark)
{
    undo(matcher, mark.count);
}

bool cel_type_same(const struct cel_type *a, const struct cel_type *b)
{
    if (a == b) {
        return true;
    }
    if (a->kind != b->kind || a->parameter_count != b->parameter_count || cel_type_is_variable(a) ||
        cel_type_is_variable(b) || !span_equals(a->name, b->name)) {
        return false;
    }
    for (size_t i = 0; i < a->parameter_count; i++) {
        if (!cel_type_same(a->parameters[i], b->parameters[i])) {
            return false;
        }
    }
    return true;
}

/* Whether `type` contains the variable, which could then not stand for it. */
static bool contains(const struct cel_type *type, const struct cel_type *variable)
{
    if (type == variable) {
        return true;
    }
    if (bound_to(type)) {
        return contains(bound_to(type), variable);
    }
    for (size_t i = 0; i < type->parameter_count; i++) {
        if (contains(type->parameters[i], variable)) {
            return true;
        }
    }
    return false;
}

const struct cel_type *cel_type_unwrapped(const struct cel_type *type)
{
    type = cel_type_top(type);
    return type->kind == CEL_TYPE_WRAPPER ? cel_type_top(type->parameters[0]) : type;
}

/* The literal {}, of which nothing is known yet. */
static bool is_empty_map(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_MAP && cel_type_is_variable(cel_type_top(type->parameters[1]));
}

/* A map takes all rows; but {} beside a row is one without members. */
static bool row_beside_map(const struct cel_type *a, const struct cel_type *b, bool *wider)
{
    bool both = (a->kind == CEL_TYPE_ROW && b->kind == CEL_TYPE_MAP) ||
                (a->kind == CEL_TYPE_MAP && b->kind == CEL_TYPE_ROW);
    *wider = a->kind == CEL_TYPE_ROW ? is_empty_map(b) : !is_empty_map(a);
    return both;
}

/* Whether a takes all that b takes; dyn and variables take everything. */
static bool less_specific(const struct cel_type *a, const struct cel_type *b)
{
    bool wider;
    if (cel_type_is_dyn(a) || cel_type_is_variable(a)) {
        return true;
    }
    if (row_beside_map(a, b, &wider)) {
        return wider;
    }
    if (cel_type_is_dyn(b) || cel_type_is_variable(b) || a->kind != b->kind ||
        a->parameter_count != b->parameter_count || !span_equals(a->name, b->name)) {
        return false;
    }
    for (size_t i = 0; i < a->parameter_count && a->kind != CEL_TYPE_TYPE; i++) {
        if (!less_specific(a->parameters[i], b->parameters[i])) {
            return false;
        }
    }
    return true;
}

/* The types whose values the specification lets be null, and those of ours. */
static bool may_be_null(const struct cel_type *type)
{
    switch ((int)type->kind) {
    case CEL_TYPE_NULL:
    case CEL_TYPE_WRAPPER:
    case CEL_TYPE_TIMESTAMP:
    case CEL_TYPE_DURATION:
    case CEL_TYPE_OPTIONAL:
    case CEL_TYPE_ABSTRACT:
    case CEL_TYPE_IP:
    case CEL_TYPE_CIDR:
    case CEL_TYPE_ROW:
        return true;
    default:
        return false;
    }
}

/* The more general of two that fit. A row beside a map that is not {} is a map of anything. */
static const struct cel_type *wider_of(struct cel_matcher *matcher, const struct cel_type *a,
                                       const struct cel_type *b)
{
    bool wider;
    if (row_beside_map(a, b, &wider) && !is_empty_map(a) && !is_empty_map(b)) {
        return cel_type_map(matcher->arena, cel_type_simple(CEL_TYPE_STRING),
                            cel_type_simple(CEL_TYPE_DYN));
    }
    return less_specific(a, b) ? a : b;
}

static bool assignable(struct cel_matcher *matcher, const struct cel_type *from,
                       const struct cel_type *to);

/* Whether the variable may stand for `type`; *bound tells whether it stood for something before. */
static bool substitute(struct cel_matcher *matcher, const struct cel_type *type,
                       const struct cel_type *variable, bool *bound)
{
    const struct cel_type *meaning = bound_to(variable);
    *bound = meaning != NULL || type == variable;
    if (type == variable || (meaning && cel_type_same(type, meaning))) {
        return true;
    }
    if (!meaning) {
        if (contains(type, variable)) {
            return false;
        }
        bind(matcher, variable, type);
        return true;
    }
    if (!assignable(matcher, type, meaning)) {
        return false;
    }
    const struct cel_type *wider = wider_of(matcher, type, meaning);
    if (wider != meaning && !contains(wider, variable)) {
        bind(matcher, variable, wider);
    }
    return true;
}

static bool assignable_pairs(struct cel_matcher *matcher, const struct cel_type *const *from,
                             const struct cel_type *const *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!assignable(matcher, from[i], to[i])) {
            return false;
        }
    }
    return true;
}

/* One is a row, the other a map; what {} holds stays open. */
static bool assignable_row(struct cel_matcher *matcher, const struct cel_type *from,
                           const struct cel_type *to)
{
    bool empty = is_empty_map(from) || is_empty_map(to);
    return assignable_pairs(matcher, from->parameters, to->parameters, empty ? 1 : 2);
}

/* Neither is a variable. */
static bool assignable_plain(struct cel_matcher *matcher, const struct cel_type *from,
                             const struct cel_type *to)
{
    if (cel_type_is_dyn(from) || cel_type_is_dyn(to)) {
        return true;
    }
    if (from->kind == CEL_TYPE_NULL || to->kind == CEL_TYPE_NULL) {
        return may_be_null(from->kind == CEL_TYPE_NULL ? to : from);
    }
    from = cel_type_unwrapped(from);
    to = cel_type_unwrapped(to);
    bool wider;
    if (row_beside_map(from, to, &wider)) {
        return assignable_row(matcher, from, to);
    }
    if (from->kind != to->kind || !span_equals(from->name, to->name)) {
        return false;
    }
    return from->kind == CEL_TYPE_TYPE ||
           (from->parameter_count == to->parameter_count &&
            assignable_pairs(matcher, from->parameters, to->parameters, from->parameter_count));
}

static bool assignable(struct cel_matcher *matcher, const struct cel_type *from,
                       const struct cel_type *to)
{
    bool bound;
    if (cel_type_is_variable(to)) {
        if (substitute(matcher, from, to, &bound)) {
            return true;
        }
        if (bound) {
            return false;
        }
    }
    if (cel_type_is_variable(from)) {
        return substitute(matcher, to, from, &bound);
    }
    return !cel_type_is_variable(to) && assignable_plain(matcher, from, to);
}

bool cel_type_assignable_all(struct cel_matcher *matcher, const struct cel_type *const *from,
                             const struct cel_type *const *to, size_t count)
{
    size_t mark = matcher->count;
    if (assignable_pairs(matcher, from, to, count)) {
        return true;
    }
    undo(matcher, mark);
    return false;
}

bool cel_type_assignable(struct cel_matcher *matcher, const struct cel_type *from,
                         const struct cel_type *to)
{
    return cel_type_assignable_all(matcher, &from, &to, 1);
}

const struct cel_type *cel_type_join(struct cel_matcher *matcher, const struct cel_type *a,
                                     const struct cel_type *b)
{
    if (!cel_type_assignable(matcher, a, b)) {
        return cel_type_simple(CEL_TYPE_DYN);
    }
    if (a->kind == CEL_TYPE_NULL || b->kind == CEL_TYPE_NULL) {
        return a->kind == CEL_TYPE_NULL ? b : a; /* what may be null */
    }
    return wider_of(matcher, a, b);
}

/* A copy of a type with other parameters. */
static struct cel_type *copy_with_room(struct arena *arena, const struct cel_type *type,
                                       const struct cel_type ***parameters)
{
    struct cel_type *copy = arena_alloc(arena, sizeof *copy);
    *copy = *type;
    *parameters = arena_array(arena, type->parameter_count, sizeof **parameters);
    copy->parameters = *parameters;
    return copy;
}

const struct cel_type *cel_type_resolved(struct cel_matcher *matcher, const struct cel_type *type,
                                         bool final)
{
    type = cel_type_top(type);
    if (cel_type_is_variable(type)) {
        return final ? cel_type_simple(CEL_TYPE_DYN) : type;
    }
    if (type->parameter_count == 0) {
        return type;
    }
    const struct cel_type **parameters;
    struct cel_type *copy = copy_with_room(matcher->arena, type, &parameters);
    for (size_t i = 0; i < type->parameter_count; i++) {
        parameters[i] = cel_type_resolved(matcher, type->parameters[i], final);
    }
    return copy;
}

static const struct cel_type *variable_named(struct cel_matcher *matcher, struct span name,
                                             struct cel_type_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (span_equals(names->names[i], name)) {
            return names->variables[i];
        }
    }
    if (names->count == CEL_TYPE_NAMES_MAX) {
        return cel_type_simple(CEL_TYPE_DYN);
    }
    names->names[names->count] = name;
    names->variables[names->count] = cel_type_variable(matcher);
    return names->variables[names->count++];
}

const struct cel_type *cel_type_instantiate(struct cel_matcher *matcher,
                                            const struct cel_type *type,
                                            struct cel_type_names *names)
{
    if (type->kind == CEL_TYPE_PARAM && type->name.len > 0) {
        return variable_named(matcher, type->name, names);
    }
    if (type->parameter_count == 0) {
        return type;
    }
    const struct cel_type **parameters;
    struct cel_type *copy = copy_with_room(matcher->arena, type, &parameters);
    for (size_t i = 0; i < type->parameter_count; i++) {
        parameters[i] = cel_type_instantiate(matcher, type->parameters[i], names);
    }
    return copy;
}
