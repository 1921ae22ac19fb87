/* sources.c: names in the order heard of, with a hash table over them: every signal asks. With ids,
 * sources are partitions of topics, which are few: one, unless its name was changed. */
#include "engine/decide/sources.h"

#include "base/check.h"

#include <stdlib.h>

enum { BUCKETS_MIN = 64 };

struct source {
    struct span name;
    uint64_t hash;
    uint32_t clock;
    uint32_t topic;       /* with ids */
    int64_t watermark_us; /* of a clock */
    bool idle;            /* the same */
    uint64_t floor;
};

struct topic {
    struct span name;    /* lies in that of its first source */
    uint32_t heard;      /* partitions, whatever their ids */
    uint32_t partitions; /* as told; 0: nobody did */
};

/* `buckets` hold numbers + 1, 0 for none, with linear probing; at most half of them in use. */
struct sources {
    bool with_ids;
    struct source *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t *buckets;
    size_t bucket_count; /* a power of two */
    struct topic *topics; /* with ids, in the order heard of */
    uint32_t topic_count;
    uint32_t last;       /* asked for last: signals come in runs */
    int64_t low_us;      /* how far all clocks have come */
};

static void *resize(void *memory, size_t count, size_t size)
{
    void *resized = realloc(memory, count * size);
    if (!resized) {
        check_memory_exhausted(count * size);
    }
    return resized;
}

static uint32_t *buckets_new(size_t count)
{
    uint32_t *buckets = calloc(count, sizeof *buckets);
    if (!buckets) {
        check_memory_exhausted(count * sizeof *buckets);
    }
    return buckets;
}

struct sources *sources_new(bool with_ids)
{
    struct sources *sources = calloc(1, sizeof *sources);
    if (!sources) {
        check_memory_exhausted(sizeof *sources);
    }
    sources->with_ids = with_ids;
    sources->low_us = INT64_MIN;
    sources->bucket_count = BUCKETS_MIN;
    sources->buckets = buckets_new(BUCKETS_MIN);
    return sources;
}

void sources_free(struct sources **sources)
{
    struct sources *ended = *sources;
    if (!ended) {
        return;
    }
    for (uint32_t i = 0; i < ended->count; i++) {
        free((char *)(uintptr_t)ended->items[i].name.ptr);
    }
    free(ended->items);
    free(ended->topics);
    free(ended->buckets);
    free(ended);
    *sources = NULL;
}

uint32_t sources_count(const struct sources *sources)
{
    return sources->count;
}

static bool is_named(const struct source *source, struct span name, uint64_t hash)
{
    return source->hash == hash && span_equals(source->name, name);
}

/* The bucket of a name, or the empty one where it belongs. */
static size_t bucket_of(const struct sources *sources, struct span name, uint64_t hash)
{
    size_t mask = sources->bucket_count - 1;
    size_t bucket = hash & mask;
    while (sources->buckets[bucket] &&
           !is_named(&sources->items[sources->buckets[bucket] - 1], name, hash)) {
        bucket = (bucket + 1) & mask;
    }
    return bucket;
}

uint32_t sources_find(const struct sources *sources, struct span name)
{
    uint32_t number = sources->buckets[bucket_of(sources, name, span_hash(name))];
    return number ? number - 1 : sources->count;
}

static void grow_buckets(struct sources *sources)
{
    free(sources->buckets);
    sources->bucket_count *= 2;
    sources->buckets = buckets_new(sources->bucket_count);
    for (uint32_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->items[i];
        sources->buckets[bucket_of(sources, source->name, source->hash)] = i + 1;
    }
}

/* A name without the id of what it names. */
static struct span without_id(struct span name)
{
    size_t length = name.len;
    while (length > 0 && name.ptr[length - 1] != '#') {
        length--;
    }
    return length > 0 ? span_of(name.ptr, length) : name;
}

/* The first source that differs in its id alone; the new one itself without any. New sources are
 * rare: a look at each is cheap. */
static uint32_t find_clock(const struct sources *sources, struct span name)
{
    uint32_t clock = 0;
    while (sources->with_ids && clock < sources->count &&
           !span_equals(without_id(sources->items[clock].name), without_id(name))) {
        clock++;
    }
    return sources->with_ids ? clock : sources->count;
}

/* The topic of a partition "topic/partition#id". */
static struct span topic_name(struct span name)
{
    size_t length = without_id(name).len;
    while (length > 0 && name.ptr[length - 1] != '/') {
        length--;
    }
    return span_of(name.ptr, length);
}

/* Its topic hears of a new source; with its name as it is kept. */
static uint32_t enter_topic(struct sources *sources, struct span name, bool is_clock)
{
    struct span wanted = topic_name(name);
    uint32_t number = 0;
    if (!sources->with_ids) {
        return 0;
    }
    while (number < sources->topic_count && !span_equals(sources->topics[number].name, wanted)) {
        number++;
    }
    if (number == sources->topic_count) {
        sources->topics = resize(sources->topics, number + 1, sizeof *sources->topics);
        sources->topics[number] = (struct topic){.name = wanted};
        sources->topic_count++;
    }
    sources->topics[number].heard += is_clock;
    return number;
}

static uint32_t add(struct sources *sources, struct span name)
{
    uint32_t number = sources->count;
    if (number == SOURCES_MAX) {
        return SOURCES_MAX;
    }
    if (number == sources->capacity) {
        sources->capacity = number ? 2 * number : BUCKETS_MIN;
        sources->items = resize(sources->items, sources->capacity, sizeof *sources->items);
    }
    if (2 * (sources->count + 1) > sources->bucket_count) {
        grow_buckets(sources);
    }
    char *copy = resize(NULL, name.len + 1, 1);
    if (name.len) {
        memcpy(copy, name.ptr, name.len);
    }
    struct source *source = &sources->items[number];
    *source = (struct source){
        .name = span_of(copy, name.len),
        .hash = span_hash(name),
        .clock = find_clock(sources, name),
        .watermark_us = INT64_MIN,
    };
    source->topic = enter_topic(sources, source->name, source->clock == number);
    sources->buckets[bucket_of(sources, source->name, source->hash)] = number + 1;
    sources->count++;
    return number;
}

uint32_t sources_intern(struct sources *sources, struct span name)
{
    if (sources->last < sources->count && span_equals(sources->items[sources->last].name, name)) {
        return sources->last;
    }
    uint32_t number = sources_find(sources, name);
    number = number < sources->count ? number : add(sources, name);
    sources->last = number;
    return number;
}

struct span sources_name(const struct sources *sources, uint32_t source)
{
    return sources->items[source].name;
}

uint32_t sources_clock(const struct sources *sources, uint32_t source)
{
    return sources->items[source].clock;
}

int64_t sources_watermark(const struct sources *sources, uint32_t source)
{
    return sources->items[sources->items[source].clock].watermark_us;
}

bool sources_is_idle(const struct sources *sources, uint32_t source)
{
    return sources->items[sources->items[source].clock].idle;
}

static bool all_heard(const struct sources *sources)
{
    uint32_t number = 0;
    while (number < sources->topic_count &&
           sources->topics[number].heard >= sources->topics[number].partitions) {
        number++;
    }
    return number == sources->topic_count;
}

/* How far all have come by what they say now. */
static int64_t reached(const struct sources *sources)
{
    if (!all_heard(sources)) {
        return INT64_MIN;
    }
    int64_t lowest_us = INT64_MAX;
    int64_t highest_us = INT64_MIN;
    bool all_idle = true;
    for (uint32_t i = 0; i < sources->count; i++) {
        const struct source *each = &sources->items[i];
        if (each->clock != i) {
            continue;
        }
        highest_us = each->watermark_us > highest_us ? each->watermark_us : highest_us;
        if (!each->idle) {
            lowest_us = each->watermark_us < lowest_us ? each->watermark_us : lowest_us;
            all_idle = false;
        }
    }
    return all_idle ? highest_us : lowest_us;
}

void sources_expect(struct sources *sources, uint32_t source, uint32_t partitions)
{
    if (sources->with_ids) {
        struct topic *topic = &sources->topics[sources->items[source].topic];
        topic->partitions = partitions > topic->partitions ? partitions : topic->partitions;
    }
}

void sources_hear(struct sources *sources, uint32_t source, int64_t watermark_us, bool idle)
{
    struct source *clock = &sources->items[sources->items[source].clock];
    bool held_back = !clock->idle && clock->watermark_us <= sources->low_us;
    bool changed = idle != clock->idle || (idle && watermark_us > clock->watermark_us);
    clock->idle = idle;
    if (watermark_us > clock->watermark_us) {
        clock->watermark_us = watermark_us;
        changed = changed || held_back;
    }
    if (changed) {
        sources_restore_low(sources, sources->low_us);
    }
}

void sources_restore(struct sources *sources, uint32_t source, int64_t watermark_us, bool idle)
{
    sources->items[source].watermark_us = watermark_us;
    sources->items[source].idle = idle;
}

uint32_t sources_topic_count(const struct sources *sources)
{
    return sources->topic_count;
}

uint32_t sources_topic_partitions(const struct sources *sources, uint32_t topic)
{
    return sources->topics[topic].partitions;
}

void sources_restore_topic(struct sources *sources, uint32_t topic, uint32_t partitions)
{
    sources->topics[topic].partitions = partitions;
}

void sources_restore_low(struct sources *sources, int64_t low_us)
{
    int64_t now_us = reached(sources);
    sources->low_us = now_us > low_us ? now_us : low_us;
}

int64_t sources_low(const struct sources *sources)
{
    return sources->low_us;
}

uint64_t sources_floor(const struct sources *sources, uint32_t source)
{
    return sources->items[source].floor;
}

void sources_raise(struct sources *sources, uint32_t source, uint64_t floor)
{
    if (floor > sources->items[source].floor) {
        sources->items[source].floor = floor;
    }
}
