/* correlation_chain.h: correlations over findings of policies that have one themselves: what they
 * cannot do, and the rules of those inside them. */
#ifndef POLICY_CORRELATION_CHAIN_H
#define POLICY_CORRELATION_CHAIN_H

#include "policy/document/correlation_inputs.h"

/* The policy that an input names, where that has a correlation itself; else NULL. */
const struct policy_doc *correlation_inner_of(const struct policy_set *set,
                                              const struct correlation_input *input);
/* Some input is of such a policy. */
bool correlation_is_chain(const struct policy_set *set, const struct correlation_doc *doc);
/* What a policy's findings are grouped by; its node is NULL where that is not said. */
const struct field_texts *correlation_groups(const struct policy_doc *policy);
/* What an expression of a policy's group_by or field is for findings of an inner policy: which of
 * the inner one's group_by, from 0. False: none of them, so that it has no value. */
bool correlation_inner_place(const struct policy_doc *policy, const struct policy_doc *inner,
                             struct span text, uint32_t *out);

/* Reports what has no meaning over findings of correlations. */
void policy_check_chain(const struct policy_set *set, const struct policy_doc *policy);
/* Adds to a correlation without errors those of the policies that it names, in the order of its
 * inputs; it waits as long for what is late as any of them. Lives in `arena`. */
void correlation_chain_add(const struct policy_set *set, const struct correlation_doc *doc,
                           struct arena *arena, struct correlation *out);

#endif
