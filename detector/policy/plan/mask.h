/* mask.h: paths of attributes whose values are never shown: "old.account",
 * "new.card.`full-number`". */
#ifndef POLICY_MASK_H
#define POLICY_MASK_H

#include "policy/document/fields.h"
#include "policy/plan.h"

/* Reads the path of a mask; false when it is none, which is reported. */
bool mask_parse(const struct field_text *path, enum plan_mask_kind kind, struct arena *arena,
                struct diag_list *diags, struct plan_mask *out);

#endif
