/* type_parse.h: signatures of functions as the library's table writes them. */
#ifndef CEL_TYPE_PARSE_H
#define CEL_TYPE_PARSE_H

#include "cel/type.h"

struct cel_signature_types {
    const struct cel_type *const *parameters;
    size_t parameter_count;
    bool repeated; /* "(A, B...)": one or more of the last parameter */
    const struct cel_type *result;
};

/* Reads "(list(A), int) -> bool"; false when malformed. */
bool cel_signature_parse(struct arena *arena, struct span text, struct cel_signature_types *out);

#endif
