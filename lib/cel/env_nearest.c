/* env_nearest.c: for a name that nobody knows, the known one that was probably meant. */
#include "cel/env_lists.h"

#include "base/diag.h"

enum { NEAREST_NAMES_MAX = 1024 };

/* Names while they are gathered; those past the bound are no candidates. */
struct names {
    struct span *items;
    size_t count;
};

static struct names names_new(struct arena *arena)
{
    return (struct names){.items = arena_array(arena, NEAREST_NAMES_MAX, sizeof(struct span))};
}

static void names_add(struct names *names, struct span name)
{
    if (names->count < NEAREST_NAMES_MAX) {
        names->items[names->count++] = name;
    }
}

struct span cel_env_nearest_name(const struct cel_env *env, struct arena *arena, struct span word)
{
    struct names names = names_new(arena);
    for (; env; env = env->base) {
        for (const struct cel_declaration *at = env->declarations; at; at = at->next) {
            names_add(&names, at->name);
        }
    }
    return diag_nearest(word, names.items, names.count);
}

struct span cel_env_as_member(const struct cel_env *env, struct arena *arena, struct span word)
{
    struct span text = {0};
    for (const struct cel_env *scope = env; scope; scope = scope->base) {
        for (const struct cel_declaration *at = scope->declarations; at; at = at->next) {
            if (at->kind != CEL_DECLARATION_RECORD || cel_env_is_closed(env, at->root) ||
                cel_env_is_trusted(env, at->root)) {
                continue;
            }
            struct span rest = text; /* the list is newest first, a person reads oldest first */
            text = arena_printf(arena, "%.*s.%.*s%s%.*s", SPAN_ARG(at->name), SPAN_ARG(word),
                                rest.len ? " or " : "", SPAN_ARG(rest));
        }
    }
    return text;
}

struct span cel_env_nearest_function(const struct cel_env *env, struct arena *arena,
                                     struct span word)
{
    size_t library_count;
    struct names names = names_new(arena);
    const struct span *library = cel_library_index_names(env->library, &library_count);
    for (; env; env = env->base) {
        for (const struct cel_signature *at = env->functions; at; at = at->next) {
            names_add(&names, at->name);
        }
        for (const struct host_macro *at = env->macros; at; at = at->next) {
            names_add(&names, at->macro.name);
        }
    }
    for (size_t i = 0; i < library_count; i++) {
        names_add(&names, library[i]);
    }
    return diag_nearest(word, names.items, names.count);
}

struct span cel_env_nearest_member(const struct cel_env *env, struct arena *arena, uint32_t root,
                                   struct span word)
{
    struct names names = names_new(arena);
    for (; env; env = env->base) {
        for (const struct member *at = env->members; at; at = at->next) {
            if (at->root == root) {
                names_add(&names, at->name);
            }
        }
    }
    return diag_nearest(word, names.items, names.count);
}
