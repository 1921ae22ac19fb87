/* file_sink.h: alerts as JSON Lines into a file or to stdout. */
#ifndef FILE_FILE_SINK_H
#define FILE_FILE_SINK_H

#include "port/sink.h"

/* path "-": stdout, which cannot be cut back: at least once there. A file is appended to, synced,
 * and cut back to the recorded length at open (rule 24). sink_ops.free frees it. */
struct sink *file_sink_new(struct span name, struct span path);

#endif
