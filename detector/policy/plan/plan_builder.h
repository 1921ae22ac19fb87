/* plan_builder.h: what the steps of plan_build share while a plan is made. */
#ifndef POLICY_PLAN_BUILDER_H
#define POLICY_PLAN_BUILDER_H

#include "policy/plan/expression.h"
#include "policy/plan/plan_macros.h"
#include "policy/document/policy.h"

/* A program that computes a slot: a definition, or a variable of one policy. */
struct plan_slot_program {
    uint32_t root;
    struct span name;
    const struct cel_program *program;
    uint32_t depth; /* 1: it reads no other such program; else one more than the deepest it reads */
};

/* A policy as it looks at matches of one that is not over others' findings. */
struct plan_view {
    uint32_t source;           /* whose matches */
    struct plan_policy *policy;
    const struct cel_env *env; /* with its aliases */
};

/* What a policy that is over others' findings was made to. */
struct plan_views {
    struct plan_view *items;
    size_t count;
    bool *group_hidden; /* which of its groups may show what is masked */
};

struct plan_builder {
    const struct policy_set *set;
    const struct plan_options *options;
    struct arena *arena;      /* of the plan */
    struct diag_list *diags;
    struct cel_slots *slots;
    struct cel_env *env;      /* of definitions: everything but params and variables */
    struct plan_lookup_names lookup_names;
    struct plan_lookup_rows lookup_rows;
    struct value lists;       /* map: id of a List -> its values */
    struct plan_lookup *lookups;
    const struct lookup_doc **lookup_docs; /* of lookups[i] */
    size_t lookup_count;
    struct plan_slot_program *slot_programs;
    size_t slot_program_count;
    size_t slot_program_capacity;
    struct expression_programs programs; /* all that run for an event */
    const struct cel_env **finding_envs; /* per policy: what is known of its findings */
    struct plan_views *views;            /* per policy */
    uint32_t alias_count;
};

/* How expressions of a policy are compiled; those of definitions with env = builder->env and no
 * params. */
struct expression_context plan_builder_context(struct plan_builder *builder,
                                               const struct cel_env *env,
                                               const struct value *params);
/* Remembers what computes a slot. */
void plan_builder_add_slot(struct plan_builder *builder, const struct plan_slot_program *program);

#endif
