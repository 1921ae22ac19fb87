/* bindings.h: values of every kind, made from any bytes: what an expression may meet. */
#ifndef FUZZ_BINDINGS_H
#define FUZZ_BINDINGS_H

#include "model/value.h"

/* Bytes that are used up one by one; zeros once there are none. */
struct byte_source {
    const uint8_t *bytes;
    size_t left;
};

/* A value, at most six levels deep; its texts are well-formed UTF-8. Lives in the arena. */
struct value binding_value(struct byte_source *source, struct arena *arena);

#endif
