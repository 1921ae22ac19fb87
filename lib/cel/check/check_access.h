/* check_access.h: what x.name and x[key] are. A part of the checker. */
#ifndef CEL_CHECK_ACCESS_H
#define CEL_CHECK_ACCESS_H

#include "cel/check/check_call.h"
#include "cel/env_internal.h"

/* The record that a node names as a whole; NULL when it is something else. */
const struct cel_declaration *cel_check_record(struct cel_checker *checker,
                                               const struct cel_node *node);
/* The member that a selection reads from a record. */
const struct cel_type *cel_check_member(struct cel_checker *checker, const struct cel_node *node,
                                        const struct cel_declaration *record);
/* What a selection from a value of `type` is; an optional's member is optional again. */
const struct cel_type *cel_check_field(struct cel_checker *checker, const struct cel_node *node,
                                       const struct cel_type *type);
/* What an index into a value of `type` is, for a key of another type. */
const struct cel_type *cel_check_element(struct cel_checker *checker, const struct cel_node *node,
                                         const struct cel_type *type, const struct cel_type *key);
/* .? and [?] give an optional, but never an optional of an optional that the target was already. */
const struct cel_type *cel_check_made_optional(struct cel_checker *checker,
                                               const struct cel_type *target,
                                               const struct cel_type *type);
/* The type, or dyn when it is too deep to be of use. */
const struct cel_type *cel_check_shallow(const struct cel_type *type);

#endif
