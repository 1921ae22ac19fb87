/* library_functions.h: what stands behind the rows of the library's table (library.c).
 * Every function has the shape and the rules of cel_function_fn. Private to lib/cel. */
#ifndef CEL_LIBRARY_FUNCTIONS_H
#define CEL_LIBRARY_FUNCTIONS_H

#include "cel/library/library.h"

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
library_function library_find;
library_function library_find_all;
library_function library_regex_extract;
library_function library_regex_extract_all;
library_function library_regex_replace;

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
library_function library_json_encode;
library_function library_json_decode;
library_function library_leaves;

/* library_strings.c: the strings extension */
library_function library_char_at;
library_function library_substring;
library_function library_index_of;
library_function library_last_index_of;
library_function library_lower_ascii;
library_function library_upper_ascii;
library_function library_trim;
library_function library_reverse;
library_function library_quote;

/* library_split.c: the strings extension */
library_function library_join;
library_function library_replace;
library_function library_split;

/* library_format.c: the strings extension */
library_function library_format;

/* library_bits.c: the math extension */
library_function library_math_is_nan;
library_function library_math_is_inf;
library_function library_math_is_finite;
library_function library_math_sqrt;
library_function library_math_ceil;
library_function library_math_floor;
library_function library_math_trunc;
library_function library_math_sign;
library_function library_math_bit_and;
library_function library_math_bit_or;
library_function library_math_bit_xor;
library_function library_math_bit_not;
library_function library_math_shift_left;
library_function library_math_shift_right;

/* library_lists.c: lists and sets */
library_function library_sum;
library_function library_min;
library_function library_max;
library_function library_is_sorted;
library_function library_any_index_of;
library_function library_any_last_index_of;
library_function library_any_reverse;
library_function library_slice;
library_function library_distinct;
library_function library_sort;
library_function library_flatten;
library_function library_range;
/* Steps that sorting so many elements takes: about n * log2(n) comparisons, each of
 * about three steps. */
uint64_t library_sort_steps(size_t count);
library_function library_sets_contains;
library_function library_sets_equivalent;
library_function library_sets_intersects;

/* library_network.c: addresses and networks */
library_function library_ip;
library_function library_cidr;
library_function library_is_ip;
library_function library_is_cidr;
library_function library_ip_is_canonical;
library_function library_ip_is_unspecified;
library_function library_ip_is_loopback;
library_function library_ip_is_global_unicast;
library_function library_ip_is_link_local_multicast;
library_function library_ip_is_link_local_unicast;
library_function library_ip_is_private;
library_function library_ip_family;
library_function library_cidr_contains_ip;
library_function library_cidr_contains_cidr;
library_function library_cidr_ip;
library_function library_cidr_masked;
library_function library_cidr_prefix_length;
library_function library_cidr_is_mask;
/* The text of an address or network. */
struct value library_address_string(const struct value *arguments, struct cel_scratch *scratch);

/* library_elements.c: more of lists */
library_function library_first;
library_function library_last;
library_function library_includes;
library_function library_flatten_depth;
library_function library_sort_by_keys;
library_function library_unwrap;

/* library_quantity.c: quantities, and order of quantities and versions */
library_function library_quantity;
library_function library_is_quantity;
library_function library_is_integer;
library_function library_as_integer;
library_function library_as_approximate_float;
library_function library_sign;
library_function library_quantity_add;
library_function library_quantity_sub;
library_function library_compare_to;
library_function library_is_less_than;
library_function library_is_greater_than;

/* library_semver.c: versions */
library_function library_semver;
library_function library_is_semver;
library_function library_semver_major;
library_function library_semver_minor;
library_function library_semver_patch;

/* library_url.c: URLs */
library_function library_url;
library_function library_is_url;
library_function library_url_scheme;
library_function library_url_host;
library_function library_url_hostname;
library_function library_url_port;
library_function library_url_path;
library_function library_url_query;

/* library_name_format.c: formats with names */
library_function library_format_named;
library_function library_format_validate;
library_function library_format_dns1123_label;
library_function library_format_dns1123_subdomain;
library_function library_format_dns1035_label;
library_function library_format_dns1123_label_prefix;
library_function library_format_dns1123_subdomain_prefix;
library_function library_format_dns1035_label_prefix;
library_function library_format_qualified_name;
library_function library_format_label_value;
library_function library_format_uri;
library_function library_format_uuid;
library_function library_format_byte;
library_function library_format_date;
library_function library_format_datetime;

/* library_encode.c: encoders */
library_function library_base64_encode;
library_function library_base64_decode;

#endif
