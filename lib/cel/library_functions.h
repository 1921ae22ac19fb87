/* library_functions.h: what stands behind the rows of the library's table (library.c).
 * Every function has the shape and the rules of cel_function_fn. Private to lib/cel. */
#ifndef CEL_LIBRARY_FUNCTIONS_H
#define CEL_LIBRARY_FUNCTIONS_H

#include "cel/library.h"

typedef struct value library_function(const struct value *arguments, size_t count,
                                      struct cel_scratch *scratch);

/* library_basic.c */
library_function library_negate;
library_function library_size;
library_function library_type;
library_function library_dyn;
library_function library_coalesce;
library_function library_map_insert;

/* library_convert.c */
library_function library_bool;
library_function library_int;
library_function library_uint;
library_function library_double;
library_function library_decimal;
library_function library_string;
library_function library_bytes;
library_function library_timestamp;
library_function library_duration;

/* library_time.c */
library_function library_full_year;
library_function library_month;
library_function library_date;
library_function library_day_of_month;
library_function library_day_of_week;
library_function library_day_of_year;
library_function library_hours;
library_function library_minutes;
library_function library_seconds;
library_function library_milliseconds;

/* library_text.c: the standard functions of texts */
library_function library_contains;
library_function library_starts_with;
library_function library_ends_with;
library_function library_glob;

/* library_regex.c */
library_function library_matches;

/* library_optional.c */
library_function library_optional_of;
library_function library_optional_of_non_zero;
library_function library_optional_none;
library_function library_optional_value;
library_function library_optional_has_value;
library_function library_optional_or;
library_function library_optional_or_value;

/* library_math.c */
library_function library_math_abs;
library_function library_math_least;
library_function library_math_greatest;
library_function library_math_round;

/* library_document.c: ours, for documents inside attributes */
library_function library_json_decode;
library_function library_leaves;

#endif
