/* assignment_start.c: reads a commit's metadata and judges whether its position still counts. */
#include "engine/assignment_start.h"

#include <inttypes.h>

/* "<topic id>~<n>" without what follows the id. */
static struct span topic_id_of(struct span identity)
{
    const char *mark = memchr(identity.ptr, '~', identity.len);
    return mark ? span_of(identity.ptr, (size_t)(mark - identity.ptr)) : identity;
}

static bool is_sound(struct span text, struct commit_metadata *metadata)
{
    if (commit_metadata_decode(text, metadata) != STATUS_OK) {
        return false;
    }
    struct shard_clock *clock = shard_clock_new(0);
    bool sound = shard_clock_decode(clock, metadata->shards) == STATUS_OK;
    shard_clock_free(&clock);
    return sound;
}

static struct assignment_start new_log(const struct assignment_found *found, int64_t position,
                                       struct arena *arena)
{
    return (struct assignment_start){
        .kind = ASSIGNMENT_REWOUND,
        .identity = arena_printf(arena, "%.*s~%" PRId64, SPAN_ARG(found->topic_id), found->now_us),
        .position = position,
    };
}

struct assignment_start assignment_start_of(const struct assignment_found *found,
                                            struct arena *arena)
{
    struct commit_metadata metadata;
    if (found->committed < 0) {
        return (struct assignment_start){.kind = ASSIGNMENT_FIRST, .identity = found->topic_id};
    }
    if (!is_sound(found->metadata, &metadata)) {
        return new_log(found, found->committed, arena);
    }
    struct span topic_id = topic_id_of(metadata.identity);
    if (!span_equals(topic_id, found->topic_id)) {
        return (struct assignment_start){
            .kind = ASSIGNMENT_ANEW, .identity = found->topic_id, .topic_id = topic_id};
    }
    return (struct assignment_start){
        .kind = ASSIGNMENT_RESUMED,
        .identity = metadata.identity,
        .position = found->committed,
        .metadata = found->metadata,
    };
}

struct assignment_start assignment_start_cut(const struct assignment_found *found, int64_t end,
                                             struct arena *arena)
{
    return new_log(found, end, arena);
}
