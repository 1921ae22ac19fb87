/* kinesis_cut.c: positions move within a packed record, so that a batch may end there. */
#include "kinesis/kinesis_cut.h"

void kinesis_cut_init(struct kinesis_cut *cut, const struct kinesis_fetched *fetched,
                      struct kinesis_hash_range range, struct arena *arena)
{
    *cut = (struct kinesis_cut){.fetched = fetched, .range = range, .arena = arena};
    arena_reset(arena);
}

bool kinesis_cut_is_done(const struct kinesis_cut *cut)
{
    return cut->next == cut->fetched->page.count;
}

/* Whether a packed record is to be given: not done before, and at home in this shard. After a
 * reshard one that belongs elsewhere came here with its neighbours; its producer sees that and
 * sends it again. */
static bool is_wanted(const struct kinesis_cut *cut, uint64_t sub,
                      const struct kinesis_packed *packed)
{
    bool done = cut->next == 0 && sub < cut->fetched->first_sub;
    return !done && kinesis_hash_range_holds(cut->range, kinesis_packed_hash(packed));
}

static void give(const struct kinesis_record *record, struct span data, struct source_record *out)
{
    *out = (struct source_record){
        .bytes = data, .sequence = record->sequence, .arrival_us = record->arrival_us};
}

/* Gives the next packed record, if it is wanted; at the last one the whole record is done. */
static bool unpack_one(struct kinesis_cut *cut, const struct kinesis_record *record,
                       struct source_record *out, struct kinesis_position *position)
{
    struct kinesis_packed packed;
    if (!kinesis_aggregate_next(&cut->aggregate, &packed)) {
        cut->unpacking = false;
        cut->next++;
        kinesis_position_set(position, record->sequence);
        return false;
    }
    uint64_t sub = cut->sub++;
    bool wanted = is_wanted(cut, sub, &packed);
    if (wanted) {
        give(record, packed.data, out);
    }
    kinesis_position_set(position, record->sequence);
    position->within = true;
    position->sub = sub;
    return wanted;
}

/* Passes one record, packed or not; true when it gave one. */
static bool take_one(struct kinesis_cut *cut, struct source_record *out,
                     struct kinesis_position *position)
{
    const struct kinesis_record *record = &cut->fetched->page.records[cut->next];
    if (!cut->unpacking && kinesis_aggregate_open(record->data, cut->arena, &cut->aggregate)) {
        cut->unpacking = true;
        cut->sub = 0;
    }
    if (cut->unpacking) {
        return unpack_one(cut, record, out, position);
    }
    give(record, record->data, out);
    kinesis_position_set(position, record->sequence);
    cut->next++;
    return true;
}

size_t kinesis_cut_next(struct kinesis_cut *cut, struct source_record *records,
                        struct kinesis_position *position)
{
    size_t count = 0;
    size_t bytes = 0;
    while (!kinesis_cut_is_done(cut) && count < SOURCE_BATCH_RECORDS_MAX &&
           bytes < SOURCE_BATCH_BYTES_MAX / 2) { /* a record more fits, of at most 10 MiB */
        if (take_one(cut, &records[count], position)) {
            bytes += records[count++].bytes.len;
        }
    }
    /* behind the last packed record the whole one is done, and can be said so at once */
    if (cut->unpacking && cut->aggregate.at == cut->aggregate.message.len) {
        (void)take_one(cut, records, position);
    }
    return count;
}
