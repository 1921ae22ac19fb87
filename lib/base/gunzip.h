/* gunzip.h: gzip data in memory. Any thread. */
#ifndef BASE_GUNZIP_H
#define BASE_GUNZIP_H

#include "base/arena.h"
#include "base/status.h"

/* Told by the first two bytes, which no JSON text has. */
bool gunzip_is_gzip(struct span bytes);
/* Decompresses all members; the text lives in `arena`. STATUS_INVALID: damaged, cut, or followed by
 * bytes that are no gzip. STATUS_LIMIT: more than bytes_max, of which no more is kept. */
MUST_USE enum status gunzip(struct span bytes, size_t bytes_max, struct arena *arena,
                            struct span *out);

#endif
