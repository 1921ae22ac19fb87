/* expression.h: compiles the expressions that stand in YAML scalars, and says what is wrong with
 * them at their place in the file. */
#ifndef POLICY_EXPRESSION_H
#define POLICY_EXPRESSION_H

#include "cel/program.h"
#include "policy/yaml/yaml_tree.h"

/* An expression inside a scalar's value. */
struct expression {
    struct span text;
    const struct yaml_node *node;
    size_t offset; /* of the text in the node's value */
};

/* The programs of a plan; grows in the arena of the contexts that add to it. */
struct expression_programs {
    struct cel_program **items;
    size_t count;
    size_t capacity;
};

/* What compiling needs. */
struct expression_context {
    const struct cel_env *env;
    const struct cel_slots *slots;
    struct arena *arena;
    struct diag_list *diags;
    const struct value *params; /* maps of constants, for reads of what is not in them */
    const struct value *lists;
    struct expression_programs *programs; /* where they are remembered; NULL: on trial only */
    struct span findings_of; /* the other policy whose findings it is to be run on, said in
                                messages; empty: it is run on the policy's own */
    bool items;  /* of a policy for changes of items: what only API calls have is warned of */
    bool calls;          /* of a policy for API calls: what only items have is refused */
    bool quiet_warnings; /* where an absent attribute is no trouble (templates) */
};

/* The program, or NULL: then *diags says why. */
const struct cel_program *expression_compile(const struct expression_context *context,
                                             struct expression expression);
/* The same, and its value must be a bool (or be known only when it runs). */
const struct cel_program *expression_compile_bool(const struct expression_context *context,
                                                  struct expression expression);
/* Whether a value of this type may turn out to be a `kind`. */
bool expression_may_be(const struct cel_type *type, enum cel_type_kind kind);

#endif
