/* episodes.c: two ways to one episode: a hash table by policy and group, and a heap a source by the
 * time of its end. */
#include "engine/decide/episodes.h"

#include "base/check.h"

#include <stdlib.h>

enum { BUCKETS_MIN = 64 };

/* A binary heap: the episode that ends first stands at place 0. */
struct heap {
    struct episode **items;
    size_t count;
    size_t capacity;
};

/* `buckets` are found by linear probing, at most half of them in use. */
struct episodes {
    struct episode **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    size_t bytes;
    struct heap *heaps; /* by source */
    size_t heap_count;
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

struct episodes *episodes_new(void)
{
    struct episodes *episodes = allocate(1, sizeof *episodes);
    episodes->bucket_count = BUCKETS_MIN;
    episodes->buckets = allocate(BUCKETS_MIN, sizeof *episodes->buckets);
    return episodes;
}

void episodes_free(struct episodes **episodes)
{
    struct episodes *ended = *episodes;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->heap_count; i++) {
        for (size_t k = 0; k < ended->heaps[i].count; k++) {
            free(ended->heaps[i].items[k]);
        }
        free(ended->heaps[i].items);
    }
    free(ended->heaps);
    free(ended->buckets);
    free(ended);
    *episodes = NULL;
}

size_t episodes_count(const struct episodes *episodes)
{
    return episodes->count;
}

size_t episodes_bytes(const struct episodes *episodes)
{
    return episodes->bytes;
}

/* The order in which episodes of one source are closed. */
/* Ties are broken by what is the same in every run: a replay must close in the same order. */
static bool ends_before(const struct episode *a, const struct episode *b)
{
    if (a->end_us != b->end_us) {
        return a->end_us < b->end_us;
    }
    int order = memcmp(a->opening.state_id.bytes, b->opening.state_id.bytes, DIGEST_BYTES);
    return order ? order < 0 : span_compare(a->opening.group_key, b->opening.group_key) < 0;
}

static void put(struct heap *heap, size_t place, struct episode *episode)
{
    heap->items[place] = episode;
    episode->heap_place = place;
}

static void sift_up(struct heap *heap, size_t place, struct episode *episode)
{
    while (place > 0 && ends_before(episode, heap->items[(place - 1) / 2])) {
        put(heap, place, heap->items[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(heap, place, episode);
}

static void sift_down(struct heap *heap, size_t place, struct episode *episode)
{
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < heap->count && ends_before(heap->items[child + 1], heap->items[child])) {
            child++;
        }
        if (child >= heap->count || !ends_before(heap->items[child], episode)) {
            break;
        }
        put(heap, place, heap->items[child]);
        place = child;
    }
    put(heap, place, episode);
}

static void heap_add(struct heap *heap, struct episode *episode)
{
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity ? 2 * heap->capacity : BUCKETS_MIN;
        heap->items = resize(heap->items, heap->capacity, sizeof *heap->items);
    }
    sift_up(heap, heap->count++, episode);
}

static void heap_remove(struct heap *heap, size_t place)
{
    struct episode *moved = heap->items[--heap->count];
    if (place == heap->count) {
        return;
    }
    if (place > 0 && ends_before(moved, heap->items[(place - 1) / 2])) {
        sift_up(heap, place, moved);
    } else {
        sift_down(heap, place, moved);
    }
}

static struct heap *heap_of(struct episodes *episodes, uint32_t source)
{
    if (source >= episodes->heap_count) {
        size_t count = (size_t)source + 1;
        episodes->heaps = resize(episodes->heaps, count, sizeof *episodes->heaps);
        memset(episodes->heaps + episodes->heap_count, 0,
               (count - episodes->heap_count) * sizeof *episodes->heaps);
        episodes->heap_count = count;
    }
    return &episodes->heaps[source];
}

static uint64_t hash_of(const struct signal *signal)
{
    uint64_t state;
    memcpy(&state, signal->state_id.bytes, sizeof state);
    return state ^ span_hash(signal->group_key);
}

static bool is_for(const struct episode *episode, const struct signal *signal, uint64_t hash)
{
    return episode->hash == hash &&
           digest_equals(&episode->opening.state_id, &signal->state_id) &&
           span_equals(episode->opening.group_key, signal->group_key);
}

/* The bucket of the signal's episode, or the empty one where it belongs. */
static size_t bucket_of(const struct episodes *episodes, const struct signal *signal, uint64_t hash)
{
    size_t mask = episodes->bucket_count - 1;
    size_t bucket = hash & mask;
    while (episodes->buckets[bucket] && !is_for(episodes->buckets[bucket], signal, hash)) {
        bucket = (bucket + 1) & mask;
    }
    return bucket;
}

struct episode *episodes_find(const struct episodes *episodes, const struct signal *signal)
{
    return episodes->buckets[bucket_of(episodes, signal, hash_of(signal))];
}

static void grow_buckets(struct episodes *episodes)
{
    struct episode **old = episodes->buckets;
    size_t old_count = episodes->bucket_count;
    episodes->bucket_count *= 2;
    episodes->buckets = allocate(episodes->bucket_count, sizeof *episodes->buckets);
    for (size_t i = 0; i < old_count; i++) {
        if (old[i]) {
            episodes->buckets[bucket_of(episodes, &old[i]->opening, old[i]->hash)] = old[i];
        }
    }
    free(old);
}

/* Copies a text to *at and moves *at behind it. */
static struct span store_text(char **at, struct span text)
{
    struct span copy = span_of(*at, text.len);
    if (text.len) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return copy;
}

/* An episode in one piece of memory with the texts of its opening signal. */
static struct episode *episode_new(const struct signal *signal, struct span correlation)
{
    size_t text_bytes = signal->policy_id.len + signal->group_key.len + signal->severity.len +
                        signal->source.len + signal->body.len + correlation.len;
    size_t bytes = sizeof(struct episode) + text_bytes;
    struct episode *episode = allocate(1, bytes);
    char *at = (char *)(episode + 1);
    episode->opening = *signal;
    episode->opening.policy_id = store_text(&at, signal->policy_id);
    episode->opening.group_key = store_text(&at, signal->group_key);
    episode->opening.severity = store_text(&at, signal->severity);
    episode->opening.source = store_text(&at, signal->source);
    episode->opening.body = store_text(&at, signal->body);
    episode->opening.correlation = episode->opening.value = span_of(NULL, 0);
    episode->opening.inner = span_of(NULL, 0);
    episode->correlation = store_text(&at, correlation);
    episode->bytes = bytes;
    return episode;
}

struct episode *episodes_open(struct episodes *episodes, const struct signal *signal,
                              struct span correlation, uint32_t source)
{
    struct episode *episode = episode_new(signal, correlation);
    episode->source = source;
    episode->hash = hash_of(signal);
    if (__builtin_add_overflow(signal->event_time_us, signal->episode_us, &episode->end_us)) {
        episode->end_us = INT64_MAX;
    }
    if (2 * (episodes->count + 1) > episodes->bucket_count) {
        grow_buckets(episodes);
    }
    size_t bucket = bucket_of(episodes, signal, episode->hash);
    check(!episodes->buckets[bucket]);
    episodes->buckets[bucket] = episode;
    heap_add(heap_of(episodes, source), episode);
    episodes->count++;
    episodes->bytes += episode->bytes;
    return episode;
}

/* Empties a bucket and moves up what probing would no longer find. */
static void empty_bucket(struct episodes *episodes, size_t bucket)
{
    size_t mask = episodes->bucket_count - 1;
    episodes->buckets[bucket] = NULL;
    for (size_t next = (bucket + 1) & mask; episodes->buckets[next]; next = (next + 1) & mask) {
        size_t home = episodes->buckets[next]->hash & mask;
        if (((next - home) & mask) >= ((next - bucket) & mask)) {
            episodes->buckets[bucket] = episodes->buckets[next];
            episodes->buckets[next] = NULL;
            bucket = next;
        }
    }
}

void episodes_close(struct episodes *episodes, struct episode *episode)
{
    empty_bucket(episodes, bucket_of(episodes, &episode->opening, episode->hash));
    heap_remove(&episodes->heaps[episode->source], episode->heap_place);
    episodes->count--;
    episodes->bytes -= episode->bytes;
    free(episode);
}

struct episode *episodes_next(const struct episodes *episodes, uint32_t source)
{
    bool any = source < episodes->heap_count && episodes->heaps[source].count > 0;
    return any ? episodes->heaps[source].items[0] : NULL;
}

struct episode *episodes_next_of_all(const struct episodes *episodes)
{
    struct episode *next = NULL;
    for (size_t i = 0; i < episodes->heap_count; i++) {
        struct episode *candidate = episodes_next(episodes, (uint32_t)i);
        if (candidate && (!next || ends_before(candidate, next))) {
            next = candidate;
        }
    }
    return next;
}

int episodes_compare(const struct episode *a, const struct episode *b)
{
    if (a->source != b->source) {
        return a->source < b->source ? -1 : 1;
    }
    return ends_before(a, b) ? -1 : ends_before(b, a);
}

static int compare_places(const void *a, const void *b)
{
    return episodes_compare(*(const struct episode *const *)a, *(const struct episode *const *)b);
}

void episodes_list(const struct episodes *episodes, const struct episode **out)
{
    size_t count = 0;
    for (size_t i = 0; i < episodes->bucket_count; i++) {
        if (episodes->buckets[i]) {
            out[count++] = episodes->buckets[i];
        }
    }
    if (count > 1) {
        qsort(out, count, sizeof *out, compare_places);
    }
}
