/* env_lookup.c: what a name means: an environment's own lists, then its base's; the library stands
 * below them all. */
#include "cel/env_lists.h"

const struct cel_declaration *cel_env_find(const struct cel_env *env, struct span name)
{
    for (; env; env = env->base) {
        for (const struct cel_declaration *at = env->declarations; at; at = at->next) {
            if (span_equals(at->name, name)) {
                return at;
            }
        }
    }
    return NULL;
}

struct cel_signature_cursor cel_signatures_of(const struct cel_env *env, struct span name)
{
    return (struct cel_signature_cursor){.env = env, .name = name, .at = env->functions};
}

const struct cel_signature *cel_signature_next(struct cel_signature_cursor *cursor)
{
    while (!cursor->in_library) {
        while (cursor->at) {
            const struct cel_signature *signature = cursor->at;
            cursor->at = signature->next;
            if (span_equals(signature->name, cursor->name)) {
                return signature;
            }
        }
        if (cursor->env->base) {
            cursor->env = cursor->env->base;
            cursor->at = cursor->env->functions;
        } else {
            cursor->in_library = true;
            cursor->at = cel_library_index_find(cursor->env->library, cursor->name);
        }
    }
    const struct cel_signature *signature = cursor->at;
    cursor->at = signature ? signature->next : NULL;
    return signature;
}

bool cel_env_has_function(const struct cel_env *env, struct span name)
{
    struct cel_signature_cursor cursor = cel_signatures_of(env, name);
    return cel_signature_next(&cursor) != NULL;
}

/* "a.b" becomes "a", which becomes ""; false when there is nothing outside. */
static bool leave_container(struct span *container)
{
    if (container->len == 0) {
        return false;
    }
    do {
        container->len--;
    } while (container->len > 0 && container->ptr[container->len] != '.');
    return true;
}

bool cel_env_candidate(const struct cel_env *env, struct arena *arena, struct span name,
                       size_t *index, struct span *out)
{
    struct span container = env->container;
    for (size_t i = 0; i < *index; i++) {
        if (!leave_container(&container)) {
            return false;
        }
    }
    *out = container.len ? arena_printf(arena, "%.*s.%.*s", SPAN_ARG(container), SPAN_ARG(name))
                         : name;
    ++*index;
    return true;
}

static bool is_noted(const struct record_note *note, uint32_t root)
{
    while (note && note->root != root) {
        note = note->next;
    }
    return note != NULL;
}

bool cel_env_is_closed(const struct cel_env *env, uint32_t root)
{
    while (env && !is_noted(env->closed_records, root)) {
        env = env->base;
    }
    return env != NULL;
}

bool cel_env_is_trusted(const struct cel_env *env, uint32_t root)
{
    while (env && !is_noted(env->trusted_records, root)) {
        env = env->base;
    }
    return env != NULL;
}

/* The newest declaration of a member, of its type or of its presence; NULL: none. */
static const struct member *find_member(const struct cel_env *env, uint32_t root,
                                        struct span name, bool typed)
{
    for (; env; env = env->base) {
        for (const struct member *at = env->members; at; at = at->next) {
            if (at->root == root && (at->type || !typed) && span_equals(at->name, name)) {
                return at;
            }
        }
    }
    return NULL;
}

const struct cel_type *cel_env_member(const struct cel_env *env, uint32_t root, struct span member)
{
    const struct member *declared = find_member(env, root, member, true);
    if (declared) {
        return declared->type;
    }
    return cel_env_is_closed(env, root) ? NULL : cel_type_simple(CEL_TYPE_DYN);
}

bool cel_env_member_always(const struct cel_env *env, uint32_t root, struct span member)
{
    const struct member *declared = find_member(env, root, member, false);
    return (declared && !declared->may_be_absent) || cel_env_is_trusted(env, root);
}

const struct cel_values *cel_env_values(const struct cel_env *env, uint32_t root)
{
    for (; env; env = env->base) {
        for (const struct values_note *at = env->values; at; at = at->next) {
            if (at->root == root) {
                return &at->values;
            }
        }
    }
    return NULL;
}

const struct cel_macro *cel_env_macro(const struct cel_env *env, struct span name)
{
    for (; env; env = env->base) {
        for (const struct host_macro *at = env->macros; at; at = at->next) {
            if (span_equals(at->macro.name, name)) {
                return &at->macro;
            }
        }
    }
    return NULL;
}

bool cel_env_macros_enabled(const struct cel_env *env)
{
    return env->macros_enabled;
}

bool cel_env_generic(const struct cel_env *env)
{
    return env->generic;
}

struct cel_slots *cel_env_slots(const struct cel_env *env)
{
    return env->slots;
}

uint32_t cel_env_cost_max(const struct cel_env *env)
{
    return env->cost_max;
}

uint32_t cel_env_nesting_max(const struct cel_env *env)
{
    return env->nesting_max;
}
