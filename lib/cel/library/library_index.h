/* library_index.h: the library's table with its signatures read, found by name. */
#ifndef CEL_LIBRARY_INDEX_H
#define CEL_LIBRARY_INDEX_H

#include "cel/env_internal.h"

struct cel_library_index;

/* Reads every row of cel_library(). */
const struct cel_library_index *cel_library_index_new(struct arena *arena);
/* The first row of a name, the others follow by `next`; NULL when there is none. */
const struct cel_signature *cel_library_index_find(const struct cel_library_index *index,
                                                   struct span name);
/* All names, each once. */
const struct span *cel_library_index_names(const struct cel_library_index *index, size_t *count);

#endif
