/* library_regex.h: functions of a text and a pattern, when the pattern is known beforehand. Private
 * to lib/cel. */
#ifndef CEL_LIBRARY_REGEX_H
#define CEL_LIBRARY_REGEX_H

#include "cel/library/library.h"
#include "cel/library/regex.h"

/* As cel_function_fn; arguments[1] is the pattern, compiled. */
typedef struct value (*regex_function_fn)(const struct regex *regex, const struct value *arguments,
                                          size_t count, struct cel_scratch *scratch);

/* What a function of the library does with a pattern that is compiled; NULL for functions that take
 * none, and for matches(), which has a closure of its own. */
regex_function_fn library_regex_compiled(cel_function_fn run);
/* Why the function cannot use the pattern, static; NULL when it can. */
const char *library_regex_misfit(cel_function_fn run, const struct regex *regex);

#endif
