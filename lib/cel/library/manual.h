/* manual.h: what people are told of operators, macros, functions and errors: the tables of
 * docs/POLICY_LANGUAGE.md. */
#ifndef CEL_MANUAL_H
#define CEL_MANUAL_H

#include <stddef.h>

struct cel_manual_row {
    const char *topic;   /* the table it stands in */
    const char *name;    /* of an operator or a function as in cel_library(), or of a macro */
    const char *form;    /* function: the overloads whose signatures begin so; "" for all.
                            Macro: how it is written */
    const char *text;    /* one sentence */
    const char *example; /* runs on the change that the page shows */
    const char *value;   /* what the example gives, as JSON */
};

/* All rows, in the order of the page. Static. */
const struct cel_manual_row *cel_manual(size_t *count);

struct cel_manual_error {
    const char *topic;   /* the table it stands in: "errors absent" for VALUE_ERROR_ABSENT, ... */
    const char *text;    /* as it is said; "..." for what varies */
    const char *remedy;  /* why, and what to do */
    const char *example; /* an expression that meets it, on the change that the page shows */
};

/* All errors, in the order of the page. Static. */
const struct cel_manual_error *cel_manual_errors(size_t *count);

#endif
