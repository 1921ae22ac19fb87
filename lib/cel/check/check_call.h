/* check_call.h: which overload of a function takes these types. A part of the checker. */
#ifndef CEL_CHECK_CALL_H
#define CEL_CHECK_CALL_H

#include "cel/env.h"
#include "cel/check/type_match.h"

/* One tree while it is checked. */
struct cel_checker {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    struct cel_matcher matcher;
    size_t errors_max; /* of issues->errors: from there on nothing more is looked at */
};

/* Mistakes that are told of one expression; each costs a search for what was meant. */
enum { CEL_CHECK_ERRORS_MAX = 50 };

/* The type of a call whose receiver and arguments have their types already. */
const struct cel_type *cel_check_call(struct cel_checker *checker, const struct cel_node *call);
/* Whether the call would also take a value of this type as its operand of this number, the receiver
 * being the first. */
bool cel_check_accepts(struct cel_checker *checker, const struct cel_node *call, size_t operand,
                       const struct cel_type *type);
/* Warns where a default, as in x.orValue(''), is nothing that the call around it takes. */
void cel_check_defaults(struct cel_checker *checker, const struct cel_node *call);
/* Reports that there is no function of this name. */
void cel_check_unknown_function(struct cel_checker *checker, const struct cel_node *call,
                                struct span name);
/* An operator as it is written: "+" of "_+_", "in" of "@in"; other names as they are. */
struct span cel_check_symbol(struct span name);
/* A type as a person reads it. */
struct span cel_check_type_text(struct cel_checker *checker, const struct cel_type *type);

#endif
