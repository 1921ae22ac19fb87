/* Metadata of commits, which anybody may have written to the group: what is accepted is written
 * again the same, and begins an assignment. */
#include "fuzz.h"

#include "base/check.h"
#include "engine/assignment.h"
#include "engine/assignment_start.h"
#include "engine/commit_metadata.h"

static void use_metadata(const struct commit_metadata *metadata, struct span text)
{
    struct buf again = {0};
    struct shard_clock *clock = shard_clock_new(0);
    if (shard_clock_decode(clock, metadata->shards) == STATUS_OK) {
        commit_metadata_encode(metadata, clock, &again);
        check(again.len <= COMMIT_METADATA_BYTES_MAX);
        /* hex digits of either case are read */
        check(span_equals_nocase(buf_view(&again), text) || text.len > again.len);
    }
    shard_clock_free(&clock);
    buf_deinit(&again);
}

static void use_start(const struct assignment_found *found, struct arena *arena)
{
    static const struct digest revision = {{1}};
    struct assignment_start start = assignment_start_of(found, arena);
    const struct assignment_options options = {
        .topic = SPAN("events"), .identity = start.identity, .tells = 1};
    struct assignment *assignment = assignment_new(&options);
    check(assignment_begin(assignment, start.position, start.metadata, &revision) == STATUS_OK);
    assignment_free(&assignment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span text = span_of((const char *)data, size);
    struct commit_metadata metadata;
    struct assignment_found found = {
        .topic_id = SPAN("T1"), .committed = 5, .metadata = text, .now_us = 1};
    if (commit_metadata_decode(text, &metadata) == STATUS_OK) {
        use_metadata(&metadata, text);
        use_start(&found, arena);
        found.topic_id = metadata.identity;
    }
    use_start(&found, arena);
    arena_free(&arena);
    return 0;
}
