/* revisions.h: which states of correlations the revisions have that ticks name (docs/RECOVERY.md,
 * rule 9), as the log said. The last ones named are known. */
#ifndef ENGINE_DECIDE_REVISIONS_H
#define ENGINE_DECIDE_REVISIONS_H

#include "engine/decide/packer.h"
#include "model/state_list.h"

enum { REVISIONS_MAX = 64 };

struct revisions;

/* None known. */
struct revisions *revisions_new(void);
/* Sets *revisions to NULL. */
void revisions_free(struct revisions **revisions);

/* A revision has these states, copied. Of more than REVISIONS_MAX the one that was not named for
 * longest is forgotten. */
void revisions_add(struct revisions *revisions, const struct digest *revision,
                   struct state_list states);
/* A revision is named: its states, valid until the next call. False: it is not known. */
bool revisions_name(struct revisions *revisions, const struct digest *revision,
                    struct state_list *out);

/* Appends all, the one that was not named for longest first; and takes them up again. */
void revisions_save(const struct revisions *revisions, struct buf *out);
void revisions_load(struct revisions *revisions, struct unpacker *from);

#endif
