/* lookup_log.h: what a compacted topic holds: the newest record of each key. Its rows are those
 * records' values; one without a value removes its key's row. The order of keys, not of arrival,
 * decides the order of rows, so whoever has read the same records has the same rows. One thread. */
#ifndef ENGINE_EVALUATE_LOOKUP_LOG_H
#define ENGINE_EVALUATE_LOOKUP_LOG_H

#include "base/arena.h"
#include "base/status.h"

struct lookup_log;

/* Empty. */
struct lookup_log *lookup_log_new(void);
/* Sets *log to NULL. */
void lookup_log_free(struct lookup_log **log);

/* One record, copied; tombstone: it has no value. STATUS_LIMIT: more than LOOKUP_ROWS_MAX keys, or
 * LOOKUP_FILE_BYTES_MAX of values; the record is passed over. */
MUST_USE enum status lookup_log_put(struct lookup_log *log, struct span key, struct span value,
                                    bool tombstone);
size_t lookup_log_count(const struct lookup_log *log);
/* All rows as JSON Lines: line feeds inside a value, which are white space there, become spaces. */
struct span lookup_log_text(const struct lookup_log *log, struct arena *arena);

#endif
