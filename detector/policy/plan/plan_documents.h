/* plan_documents.h: the documents that a plan was made from, for commands that show people where in
 * their files something stands. They live as long as both the plan and the diagnostics of its
 * reading (plan_load's diags->arena), to which the texts of the files belong. */
#ifndef POLICY_PLAN_DOCUMENTS_H
#define POLICY_PLAN_DOCUMENTS_H

#include "policy/document/document_policy.h"
#include "policy/plan.h"

/* Of plan->policies[policy]. */
const struct policy_doc *plan_policy_document(const struct plan *plan, uint32_t policy);
/* Of the policy's exceptions[index]: an inline one, or a document of its own. */
const struct exception_doc *plan_exception_document(const struct plan *plan, uint32_t policy,
                                                    size_t index);
/* All definitions, in the order of the files; NULL behind the last. */
const struct named_doc *plan_definition_document(const struct plan *plan, size_t index);

#endif
