/* loading.h: policies for tests: texts written into a folder of their own, loaded as a plan. */
#ifndef TESTS_UNIT_POLICY_LOADING_H
#define TESTS_UNIT_POLICY_LOADING_H

#include "policy/plan.h"

struct loading {
    struct arena *arena;
    struct diag_list diags;
    struct plan_options options;
    char folder[64]; /* of its own, empty at first */
    struct plan *plan; /* of the last load; NULL when it failed */
};

/* For cmocka: make and remove *state. */
int loading_setup(void **state);
int loading_teardown(void **state);

/* Writes a file of the folder; `name` may begin with sub-folders that exist. */
void loading_write(struct loading *loading, const char *name, const char *text);
/* Loads the folder; the plan of the load before is let go. */
enum status loading_run(struct loading *loading);
/* Writes one file, loads the folder, and expects success. */
const struct plan *loading_plan(struct loading *loading, const char *text);
/* All that the last load said, rendered; lives in the arena. */
const char *loading_said(struct loading *loading);

#endif
