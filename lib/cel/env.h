/* env.h: what names an expression may use: variables, constants, functions and macros of its host
 * on top of the language's own library. Built once, then only compiled with: one thread at a
 * time, because compiling numbers slots. Programs are free of it and run anywhere. */
#ifndef CEL_ENV_H
#define CEL_ENV_H

#include "cel/ast.h"
#include "cel/issue.h"

struct cel_env;
struct cel_slots;

/* Everything lives in `arena`. The slot table may be shared by many environments, so that equal
 * paths of all expressions of a plan get one slot. */
struct cel_env *cel_env_new(struct arena *arena, struct cel_slots *slots);
/* An environment that has all names of `base`, which must outlive it, and may add its own. */
struct cel_env *cel_env_extend(const struct cel_env *base, struct arena *arena);
/* Names are looked up in this container ("a.b"), innermost first. */
void cel_env_set_container(struct cel_env *env, struct span container);
void cel_env_set_macros(struct cel_env *env, bool enabled);
/* Bounds: static cost in units (0: default 10,000) and nesting of comprehensions (0: default 3).
 * Where there is no bound wanted (conformance), pass UINT32_MAX. */
void cel_env_set_limits(struct cel_env *env, uint32_t cost_max, uint32_t nesting_max);

/* With `generic` set, programs run by the general way alone: no closures for special shapes,
 * nothing folded or hashed. Slow, and equal in result to what is built else (only the steps counted
 * may differ): tests compare both. Off at first. */
void cel_env_set_generic(struct cel_env *env, bool generic);

/* A variable whose value the host loads as one slot. `root` tells the host which it is. */
void cel_env_add_variable(struct cel_env *env, struct span name, const struct cel_type *type,
                          uint32_t root);
/* The only texts that a variable is ever one of: comparing it with another is warned of. */
struct cel_values {
    const struct span *items;
    size_t count;
    struct span reason; /* empty: it is so for all; else what makes it so for this environment */
};
/* Keeps the values, which must outlive the environment; a later call hides an earlier one. */
void cel_env_set_values(struct cel_env *env, uint32_t root, const struct cel_values *values);
/* A map from names whose members are slots of their own: `name.member` loads only that member, and
 * `name` alone loads the whole. A member whose load fails with VALUE_ERROR_ABSENT is absent. */
void cel_env_add_record(struct cel_env *env, struct span name, uint32_t root);
/* Declares the type of one member of a record; others are dyn. With `closed` set, a member that was
 * not declared is an error at load, with the nearest name as a hint. */
void cel_env_add_member(struct cel_env *env, uint32_t root, struct span member,
                        const struct cel_type *type);
/* The same for a member that may be absent: reading it unguarded is warned of as before. */
void cel_env_add_attribute(struct cel_env *env, uint32_t root, struct span member,
                           const struct cel_type *type);
/* This member is always there, whatever its type: reading it unguarded is no warning. */
void cel_env_trust_member(struct cel_env *env, uint32_t root, struct span member);
void cel_env_close_record(struct cel_env *env, uint32_t root);
/* The members of this record that expressions name are always there (the keys of an item): reading
 * them unguarded is no warning. */
void cel_env_trust_record(struct cel_env *env, uint32_t root);
/* A name with a fixed value, folded into programs. Numbers keep their kind. */
void cel_env_add_constant(struct cel_env *env, struct span name, const struct value *constant);

/* One function of the host. The call gets evaluated arguments; errors never reach it. */
struct cel_function {
    struct span name;
    const struct cel_type *result;
    const struct cel_type *const *parameters; /* NULL: any number of dyn */
    size_t parameter_count;
    /* What this call gives, where its constants tell more than `result`; NULL: nothing more. The
     * context outlives the environment. */
    const struct cel_type *(*result_of)(const void *context, const struct cel_node *call);
    const void *context;
    bool receiver; /* parameters[0] is the receiver: x.name(...) */
    uint32_t host_call; /* what the host is asked to do */
    uint32_t cost;      /* units */
};
/* Copies the function and the list of its parameters; the types are kept as they are and must
 * outlive the environment. Another of the same name is one more overload. */
void cel_env_add_function(struct cel_env *env, const struct cel_function *function);

/* A macro of the host: rewrites a call before checking. Returns the new node, or NULL to leave the
 * call as it is; what it finds wrong goes to issues. Macros of the host see expanded arguments. */
struct cel_macro {
    struct span name; /* global calls only */
    struct cel_node *(*expand)(const void *context, struct arena *arena, struct cel_node *call,
                               struct cel_issues *issues);
    const void *context; /* of the host: what its names mean; outlives the environment */
};
/* Copies the macro. Of the same name the newest here counts, then the base's. */
void cel_env_add_macro(struct cel_env *env, const struct cel_macro *macro);

/* The paths that programs read, numbered. */
struct cel_slot {
    uint32_t root;
    struct span member; /* empty: the whole variable */
};
/* An empty table in `arena`. It has no lock: programs that share a table are compiled one at a
 * time. */
struct cel_slots *cel_slots_new(struct arena *arena);
/* The number of this path; a new one if need be. */
uint32_t cel_slots_intern(struct cel_slots *slots, uint32_t root, struct span member);
size_t cel_slots_count(const struct cel_slots *slots);
struct cel_slot cel_slots_get(const struct cel_slots *slots, uint32_t slot);

#endif
