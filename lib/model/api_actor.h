/* api_actor.h: what the members of a userIdentity say only together. Inside this layer only. */
#ifndef MODEL_API_ACTOR_H
#define MODEL_API_ACTOR_H

#include "model/api_call.h"

/* Fills in principal, session, name, account and mfa from the other members. New texts live in
 * `arena`. */
void api_actor_complete(struct api_call *call, struct arena *arena);

#endif
