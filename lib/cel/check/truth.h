/* truth.h: what a condition can come to, whatever the record says; and warnings of comparisons that
 * always end the same way. Only what is sure is told: what is not understood may be both. */
#ifndef CEL_TRUTH_H
#define CEL_TRUTH_H

#include "cel/env.h"

/* What a tree may evaluate to when it does not fail. Both are false only where it always fails. */
struct cel_truth {
    bool may_be_true;
    bool may_be_false;
};

/* Judges a checked tree and warns, with the corrected text as the hint where there is one, of
 *   - comparisons that are always true or never: with a value that the variable never has, out of
 *     the range of a function, of a thing with itself, in an empty list, with elements of another
 *     type;
 *   - conditions joined by && that exclude each other, or by || that leave nothing out.
 * Members of records are taken to be no NaN. Work is linear in the tree. */
struct cel_truth cel_warn_constant(const struct cel_env *env, struct span text,
                                   const struct cel_node *tree, struct arena *arena,
                                   struct cel_issues *issues);

#endif
