/* findings.c: entries in one piece of memory, in a list a source by age, with a hash table over
 * all: what stands first in its list and is past its horizon and its floor is forgotten. */
#include "engine/decide/findings.h"

#include "base/check.h"
#include "base/pages.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 64 };
static const uint32_t no_entry = UINT32_MAX; /* no entry */

struct entry {
    struct finding known;
    uint32_t next; /* in its list, or among the free ones */
};

struct list {
    uint32_t first;
    uint32_t last;
};

/* What probing reads is all here, so that the entries of others are not read. */
struct bucket {
    uint32_t place; /* of an entry, + 1; 0: none */
    uint32_t hash;
};

/* `buckets` have linear probing, and are twice as many as entries. Entries of one id under
 * several sources stand behind each other. */
struct findings {
    const struct sources *sources;
    bool repeats;
    struct entry *entries;
    size_t capacity; /* a power of two */
    size_t count;
    size_t count_max;
    uint32_t free;   /* the first free entry */
    struct bucket *buckets;
    struct list *lists; /* by source */
    uint32_t list_count;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

static void *resize(void *memory, size_t count, size_t size)
{
    void *resized = realloc(memory, count * size);
    if (!resized) {
        check_memory_exhausted(count * size);
    }
    return resized;
}

struct findings *findings_new(const struct sources *sources, bool repeats, size_t count_max)
{
    struct findings *findings = allocate(1, sizeof *findings);
    check(count_max > 0 && count_max <= UINT32_MAX / 4);
    findings->sources = sources;
    findings->repeats = repeats;
    findings->count_max = count_max;
    findings->free = no_entry;
    return findings;
}

void findings_free(struct findings **findings)
{
    if (*findings) {
        free((*findings)->entries);
        free((*findings)->buckets);
        free((*findings)->lists);
        free(*findings);
        *findings = NULL;
    }
}

size_t findings_count(const struct findings *findings)
{
    return findings->count;
}

/* Ids are hashes already. */
static uint32_t hash_of(const struct digest *id, const struct digest *state_id, uint32_t fan_index)
{
    uint64_t left;
    uint64_t right;
    memcpy(&left, id->bytes, sizeof left);
    memcpy(&right, state_id->bytes, sizeof right);
    return (uint32_t)(left ^ right ^ (fan_index * UINT64_C(0x9E3779B97F4A7C15)));
}

static uint32_t hash_of_finding(const struct finding *finding)
{
    return hash_of(&finding->finding, &finding->state_id, finding->fan_index);
}

static size_t bucket_mask(const struct findings *findings)
{
    return 2 * findings->capacity - 1;
}

static bool same(const struct finding *a, const struct finding *b)
{
    return a->fan_index == b->fan_index && digest_equals(&a->finding, &b->finding) &&
           digest_equals(&a->state_id, &b->state_id);
}

/* The first empty bucket for a hash. */
static struct bucket *empty_bucket_for(const struct findings *findings, uint32_t hash)
{
    size_t bucket = hash & bucket_mask(findings);
    while (findings->buckets[bucket].place) {
        bucket = (bucket + 1) & bucket_mask(findings);
    }
    return &findings->buckets[bucket];
}

/* The new half of the entries becomes free, the lowest place first. */
static void grow(struct findings *findings)
{
    size_t old = findings->capacity;
    size_t capacity = old ? 2 * old : CAPACITY_MIN;
    check(capacity < UINT32_MAX);
    struct entry *entries = pages_take(capacity * sizeof *entries);
    if (old) {
        memcpy(entries, findings->entries, old * sizeof *entries);
    }
    free(findings->entries);
    findings->entries = entries;
    for (size_t i = capacity; i > old; i--) {
        findings->entries[i - 1].next = findings->free;
        findings->free = (uint32_t)(i - 1);
    }
    free(findings->buckets);
    findings->buckets = pages_take_zeroed(2 * capacity * sizeof *findings->buckets);
    findings->capacity = capacity;
    for (size_t i = 0; i < old; i++) { /* all are in use: else there was no need to grow */
        uint32_t hash = hash_of_finding(&entries[i].known);
        *empty_bucket_for(findings, hash) = (struct bucket){(uint32_t)(i + 1), hash};
    }
}

static struct list *list_of(struct findings *findings, uint32_t source)
{
    if (source >= findings->list_count) {
        findings->lists = resize(findings->lists, (size_t)source + 1, sizeof *findings->lists);
        for (uint32_t i = findings->list_count; i <= source; i++) {
            findings->lists[i] = (struct list){no_entry, no_entry};
        }
        findings->list_count = source + 1;
    }
    return &findings->lists[source];
}

static void append(struct findings *findings, const struct finding *finding)
{
    if (findings->free == no_entry) {
        grow(findings);
    }
    uint32_t place = findings->free;
    struct list *list = list_of(findings, finding->source);
    findings->free = findings->entries[place].next;
    findings->entries[place] = (struct entry){*finding, no_entry};
    uint32_t hash = hash_of_finding(finding);
    *empty_bucket_for(findings, hash) = (struct bucket){place + 1, hash};
    if (list->first == no_entry) {
        list->first = place;
    } else {
        findings->entries[list->last].next = place;
    }
    list->last = place;
    findings->count++;
}

/* Empties a bucket and moves up what probing would no longer find. */
static void empty_bucket(struct findings *findings, size_t bucket)
{
    size_t mask = bucket_mask(findings);
    struct bucket *buckets = findings->buckets;
    buckets[bucket].place = 0;
    for (size_t next = (bucket + 1) & mask; buckets[next].place; next = (next + 1) & mask) {
        if (((next - buckets[next].hash) & mask) >= ((next - bucket) & mask)) {
            buckets[bucket] = buckets[next];
            buckets[next].place = 0;
            bucket = next;
        }
    }
}

/* Takes out the entry behind `previous` in its list (no_entry: the first one). */
static void drop_behind(struct findings *findings, uint32_t source, uint32_t previous)
{
    struct list *list = &findings->lists[source];
    uint32_t *link = previous == no_entry ? &list->first : &findings->entries[previous].next;
    uint32_t place = *link;
    struct entry *entry = &findings->entries[place];
    size_t bucket = hash_of_finding(&entry->known) & bucket_mask(findings);
    while (findings->buckets[bucket].place != place + 1) {
        bucket = (bucket + 1) & bucket_mask(findings);
    }
    empty_bucket(findings, bucket);
    *link = entry->next;
    list->last = list->last == place ? previous : list->last;
    entry->next = findings->free;
    findings->free = place;
    findings->count--;
}

/* Has the memory fetched that dropping the one behind it will read. Not a function of its own: gcc
 * takes one that only fetches for one that does nothing. */
static void drop_first(struct findings *findings, uint32_t source)
{
    drop_behind(findings, source, no_entry);
    uint32_t place = findings->lists[source].first;
    if (place != no_entry) {
        const struct entry *entry = &findings->entries[place];
        uint32_t hash = hash_of_finding(&entry->known);
        __builtin_prefetch(&findings->buckets[hash & bucket_mask(findings)]);
        __builtin_prefetch(&findings->entries[entry->next == no_entry ? place : entry->next]);
    }
}

void findings_drop(struct findings *findings, struct state_list states)
{
    for (uint32_t source = 0; source < findings->list_count; source++) {
        uint32_t previous = no_entry;
        uint32_t place = findings->lists[source].first;
        while (place != no_entry) {
            uint32_t next = findings->entries[place].next;
            if (state_list_has(states, &findings->entries[place].known.state_id)) {
                drop_behind(findings, source, previous);
            } else {
                previous = place;
            }
            place = next;
        }
    }
}

/* No repeat can come any more, from where its source is read again after a crash. */
static bool is_passed(const struct findings *findings, const struct finding *finding)
{
    return !findings->repeats ||
           sources_floor(findings->sources, finding->source) > finding->offset;
}

static bool is_forgotten(const struct findings *findings, const struct finding *finding)
{
    return sources_watermark(findings->sources, finding->source) >= finding->forgotten_us &&
           is_passed(findings, finding);
}

/* The first entry of a source; NULL when there is none. */
static const struct finding *first_of(const struct findings *findings, uint32_t source)
{
    uint32_t first = source < findings->list_count ? findings->lists[source].first : no_entry;
    return first == no_entry ? NULL : &findings->entries[first].known;
}

void findings_sweep(struct findings *findings, uint32_t source)
{
    const struct finding *first = first_of(findings, source);
    while (first && is_forgotten(findings, first)) {
        drop_first(findings, source);
        first = first_of(findings, source);
    }
}

/* Drops the oldest of those first entries that the floor has passed; with none there is no room to
 * be made, and what may come again is bounded by whoever sends it. */
static void make_room(struct findings *findings, uint64_t *dropped)
{
    const struct finding *oldest = NULL;
    for (uint32_t source = 0; source < findings->list_count; source++) {
        const struct finding *first = first_of(findings, source);
        if (first && is_passed(findings, first) &&
            (!oldest || first->sequence < oldest->sequence)) {
            oldest = first;
        }
    }
    if (oldest) {
        drop_first(findings, oldest->source);
        (*dropped)++;
    }
}

/* Counted from the later of the two: by its own time a late event would be forgotten at once. */
static int64_t horizon_end(const struct findings *findings, const struct signal *signal,
                           uint32_t source)
{
    int64_t watermark_us = sources_watermark(findings->sources, source);
    int64_t from = signal->event_time_us > watermark_us ? signal->event_time_us : watermark_us;
    int64_t end;
    return __builtin_add_overflow(from, signal->horizon_us, &end) ? INT64_MAX : end;
}

/* Walks over the entries of an id: is it remembered, and which is of this source (or NULL). */
static bool look_up(const struct findings *findings, const struct finding *wanted,
                    struct finding **own)
{
    bool remembered = false;
    *own = NULL;
    if (findings->capacity == 0) {
        return false;
    }
    uint32_t hash = hash_of_finding(wanted);
    size_t bucket = hash & bucket_mask(findings);
    for (; findings->buckets[bucket].place; bucket = (bucket + 1) & bucket_mask(findings)) {
        struct finding *known = &findings->entries[findings->buckets[bucket].place - 1].known;
        if (findings->buckets[bucket].hash != hash || !same(known, wanted)) {
            continue;
        }
        remembered = remembered || !is_forgotten(findings, known);
        *own = known->source == wanted->source ? known : *own;
    }
    return remembered;
}

/* An entry that is there already: it carries the id from now on as far as the new one. */
static void carry(const struct findings *findings, struct finding *own, const struct finding *again)
{
    if (is_forgotten(findings, own)) {
        uint64_t sequence = own->sequence; /* new again, in its old place in the list */
        *own = *again;
        own->sequence = sequence;
    } else if (again->offset > own->offset) {
        own->offset = again->offset;
    }
}

void findings_foresee(const struct findings *findings, const struct signal *signal)
{
    if (findings->capacity > 0) {
        uint32_t hash = hash_of(&signal->finding, &signal->state_id, signal->fan_index);
        __builtin_prefetch(&findings->buckets[hash & bucket_mask(findings)]);
    }
}

enum findings_answer findings_add(struct findings *findings, const struct signal *signal,
                                  uint32_t source, uint64_t *dropped)
{
    struct finding finding = {
        .state_id = signal->state_id,
        .finding = signal->finding,
        .forgotten_us = horizon_end(findings, signal, source),
        .offset = signal->offset,
        .sequence = signal->sequence,
        .fan_index = signal->fan_index,
        .source = source,
    };
    struct finding *own;
    bool remembered = look_up(findings, &finding, &own);
    if (own) {
        carry(findings, own, &finding);
    } else if (!remembered || findings->repeats) {
        if (findings->count >= findings->count_max) {
            make_room(findings, dropped);
        }
        append(findings, &finding);
    }
    return remembered ? FINDINGS_REPEATED : FINDINGS_NEW;
}

const struct finding *findings_next(const struct findings *findings, uint32_t source,
                                    const struct finding *previous)
{
    if (!previous) {
        return first_of(findings, source);
    }
    const struct entry *entry = (const struct entry *)previous; /* its first member */
    return entry->next == no_entry ? NULL : &findings->entries[entry->next].known;
}

bool findings_restore(struct findings *findings, const struct finding *finding)
{
    struct finding *own;
    (void)look_up(findings, finding, &own);
    if (own) {
        return false;
    }
    append(findings, finding);
    return true;
}
