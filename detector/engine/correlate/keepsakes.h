/* keepsakes.h: the signals of a group that an alert may still show when the watermark has passed
 * them. Inside this folder only. */
#ifndef ENGINE_CORRELATE_KEEPSAKES_H
#define ENGINE_CORRELATE_KEEPSAKES_H

#include "base/arena.h"
#include "engine/decide/packer.h"
#include "model/signal.h"

/* Signals of a group; beyond them the oldest are forgotten, and an alert shows the next newer. */
enum { KEEPSAKES_MAX = 64 };

/* NULL: none. */
struct keepsakes;

/* Keeps a copy of the signal; makes *kept when there was none. */
void keepsakes_add(struct keepsakes **kept, const struct signal *signal);
/* Forgets signals from before a time, but not the newest one. */
void keepsakes_forget(struct keepsakes *kept, int64_t before_us);
/* Forgets those that `may_show`, asked of a memory, says are never shown, but not the last one. */
void keepsakes_keep(struct keepsakes *kept, const void *memory,
                    bool (*may_show)(const void *memory, int64_t time_us, uint64_t sequence));
/* The signal of a time and place in the log; if it is kept no more the next newer one, else the
 * newest. Its texts live in `arena`. *kept is not NULL. */
struct signal keepsakes_find(const struct keepsakes *kept, int64_t time_us, uint64_t sequence,
                             struct arena *arena);
/* Bytes that they take; 0 for none. */
size_t keepsakes_bytes(const struct keepsakes *kept);

/* As bytes, and back: what is read is refused (`failed`) unless it is what was saved of at least
 * one signal, each of this policy and group. */
void keepsakes_save(const struct keepsakes *kept, struct buf *out);
void keepsakes_load(struct keepsakes **kept, const struct digest *state_id, struct span group_key,
                    struct unpacker *from);
/* Sets *kept to NULL. */
void keepsakes_free(struct keepsakes **kept);

#endif
