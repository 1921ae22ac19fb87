/* shard_clock.c: a short table of shards, and the least of their newest times kept until one of the
 * things happens that can raise it. */
#include "engine/shard_clock.h"

#include "base/check.h"
#include "base/digest.h"

#include <stdlib.h>

enum {
    SHARDS_MIN = 16,
    ID_CHARS = 8,       /* of 6 bits: two of 200 shards share an id once in 10^10 streams */
    CHAR_BITS = 6,
    NUMBER_BITS = 5,    /* of a character; the sixth says that more follow */
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char version_mark = '1';

struct shard {
    uint64_t hash;  /* of its name; 0 with a name not heard since it was decoded */
    struct span name;
    uint64_t id;    /* 48 bits: what is left of the name in the text */
    int64_t event_us;
    int64_t seen_us; /* the newest arrival of all when it was seen last */
};

struct shard_clock {
    struct shard *shards;
    size_t count;
    size_t capacity;
    size_t last;         /* seen last; records come in runs */
    int64_t arrival_us;  /* newest of all; INT64_MIN before the first */
    int64_t known_us;    /* arrival from which all shards that count are known */
    int64_t least_us;    /* the least event_us, while is_fresh */
    int64_t expiry_us;   /* no shard stops counting before this arrival */
    bool is_fresh;
    int64_t idle_after_us;
    int64_t quiet_us;    /* the first fetch that found the end; INT64_MIN after a record */
    int64_t idle_us;     /* watermark by quiet alone */
};

void shard_clock_reset(struct shard_clock *clock)
{
    for (size_t i = 0; i < clock->count; i++) {
        free((char *)(uintptr_t)clock->shards[i].name.ptr);
    }
    *clock = (struct shard_clock){
        .shards = clock->shards,
        .capacity = clock->capacity,
        .arrival_us = INT64_MIN,
        .known_us = INT64_MIN,
        .idle_after_us = clock->idle_after_us,
        .quiet_us = INT64_MIN,
        .idle_us = INT64_MIN,
    };
}

struct shard_clock *shard_clock_new(int64_t idle_after_us)
{
    struct shard_clock *clock = calloc(1, sizeof *clock);
    if (!clock) {
        check_memory_exhausted(sizeof *clock);
    }
    check(idle_after_us >= 0);
    clock->idle_after_us = idle_after_us;
    shard_clock_reset(clock);
    return clock;
}

void shard_clock_free(struct shard_clock **clock)
{
    if (*clock) {
        shard_clock_reset(*clock);
        free((*clock)->shards);
        free(*clock);
        *clock = NULL;
    }
}

/* a - b, at most what fits. */
static int64_t minus(int64_t a, int64_t b)
{
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference)) {
        return b < 0 ? INT64_MAX : INT64_MIN;
    }
    return difference;
}

/* A shard stops counting at this arrival. */
static int64_t expiry_of(const struct shard *shard)
{
    return minus(shard->seen_us, -(int64_t)SHARD_CLOCK_SEEN_US);
}

/* Forgets what does not count any more, and finds the least time of the others. */
static void refresh(struct shard_clock *clock)
{
    size_t kept = 0;
    clock->least_us = INT64_MAX;
    clock->expiry_us = INT64_MAX;
    for (size_t i = 0; i < clock->count; i++) {
        struct shard shard = clock->shards[i];
        int64_t expiry_us = expiry_of(&shard);
        if (expiry_us <= clock->arrival_us) {
            free((char *)(uintptr_t)shard.name.ptr);
            continue;
        }
        clock->least_us = shard.event_us < clock->least_us ? shard.event_us : clock->least_us;
        clock->expiry_us = expiry_us < clock->expiry_us ? expiry_us : clock->expiry_us;
        clock->shards[kept++] = shard;
    }
    clock->count = kept;
    clock->last = 0;
    clock->is_fresh = true;
}

static uint64_t id_of(struct span name)
{
    struct digest_state state;
    uint64_t id = 0;
    digest_init(&state);
    digest_field(&state, name);
    struct digest digest = digest_finish(&state);
    for (size_t i = 0; i < ID_CHARS * CHAR_BITS / 8; i++) {
        id = id << 8 | digest.bytes[i];
    }
    return id;
}

static struct shard *append(struct shard_clock *clock, struct shard shard)
{
    if (clock->count == clock->capacity) {
        size_t capacity = clock->capacity ? 2 * clock->capacity : SHARDS_MIN;
        struct shard *shards = realloc(clock->shards, capacity * sizeof *shards);
        if (!shards) {
            check_memory_exhausted(capacity * sizeof *shards);
        }
        clock->shards = shards;
        clock->capacity = capacity;
    }
    clock->shards[clock->count] = shard;
    return &clock->shards[clock->count++];
}

/* A shard that is new, or known by its id alone. */
static struct shard *meet(struct shard_clock *clock, struct span name, uint64_t hash)
{
    uint64_t id = id_of(name);
    struct shard *shard = NULL;
    for (size_t i = 0; i < clock->count && !shard; i++) {
        shard = clock->shards[i].id == id ? &clock->shards[i] : NULL;
    }
    if (!shard) {
        refresh(clock); /* what is gone makes room first */
        shard = append(clock, (struct shard){.id = id, .seen_us = INT64_MIN});
    }
    char *copy = malloc(name.len + 1);
    if (!copy) {
        check_memory_exhausted(name.len + 1);
    }
    if (name.len) {
        memcpy(copy, name.ptr, name.len);
    }
    free((char *)(uintptr_t)shard->name.ptr);
    shard->name = span_of(copy, name.len);
    shard->hash = hash;
    return shard;
}

static bool is_named(const struct shard *shard, struct span name, uint64_t hash)
{
    return shard->hash == hash && shard->name.ptr && span_equals(shard->name, name);
}

static struct shard *find(struct shard_clock *clock, struct span name)
{
    uint64_t hash = span_hash(name);
    if (clock->last < clock->count && is_named(&clock->shards[clock->last], name, hash)) {
        return &clock->shards[clock->last];
    }
    struct shard *shard = NULL;
    for (size_t i = 0; i < clock->count && !shard; i++) {
        shard = is_named(&clock->shards[i], name, hash) ? &clock->shards[i] : NULL;
    }
    shard = shard ? shard : meet(clock, name, hash);
    clock->last = (size_t)(shard - clock->shards);
    return shard;
}

void shard_clock_see(struct shard_clock *clock, struct span shard_name, int64_t event_us,
                     int64_t arrival_us)
{
    if (arrival_us > clock->arrival_us) {
        clock->arrival_us = arrival_us;
    }
    clock->quiet_us = INT64_MIN;
    struct shard *shard = find(clock, shard_name);
    bool is_back = expiry_of(shard) <= clock->arrival_us; /* as if it had been forgotten already */
    if (is_back || event_us > shard->event_us) {
        clock->is_fresh = clock->is_fresh && !is_back && shard->event_us > clock->least_us;
        shard->event_us = event_us;
    }
    shard->seen_us = clock->arrival_us;
}

void shard_clock_idle(struct shard_clock *clock, int64_t fetched_us)
{
    if (clock->quiet_us == INT64_MIN) {
        clock->quiet_us = fetched_us;
    }
    int64_t idle_us = minus(fetched_us, clock->idle_after_us);
    if (idle_us >= clock->quiet_us && idle_us > clock->idle_us) {
        clock->idle_us = idle_us;
    }
}

static void be_fresh(struct shard_clock *clock)
{
    if (!clock->is_fresh || clock->arrival_us >= clock->expiry_us) {
        refresh(clock);
    }
}

int64_t shard_clock_watermark(struct shard_clock *clock)
{
    be_fresh(clock);
    bool known = clock->count > 0 && clock->arrival_us >= clock->known_us;
    return known && clock->least_us > clock->idle_us ? clock->least_us : clock->idle_us;
}

size_t shard_clock_count(const struct shard_clock *clock)
{
    size_t count = 0;
    for (size_t i = 0; i < clock->count; i++) {
        count += expiry_of(&clock->shards[i]) > clock->arrival_us;
    }
    return count;
}

/* -- as text: version, arrival, known from, idle, shards by id; times as differences */

/* Differences wrap around: added again they are exact for any two numbers. */
static int64_t wrapped_minus(int64_t a, int64_t b)
{
    uint64_t bits = (uint64_t)a - (uint64_t)b;
    int64_t difference;
    memcpy(&difference, &bits, sizeof bits);
    return difference;
}

/* Least significant digits first; the sign in the lowest bit. */
static void put_number(struct buf *out, int64_t number)
{
    uint64_t bits = (uint64_t)number << 1;
    bits = number < 0 ? ~bits : bits;
    do {
        unsigned digit = (unsigned)(bits & ((1u << NUMBER_BITS) - 1));
        bits >>= NUMBER_BITS;
        buf_append_char(out, alphabet[digit | (bits ? 1u << NUMBER_BITS : 0)]);
    } while (bits);
}

static void put_id(struct buf *out, uint64_t id)
{
    for (int i = ID_CHARS - 1; i >= 0; i--) {
        buf_append_char(out, alphabet[id >> (CHAR_BITS * i) & ((1u << CHAR_BITS) - 1)]);
    }
}

static int by_id(const void *a, const void *b)
{
    const struct shard *left = a;
    const struct shard *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static void encode(const struct shard_clock *clock, int64_t known_us, size_t count, struct buf *out)
{
    buf_append_char(out, version_mark);
    put_number(out, clock->arrival_us);
    put_number(out, known_us);
    put_number(out, clock->idle_us);
    put_number(out, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct shard *shard = &clock->shards[i];
        put_id(out, shard->id);
        put_number(out, wrapped_minus(clock->arrival_us, shard->event_us));
        put_number(out, wrapped_minus(clock->arrival_us, shard->seen_us));
    }
}

void shard_clock_encode(struct shard_clock *clock, size_t room, struct buf *out)
{
    size_t start = out->len;
    check(room >= SHARD_CLOCK_TEXT_MIN);
    refresh(clock);
    if (clock->count > 1) {
        qsort(clock->shards, clock->count, sizeof *clock->shards, by_id);
    }
    encode(clock, clock->known_us, clock->count, out);
    if (out->len - start > room) {
        /* who starts from here knows the shards that count when a minute has passed */
        int64_t known_us = minus(clock->arrival_us, -(int64_t)SHARD_CLOCK_SEEN_US);
        out->len = start;
        encode(clock, known_us, 0, out);
        check(out->len - start <= room);
    }
}

/* Takes one character's bits off the text. */
static bool take_bits(struct span *text, unsigned *out)
{
    const char *found = text->len ? memchr(alphabet, text->ptr[0], sizeof alphabet - 1) : NULL;
    if (!found) {
        return false;
    }
    *out = (unsigned)(found - alphabet);
    *text = span_of(text->ptr + 1, text->len - 1);
    return true;
}

static bool take_number(struct span *text, int64_t *out)
{
    uint64_t bits = 0;
    unsigned digit = 1u << NUMBER_BITS;
    for (unsigned shift = 0; digit >> NUMBER_BITS; shift += NUMBER_BITS) {
        if (shift >= 64 || !take_bits(text, &digit)) {
            return false;
        }
        bits |= (uint64_t)(digit & ((1u << NUMBER_BITS) - 1)) << shift;
    }
    uint64_t number = bits & 1 ? ~(bits >> 1) : bits >> 1;
    memcpy(out, &number, sizeof number);
    return true;
}

static bool take_shard(struct span *text, int64_t arrival_us, struct shard *out)
{
    int64_t event_age;
    int64_t seen_age;
    struct shard shard = {0};
    for (int i = 0; i < ID_CHARS; i++) {
        unsigned bits;
        if (!take_bits(text, &bits)) {
            return false;
        }
        shard.id = shard.id << CHAR_BITS | bits;
    }
    if (!take_number(text, &event_age) || !take_number(text, &seen_age) || seen_age < 0) {
        return false;
    }
    shard.event_us = wrapped_minus(arrival_us, event_age);
    shard.seen_us = wrapped_minus(arrival_us, seen_age);
    *out = shard;
    return true;
}

static bool decode(struct shard_clock *clock, struct span text)
{
    int64_t count;
    if (text.len == 0 || text.ptr[0] != version_mark) {
        return false;
    }
    text = span_of(text.ptr + 1, text.len - 1);
    if (!take_number(&text, &clock->arrival_us) || !take_number(&text, &clock->known_us) ||
        !take_number(&text, &clock->idle_us) || !take_number(&text, &count)) {
        return false;
    }
    for (int64_t i = 0; i < count; i++) {
        struct shard shard;
        if (!take_shard(&text, clock->arrival_us, &shard)) {
            return false;
        }
        (void)append(clock, shard);
    }
    return text.len == 0;
}

/* Written again it must be the same text: whatever else could be read is none of ours. */
static bool is_own_text(struct shard_clock *clock, struct span text)
{
    struct buf again = {0};
    for (size_t i = 1; i < clock->count; i++) {
        if (clock->shards[i - 1].id >= clock->shards[i].id) {
            return false;
        }
    }
    size_t room = text.len < SHARD_CLOCK_TEXT_MIN ? SHARD_CLOCK_TEXT_MIN : text.len;
    shard_clock_encode(clock, room, &again);
    bool same = span_equals(buf_view(&again), text);
    buf_deinit(&again);
    return same;
}

enum status shard_clock_decode(struct shard_clock *clock, struct span text)
{
    struct shard_clock *read = shard_clock_new(clock->idle_after_us);
    if (!decode(read, text) || !is_own_text(read, text)) {
        shard_clock_free(&read);
        return STATUS_INVALID;
    }
    struct shard_clock old = *clock;
    *clock = *read;
    *read = old;
    shard_clock_free(&read);
    return STATUS_OK;
}
