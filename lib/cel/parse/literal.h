/* literal.h: what the literals of an expression mean. */
#ifndef CEL_LITERAL_H
#define CEL_LITERAL_H

#include "base/status.h"
#include "cel/parse/lexer.h"
#include "model/value.h"

/* A number: INT, UINT or DOUBLE token, `negative` when a minus stands before it.
 * STATUS_INVALID: an issue says that it does not fit. */
MUST_USE enum status cel_literal_number(struct cel_token token, bool negative, struct arena *arena,
                                        struct cel_issues *issues, struct value *out);
/* A STRING or BYTES token, its escapes resolved. STATUS_INVALID: an issue points at the escape. */
MUST_USE enum status cel_literal_text(struct cel_token token, struct arena *arena,
                                      struct cel_issues *issues, struct value *out);

#endif
