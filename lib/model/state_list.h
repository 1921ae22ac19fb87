/* state_list.h: the states of correlations that a set of policies has, as the body of a signal
 * (SIGNAL_STATES): {"states":["<hex>",...]}, ascending, each once. */
#ifndef MODEL_STATE_LIST_H
#define MODEL_STATE_LIST_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/json_writer.h"
#include "base/status.h"

enum { STATE_LIST_MAX = 4096 }; /* in one list */

struct state_list {
    const struct digest *states;
    size_t count;
};

/* Sorts `count` states and takes repeats out; gives how many are left. */
size_t state_list_sort(struct digest *states, size_t count);
/* Writes a list. */
void state_list_write(struct state_list list, struct json_writer *writer);
/* Reads what state_list_write wrote, and nothing else; the list lives in `arena`. */
MUST_USE enum status state_list_read(struct span body, struct arena *arena,
                                     struct state_list *out);
/* Whether a state stands in the list. */
bool state_list_has(struct state_list list, const struct digest *state);

#endif
