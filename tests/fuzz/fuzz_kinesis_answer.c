/* Answers of Kinesis: whatever is accepted points into the body or the arena and can be read. */
#include "fuzz.h"

#include "base/check.h"
#include "kinesis/kinesis_answer.h"
#include "kinesis/kinesis_sequence.h"

static void use_page(struct span text, struct arena *arena)
{
    struct buf body = {0};
    struct kinesis_page page;
    const char *reason = NULL;
    buf_append(&body, text);
    if (kinesis_read_page(&body, arena, &reason, &page) == STATUS_OK) {
        size_t bytes = 0;
        for (size_t i = 0; i < page.count; i++) {
            check(kinesis_sequence_is_valid(page.records[i].sequence));
            bytes += page.records[i].data.len;
            (void)span_hash(page.records[i].data);
        }
        check(bytes == page.bytes && bytes <= text.len);
        (void)span_hash(page.next_iterator);
    } else {
        check(reason != NULL);
    }
    buf_deinit(&body);
}

static void use_listing(struct span text, struct arena *arena)
{
    struct kinesis_listing listing = {.arena = arena};
    const char *reason = NULL;
    if (kinesis_read_listing(text, &reason, &listing) != STATUS_OK) {
        check(reason != NULL && listing.count == 0);
    }
    for (size_t i = 0; i < listing.count; i++) {
        check(listing.shards[i].range.first <= listing.shards[i].range.last);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span text = span_of((const char *)data, size);
    struct span iterator;
    const char *reason = NULL;
    use_page(text, arena);
    use_listing(text, arena);
    (void)!kinesis_read_iterator(text, arena, &reason, &iterator);
    arena_free(&arena);
    return 0;
}
