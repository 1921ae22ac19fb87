/* library_regex.c: matches() of a pattern that comes with the data; constant ones are
 * closure_matches.c. */
#include "cel/library/library_functions.h"
#include "cel/library/regex.h"

/* Only for patterns that are no constants: these are compiled at every call, up to a millisecond,
 * so that few fit into one evaluation. */
enum { COMPILE_STEPS = 10000 };

struct value library_matches(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    struct span problem;
    if (arguments[0].kind != VALUE_STRING || arguments[1].kind != VALUE_STRING) {
        return failure_no_overload("matches", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, COMPILE_STEPS)) {
        return failure_limit();
    }
    const struct regex *regex = regex_compile(arguments[1].text, scratch->arena, &problem);
    return regex ? regex_search(regex, arguments[0].text, scratch)
                 : value_failure(VALUE_ERROR_OTHER, problem);
}
