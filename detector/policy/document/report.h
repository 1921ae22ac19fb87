/* report.h: says what is wrong with a policy text, at a node or at bytes of its value. */
#ifndef POLICY_REPORT_H
#define POLICY_REPORT_H

#include "policy/yaml/yaml_tree.h"

/* After so many errors one more says that there are others; further ones are dropped. */
enum { REPORT_ERRORS_MAX = 100 };

/* hint may be empty. Control characters of the message are shown as '?'. */
void report_error(struct diag_list *diags, struct place place, struct span hint,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* kind: a name that does not change, see docs/POLICIES.md. */
void report_warning(struct diag_list *diags, const char *kind, struct place place,
                    struct span hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* "did you mean 'x'?" for the nearest of the names; empty when none is near, or when no more errors
 * will be shown. Lives in diags->arena. */
struct span report_nearest(struct diag_list *diags, struct span word, const struct span *names,
                           size_t count);
/* So many errors stand there that no more will be shown. */
bool report_is_full(const struct diag_list *diags);
/* At most the first 60 bytes of a text, cut at a code point: for messages. */
struct span report_cut(struct span text);

#endif
