/* template.h: fills a template of an alert. */
#ifndef ENGINE_EVALUATE_TEMPLATE_H
#define ENGINE_EVALUATE_TEMPLATE_H

#include "policy/plan.h"

/* Appends the text: values as people read them, lists joined by commas; what is absent or null as
 * its fallback, without one "(absent)"; what cannot be computed "(no value)". Hidden characters are
 * left out, and the whole is cut at length_max bytes (at least 3). */
void template_render(const struct plan_template *template, struct cel_frame *frame,
                     size_t length_max, struct buf *out);

#endif
