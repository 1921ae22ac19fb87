/* double_text.h: doubles as text, and back. Private to lib/cel. Any thread. */
#ifndef CEL_DOUBLE_TEXT_H
#define CEL_DOUBLE_TEXT_H

#include "base/span.h"

enum { DOUBLE_TEXT_SIZE = 40 };

/* The fewest digits that read back as the same double: "0.1", "-4.5", "1e+21", "NaN", "Infinity".
 * A view of `out`. */
struct span double_format(double number, char out[DOUBLE_TEXT_SIZE]);
/* A number, "NaN", "Infinity", "Inf" with a sign; false for anything else. Too great: infinite. */
bool double_parse(struct span text, double *out);

#endif
