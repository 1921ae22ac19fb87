/* policy.h: the documents as they were written: typed, not yet checked against each other.
 * Expressions and templates are still texts. Everything lives in the arena of the set, with its
 * nodes. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/document/document_data.h"
#include "policy/document/document_policy.h"
#include "policy/plan.h"

enum document_kind {
    DOCUMENT_POLICY, DOCUMENT_LOOKUP, DOCUMENT_LIST, DOCUMENT_DEFINITIONS, DOCUMENT_EXCEPTION,
};
enum { DOCUMENT_KIND_COUNT = 5 };

/* Documents of one kind, in the order of their files; records of the kind's table. */
struct document_list {
    void *items;
    size_t count;
    size_t capacity;
};

/* Everything that was read. */
struct policy_set {
    struct arena *arena;
    struct diag_list *diags;
    struct document_list documents[DOCUMENT_KIND_COUNT];
};

/* The kind's name and the table of its keys; "Policy" ... "Exception". */
struct span document_kind_name(enum document_kind kind);
const struct field_table *document_table(enum document_kind kind);

/* Reads one file's documents into the set; what is wrong stands in set->diags. */
void policy_parse(struct policy_set *set, const struct yaml_documents *documents);

/* Views of the lists. */
const struct policy_doc *policy_set_policies(const struct policy_set *set, size_t *count);
const struct lookup_doc *policy_set_lookups(const struct policy_set *set, size_t *count);
const struct list_doc *policy_set_lists(const struct policy_set *set, size_t *count);
const struct definitions_doc *policy_set_definitions(const struct policy_set *set, size_t *count);
const struct exception_doc *policy_set_exceptions(const struct policy_set *set, size_t *count);
/* The place of the first policy of this id in its list; the list's length when there is none. */
size_t policy_set_find(const struct policy_set *set, struct span id);

#endif
