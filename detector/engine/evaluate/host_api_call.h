/* host_api_call.h: what expressions read of an API call: `actor` and `request`. */
#ifndef ENGINE_EVALUATE_HOST_API_CALL_H
#define ENGINE_EVALUATE_HOST_API_CALL_H

#include "engine/evaluate/host.h"

/* A member of PLAN_ROOT_ACTOR or PLAN_ROOT_REQUEST; with an empty name the whole map. For a change
 * of an item: null, and every member absent. */
struct value host_api_call_load(struct host *host, uint32_t slot, struct cel_slot path,
                                struct arena *arena);

#endif
