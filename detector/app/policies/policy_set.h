/* policy_set.h: the policies and lookups in force, loaded as the configuration says. */
#ifndef APP_POLICY_SET_H
#define APP_POLICY_SET_H

#include "app/config/config.h"
#include "engine/evaluate/lookup_table.h"
#include "policy/plan.h"

/* One reference to each. */
struct policy_set {
    struct plan *plan;
    struct lookup_set *lookups;
};

/* Loads the plan; the lookups stay unread. *diags says what is wrong, and may hold warnings on
 * success. */
MUST_USE enum status policy_set_load_plan(const struct config *config, struct diag_list *diags,
                                          struct policy_set *out);
/* Reads the lookups of the plan, or reads them again; feed: see lookup_set_load. On any error those
 * in place stay. */
MUST_USE enum status policy_set_load_lookups(struct policy_set *set,
                                             const struct lookup_feed *feed,
                                             struct diag_list *diags);
/* The key of masks: the file's text without the white space around it; lives in diags->arena. */
MUST_USE enum status policy_set_mask_key(struct span path, struct diag_list *diags,
                                         struct span *out);
void policy_set_deinit(struct policy_set *set);

#endif
