/* api_members.h: what expressions may read of an API call: the members of `actor` and `request`,
 * each with its type and where it comes from. Checker, engine and docs read the same rows. */
#ifndef MODEL_API_MEMBERS_H
#define MODEL_API_MEMBERS_H

#include "model/api_call.h"

enum api_member_type {
    API_MEMBER_TEXT,  /* string; absent where the record says nothing */
    API_MEMBER_TRUTH, /* bool; absent where the record leaves it open */
    API_MEMBER_BOOL,  /* bool, always there */
    API_MEMBER_TIME,  /* timestamp; absent where the record gives none */
    API_MEMBER_NAMES, /* list of strings, perhaps empty */
};

struct api_member {
    struct span name;
    enum api_member_type type;
    bool always;   /* every call has it */
    size_t offset; /* in struct api_call */
    const char *doc;
};

struct api_member_table {
    const struct api_member *items;
    size_t count;
};
/* What `actor` has, in the order of the docs; lives for ever. */
struct api_member_table api_actor_members(void);
/* What `request` has, likewise. */
struct api_member_table api_request_members(void);

/* NULL when there is no such member. */
const struct api_member *api_member_find(struct api_member_table table, struct span name);
/* Its value; false when the call has none. Lists live in `arena`, texts are the call's. */
bool api_member_value(const struct api_call *call, const struct api_member *member,
                      struct arena *arena, struct value *out);
/* All members that the call has, as a map. */
struct value api_member_map(const struct api_call *call, struct api_member_table table,
                            struct arena *arena);

#endif
