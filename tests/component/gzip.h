/* gzip.h: makes gzip data for tests. */
#ifndef COMPONENT_GZIP_H
#define COMPONENT_GZIP_H

#include "base/buf.h"

/* Appends one whole gzip member that holds `content`. */
void gzip_append(struct buf *out, struct span content);

#endif
