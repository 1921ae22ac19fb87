/* env_lists.h: the lists that an environment is made of; for env.c, env_lookup.c and env_nearest.c
 * only. */
#ifndef CEL_ENV_LISTS_H
#define CEL_ENV_LISTS_H

#include "cel/env_internal.h"
#include "cel/library/library_index.h"

struct member {
    uint32_t root;
    struct span name;
    const struct cel_type *type; /* NULL: it only says that the member is always there */
    bool may_be_absent;
    const struct member *next;
};

/* Something said of a record as a whole. */
struct record_note {
    uint32_t root;
    const struct record_note *next;
};

struct values_note {
    uint32_t root;
    struct cel_values values;
    const struct values_note *next;
};

struct host_macro {
    struct cel_macro macro;
    const struct host_macro *next;
};

/* Each list holds the newest first, so that a later declaration hides an earlier one; what an
 * environment lacks is looked up in its base. */
struct cel_env {
    struct arena *arena;
    const struct cel_env *base;
    const struct cel_library_index *library;
    struct cel_slots *slots;
    struct span container;
    bool macros_enabled;
    bool generic;
    uint32_t cost_max;
    uint32_t nesting_max;
    const struct cel_declaration *declarations;
    const struct member *members;
    const struct record_note *closed_records;
    const struct record_note *trusted_records;
    const struct values_note *values;
    const struct cel_signature *functions;
    const struct host_macro *macros;
};

/* Whether a member of this record that was not declared is an error. */
bool cel_env_is_closed(const struct cel_env *env, uint32_t root);
/* Whether the members of this record that expressions name are always there. */
bool cel_env_is_trusted(const struct cel_env *env, uint32_t root);

#endif
