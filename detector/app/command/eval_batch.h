/* eval_batch.h: many questions, one a line. */
#ifndef APP_EVAL_BATCH_H
#define APP_EVAL_BATCH_H

#include "base/buf.h"
#include "base/span.h"

/* Answers one line {"id", "expr", "bindings"?, "variables"?: [{"name", "expr"}, ...]} with one line
 * {"id", "value"} or {"id", "error"}; what cannot be read is answered with the id null. */
void eval_batch_answer(struct span line, struct buf *out);
/* The answer to a line that the source itself refused. */
void eval_batch_refuse(const char *reason, struct buf *out);

#endif
