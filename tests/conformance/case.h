/* case.h: one test of the suite, read from its line. */
#ifndef TESTS_CONFORMANCE_CASE_H
#define TESTS_CONFORMANCE_CASE_H

#include "model/value.h"

enum { CASE_BINDINGS_MAX = 32 };

struct binding {
    struct span name;
    struct value value; /* an error for those that are bound to errors or unknowns */
};

/* Everything lives in the arena it was read into. */
struct conformance_case {
    struct span name;
    struct span expression;
    struct span container;
    bool unchecked;
    bool check_only;
    bool macros;
    const struct value *type_env; /* NULL: none */
    struct binding bindings[CASE_BINDINGS_MAX];
    size_t binding_count;
    bool expects_error;
    bool has_value;
    struct value expected;
    struct span type; /* empty: none expected */
};

/* False: the test needs a schema of protocol buffers. Stops the program when the line is none. */
bool case_read(struct span line, struct arena *arena, struct conformance_case *out);
/* A member of an object; NULL when it has none of this name. */
const struct value *case_member(const struct value *object, const char *name);
/* A member that is a text; empty when it has none. */
struct span case_text(const struct value *object, const char *name);
/* Equal in kind and value; NaN matches NaN, maps have no order. */
bool case_value_matches(const struct value *expected, const struct value *actual);

#endif
