/* correlation_inputs.h: the policies over whose findings a correlation runs, numbered as signals
 * number them, and what is wrong with how they are named. */
#ifndef POLICY_CORRELATION_INPUTS_H
#define POLICY_CORRELATION_INPUTS_H

#include "model/correlation.h"
#include "policy/document/policy.h"

struct correlation_input {
    const struct field_text *policy; /* its id, where it is named */
    uint32_t min;                    /* of a step: how many of its findings; else 1 */
    uint32_t number;                 /* what its signals are called; the same for all policies of a
                                        type without inputs */
    uint32_t part;                   /* of `all`: which part names it, from 0 */
};

struct correlation_inputs {
    struct correlation_input items[CORRELATION_PARTS_MAX * CORRELATION_INPUTS_MAX];
    uint32_t count;
    uint32_t without; /* the last of them: those that should have come; not of `all` */
};

/* `policies` and then `without`; or the `steps`; of `all` those of its parts one after the other.
 * None: it runs over the policy's own matches. What is too much is left out. */
struct correlation_inputs correlation_inputs_of(const struct correlation_doc *doc);
/* The same in a rule of a type with inputs. */
void correlation_inputs_write(const struct correlation_doc *doc, struct correlation *out);
/* Whether it is meant to run over other policies' findings, however well that is said. */
bool correlation_is_over_policies(const struct correlation_doc *doc);
/* The expression of an alias (a map) for one policy; NULL when there is none. */
const struct yaml_node *correlation_alias_for(const struct yaml_node *alias, struct span policy);

/* Reports what is wrong with policies, without, steps and aliases, whatever the type. */
void policy_check_inputs(const struct policy_set *set, const struct policy_doc *policy);
/* Reports which of these keys the type cannot do without. */
void policy_check_inputs_needed(const struct policy_set *set, const struct correlation_doc *doc);
/* Warns of named policies that feed nothing, because of their mode. */
void policy_lint_inputs(const struct policy_set *set, const struct policy_doc *policy);

#endif
