/* host_api_call.c: rows of the model's tables, one member at a time where that is all that is
 * read. */
#include "engine/evaluate/host_api_call.h"

#include "model/api_members.h"

struct value host_api_call_load(struct host *host, uint32_t slot, struct cel_slot path,
                                struct arena *arena)
{
    const struct api_call *call = host->input->change->call;
    struct api_member_table table =
        path.root == PLAN_ROOT_ACTOR ? api_actor_members() : api_request_members();
    struct value value;
    if (path.member.len == 0) {
        return call ? api_member_map(call, table, arena) : value_null();
    }
    const struct api_member *member = api_member_find(table, path.member);
    if (!call || !member || !api_member_value(call, member, arena, &value)) {
        return value_failure(VALUE_ERROR_ABSENT, host->texts.absent[slot]);
    }
    return value;
}
