/* eval.h: one expression on given data, for `deltaward eval`. */
#ifndef APP_EVAL_H
#define APP_EVAL_H

#include "cel/issue.h"
#include "model/change.h"

/* A named expression that others may use, computed at most once and only when it is used. */
struct eval_variable {
    struct span name;
    struct span text;
};

struct eval_question {
    struct span text;
    struct value bindings; /* a map from names to values; null: none */
    const struct eval_variable *variables; /* each sees the bindings and those before it */
    size_t variable_count;
};

/* Plain CEL: no names of policies, no bound on static cost. STATUS_INVALID: *issues says what is
 * wrong with the question's own text. *out may be VALUE_ERROR; it lives in `arena`. */
MUST_USE enum status eval_plain(const struct eval_question *question, struct arena *arena,
                                struct cel_issues *issues, struct value *out);

/* The same on a change, with the names and functions that policies have (lookups excepted). */
MUST_USE enum status eval_change(struct span text, const struct change *change,
                                 struct arena *arena, struct cel_issues *issues,
                                 struct value *out);

#endif
