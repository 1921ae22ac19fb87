/* library.h: the functions of the language, in one table that checker and programs both read. */
#ifndef CEL_LIBRARY_H
#define CEL_LIBRARY_H

#include "base/arena.h"
#include "model/value.h"

struct regex_room;

/* What a running function may use besides its arguments. */
struct cel_scratch {
    struct arena *arena;
    struct regex_room *regex_room; /* of the frame; NULL while constants are folded */
    bool rounded; /* a number was rounded to 38 digits; stays set until somebody takes it */
    uint64_t *steps_left; /* counts down by the bytes or elements it walks; 0: VALUE_ERROR_LIMIT */
};

/* Arguments are never VALUE_ERROR. Rows of equal name, style and number of arguments share one
 * function, which tells the kinds apart itself and answers VALUE_ERROR_NO_OVERLOAD for others. */
typedef struct value (*cel_function_fn)(const struct value *arguments, size_t count,
                                        struct cel_scratch *scratch);

/* Operators are functions with the names of the reference implementations: "_+_", "-_", "!_",
 * "_==_",
 * "_<=_", "@in", "_&&_", "_||_", "_?_:_", "_[_]", "@not_strictly_false". Types in signatures are
 * bool, int, uint, double, decimal, string, bytes, timestamp, duration, ip, cidr, null_type, dyn,
 * list(A), map(A, B), optional_type(A), type(A). */
struct cel_overload {
    const char *name;      /* "size", "startsWith", "_+_", "math.abs", "ip.isCanonical" */
    const char *signature; /* "(list(A)) -> int"; the receiver is the first parameter;
                              "(A...) -> A": one or more of the last parameter */
    bool receiver;         /* x.name(...) */
    uint8_t cost;          /* static units of one call */
    cel_function_fn run;   /* NULL: programs treat it themselves (&&, ||, ?:) */
};

/* All rows, grouped by name. Static. */
const struct cel_overload *cel_library(size_t *count);

#endif
