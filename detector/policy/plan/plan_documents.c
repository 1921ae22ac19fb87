/* plan_documents.c: finds documents again, in the order in which the plan was built from them. */
#include "policy/plan/plan_documents.h"

#include "base/check.h"
#include "policy/document/policy.h"
#include "policy/plan/plan_owner.h"

const struct policy_doc *plan_policy_document(const struct plan *plan, uint32_t policy)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(plan->owner->documents, &count);
    check(policy < count);
    return &docs[policy];
}

const struct exception_doc *plan_exception_document(const struct plan *plan, uint32_t policy,
                                                    size_t index)
{
    const struct policy_doc *doc = plan_policy_document(plan, policy);
    const struct exception_doc *own = doc->exceptions.items;
    if (index < doc->exceptions.count) {
        return &own[index];
    }
    index -= doc->exceptions.count;
    size_t count = 0;
    const struct exception_doc *docs = policy_set_exceptions(plan->owner->documents, &count);
    for (size_t i = 0; i < count; i++) {
        if (span_equals(docs[i].policy.text, doc->id.text) && index-- == 0) {
            return &docs[i];
        }
    }
    check(false);
    return NULL;
}

const struct named_doc *plan_definition_document(const struct plan *plan, size_t index)
{
    size_t count = 0;
    const struct definitions_doc *docs = policy_set_definitions(plan->owner->documents, &count);
    for (size_t i = 0; i < count; i++) {
        const struct named_doc *items = docs[i].definitions.items;
        if (index < docs[i].definitions.count) {
            return &items[index];
        }
        index -= docs[i].definitions.count;
    }
    return NULL;
}
