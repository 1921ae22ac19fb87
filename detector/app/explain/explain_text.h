/* explain_text.h: explanations for people. */
#ifndef APP_EXPLAIN_TEXT_H
#define APP_EXPLAIN_TEXT_H

#include "app/explain/explain.h"

/* Which change is explained, behind what it is called ("record 1"): "MODIFY of products, event ID,
 * at TIME", "API call UpdateTable of dynamodb, ...". */
void explain_text_record(const struct change *change, const char *name, struct buf *out);
/* One explanation, each line behind `indent`. */
void explain_text_write(const struct plan *plan, const struct explanation *explanation,
                        const char *indent, bool colour, struct buf *out);

#endif
