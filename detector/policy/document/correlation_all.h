/* correlation_all.h: `all`: named parts that share what stands beside them, and what is required
 * of them. */
#ifndef POLICY_CORRELATION_ALL_H
#define POLICY_CORRELATION_ALL_H

#include "model/correlation.h"
#include "policy/document/policy.h"

/* Reports what is wrong with what stands beside `all`, and in its parts that they share; the parts
 * by themselves are left to who checks any correlation. */
void policy_check_all(const struct policy_set *set, const struct policy_doc *policy);
/* Whether what is required can become false by a finding of a part: then it waits for the
 * watermark. It cannot where names are only put together by && and ||. */
bool correlation_require_waits(struct span require);
/* How long a part is true from a finding on. */
int64_t correlation_within_us(const struct correlation_doc *part);

#endif
