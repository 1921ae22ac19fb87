/* semver.h: semantic versions (semver.org, 2.0.0) as text, and which comes before which.
 * Any thread; time linear in the texts. */
#ifndef MODEL_SEMVER_H
#define MODEL_SEMVER_H

#include "base/arena.h"

/* Whether the text is "1.2.3", "1.2.3-rc.1" or "1.2.3-rc.1+build.7". Numbers have no leading zeros
 * and fit into 64 bits. */
bool semver_is_valid(struct span text);
/* The version that a text such as "v1.2" or "01.02.3-rc.1" means: without a leading "v" and leading
 * zeros, with the numbers that are missing as 0 ("1.2.-rc" too). In the arena; false when it is
 * none even so. */
bool semver_normalize(struct span text, struct arena *arena, struct span *out);

enum semver_part { SEMVER_MAJOR, SEMVER_MINOR, SEMVER_PATCH };
/* One of the three numbers of a valid version. */
uint64_t semver_number(struct span version, enum semver_part part);
/* The precedence of two valid versions: -1, 0 or 1. What stands behind "+" does not count. */
int semver_compare(struct span a, struct span b);

#endif
