/* plan_env.h: the names that expressions of policies may use. */
#ifndef POLICY_PLAN_ENV_H
#define POLICY_PLAN_ENV_H

#include "policy/plan/plan_builder.h"

/* The record or variable that a name stands for; false when it is none of the change's own. */
bool plan_env_root(struct span name, enum plan_root *root);

/* Adds the names of a change: old, new, keys, event, op, table and so on, with what is known of
 * their types. */
void plan_env_add_change(struct cel_env *env, struct arena *arena);
/* Gives the attributes that a policy declares (attribute_doc) their types in old, new and keys. */
void plan_env_add_attributes(struct cel_env *env, const struct field_records *attributes,
                             struct arena *arena);

/* What `match` lets through: operations, and tables where it names them without patterns. A
 * comparison with another is warned of. */
void plan_env_add_match(struct cel_env *env, const struct match_doc *match, struct arena *arena);

/* Makes builder->env: the change, lists, functions, and the names of all definitions. */
void plan_env_init(struct plan_builder *builder);

/* A policy's own environment: builder->env with its params and the names of its variables. */
struct cel_env *plan_env_of_policy(struct plan_builder *builder, uint32_t policy,
                                   const struct value *params,
                                   const struct field_records *variables);

/* What a policy over the findings of another sees of them: the names of `findings`, and its own
 * params. */
struct cel_env *plan_env_of_feed(struct plan_builder *builder, const struct cel_env *findings,
                                 const struct value *params);

#endif
