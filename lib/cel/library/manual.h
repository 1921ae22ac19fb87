/* manual.h: what people are told of operators, macros and functions: the tables of
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

#endif
