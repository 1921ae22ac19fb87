/* env_internal.h: how checker and program builder look names up. Not for hosts. */
#ifndef CEL_ENV_INTERNAL_H
#define CEL_ENV_INTERNAL_H

#include "cel/env.h"
#include "cel/library/library.h"

enum cel_declaration_kind {
    CEL_DECLARATION_VARIABLE, /* type, root */
    CEL_DECLARATION_RECORD,   /* root */
    CEL_DECLARATION_CONSTANT, /* type, constant; also a type, whose constant is VALUE_TYPE */
};

struct cel_declaration {
    enum cel_declaration_kind kind;
    struct span name;
    const struct cel_type *type;
    uint32_t root;
    struct value constant;
    const struct cel_declaration *next; /* of the same environment */
};

/* One overload of a function, its types read. */
struct cel_signature {
    struct span name;
    const struct cel_type *result;
    const struct cel_type *const *parameters; /* the receiver first */
    size_t parameter_count;
    bool receiver;
    bool repeated;       /* one or more of the last parameter */
    bool takes_anything; /* any number of dyn */
    const struct cel_type *(*result_of)(const void *context, const struct cel_node *call);
    const void *context; /* of result_of, which may be NULL */
    uint32_t cost;       /* units of one call */
    const struct cel_overload *library; /* NULL: a function of the host */
    uint32_t host_call;
    const struct cel_signature *next; /* the next of the same name here; see cel_signature_next */
};

/* The declaration of a full name; NULL when there is none. */
const struct cel_declaration *cel_env_find(const struct cel_env *env, struct span name);
/* The overloads of a full name, one after the other: start with {env, name}; NULL at the end. */
struct cel_signature_cursor {
    const struct cel_env *env;
    struct span name;
    const struct cel_signature *at;
    bool in_library;
};
/* The environment's own overloads come first, then its bases', then the library's. */
struct cel_signature_cursor cel_signatures_of(const struct cel_env *env, struct span name);
const struct cel_signature *cel_signature_next(struct cel_signature_cursor *cursor);
bool cel_env_has_function(const struct cel_env *env, struct span name);

/* The full names that `name` may mean, innermost container first: for "a.b" and "x": "a.b.x",
 * "a.x", "x". Returns false after the last; *index starts with 0. */
bool cel_env_candidate(const struct cel_env *env, struct arena *arena, struct span name,
                       size_t *index, struct span *out);

/* The declared type of a member of a record; dyn when it is open, NULL when it is closed and has no
 * such member. */
const struct cel_type *cel_env_member(const struct cel_env *env, uint32_t root, struct span member);
/* What cel_env_set_values said of a variable; NULL: nothing. */
const struct cel_values *cel_env_values(const struct cel_env *env, uint32_t root);
/* Whether a member is always there: declared, or of a record that is always whole. */
bool cel_env_member_always(const struct cel_env *env, uint32_t root, struct span member);
/* The name nearest to a mistyped one, or the empty span. */
struct span cel_env_nearest_name(const struct cel_env *env, struct arena *arena, struct span word);
/* "old.price or new.price": how the open records spell an attribute; empty when there are none. */
struct span cel_env_as_member(const struct cel_env *env, struct arena *arena, struct span word);
struct span cel_env_nearest_function(const struct cel_env *env, struct arena *arena,
                                     struct span word);
struct span cel_env_nearest_member(const struct cel_env *env, struct arena *arena, uint32_t root,
                                   struct span word);

/* What frames of a table have room for: its slots, and the sub-expressions that its programs share
 * (run/share.h). */
struct cel_slots_size {
    size_t slots;
    size_t memos;
};
/* As the table stands now: frames made earlier have less. */
struct cel_slots_size cel_slots_size(const struct cel_slots *slots);
/* Room for so many more shared sub-expressions, numbered on from those there are. */
void cel_slots_add_memos(struct cel_slots *slots, uint32_t count);

/* The macro of the host by this name, the environment's own before its base's; NULL: none. */
const struct cel_macro *cel_env_macro(const struct cel_env *env, struct span name);
/* What was set, or the default: see env.h. Costs in units, nesting in comprehensions. */
bool cel_env_macros_enabled(const struct cel_env *env);
bool cel_env_generic(const struct cel_env *env);
struct cel_slots *cel_env_slots(const struct cel_env *env);
uint32_t cel_env_cost_max(const struct cel_env *env);
uint32_t cel_env_nesting_max(const struct cel_env *env);

#endif
