/* nested.h: what operators that watch the findings of others do alike, whether these are parts of
 * `all` or inner correlations. Inside this folder only. */
#ifndef ENGINE_CORRELATE_NESTED_H
#define ENGINE_CORRELATE_NESTED_H

#include "engine/correlate/operator.h"

/* Zeroed memory, of more than nothing. */
void *nested_allocate(size_t count, size_t size);
/* The watermark that has passed a time, and with it all that may come in time of that time. */
int64_t nested_passed_us(const struct correlation *rule, int64_t time_us);
/* The time that such a watermark has passed: from then on a finding by it is known. */
int64_t nested_passed_by_us(const struct correlation *rule, int64_t watermark_us);
/* The operator may fire at the watermark. An absence or a baseline shows nothing as long as it has
 * no events. */
bool nested_shows(const struct operator_type *type, const struct correlation *rule);
/* The event that a firing at the watermark shows, as far as it is listed. */
struct operator_event nested_shown_event(const struct operator_firing *firing);
/* Makes *out ready for what may fire next; what was forgotten is not forgotten. */
void nested_begin(struct operator_firing *out);

#endif
