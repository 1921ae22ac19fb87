/* season.c: a half hour is found by counting the known ones before it. */
#include "engine/baseline/season.h"

#include "base/check.h"

#include <math.h>
#include <stdlib.h>

enum { MICROSECONDS = 1000000 };
enum { SLOT_BYTES = sizeof(float) + sizeof(uint8_t), CAPACITY_MIN = 3 };

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

size_t season_slot(int64_t time_us)
{
    const int64_t slot = floor_divide(time_us, (int64_t)BASELINE_SLOT_SECONDS * MICROSECONDS);
    const int64_t day = floor_divide(slot, BASELINE_SLOTS);
    const int64_t weekday = (day % 7 + 7 + 4) % 7; /* 0: Sunday; the first of 1970 was Thursday */
    const bool is_weekend = weekday == 0 || weekday == 6;
    return (size_t)(slot - day * BASELINE_SLOTS) + (is_weekend ? BASELINE_SLOTS : 0);
}

/* -- the slots that are known */

static uint64_t bit_of(size_t slot)
{
    return UINT64_C(1) << slot % BASELINE_SLOTS;
}

static bool is_known(const struct season *season, size_t slot)
{
    return season->known[slot / BASELINE_SLOTS] & bit_of(slot);
}

static size_t bits(uint64_t known)
{
    return (size_t)__builtin_popcountll(known);
}

/* How many known ones lie before it. */
static size_t place_of(const struct season *season, size_t slot)
{
    size_t class = slot / BASELINE_SLOTS;
    return (class > 0 ? bits(season->known[0]) : 0) +
           bits(season->known[class] & (bit_of(slot) - 1));
}

static uint8_t *visits_of(const struct season *season, uint32_t capacity)
{
    return season->slots + capacity * sizeof(float);
}

static float mean_at(const struct season *season, size_t place)
{
    float mean;
    memcpy(&mean, season->slots + place * sizeof mean, sizeof mean);
    return mean;
}

static void set_mean(struct season *season, size_t place, float mean)
{
    memcpy(season->slots + place * sizeof mean, &mean, sizeof mean);
}

static void reserve(struct season *season, size_t count)
{
    uint32_t capacity = season->capacity ? 2 * season->capacity : CAPACITY_MIN;
    if (count < season->capacity) {
        return;
    }
    unsigned char *slots = realloc(season->slots, (size_t)capacity * SLOT_BYTES);
    if (!slots) {
        check_memory_exhausted((size_t)capacity * SLOT_BYTES);
    }
    season->slots = slots;
    memmove(visits_of(season, capacity), visits_of(season, season->capacity), count);
    season->capacity = capacity;
}

/* Makes a slot known; its mean and visits are to be set. */
static void insert(struct season *season, size_t slot)
{
    size_t count = season->count++;
    size_t place = place_of(season, slot);
    reserve(season, count);
    uint8_t *visits = visits_of(season, season->capacity);
    unsigned char *mean = season->slots + place * sizeof(float);
    memmove(mean + sizeof(float), mean, (count - place) * sizeof(float));
    memmove(visits + place + 1, visits + place, count - place);
    visits[place] = 0;
    season->known[slot / BASELINE_SLOTS] |= bit_of(slot);
}

uint8_t season_visits(const struct season *season, size_t slot)
{
    return is_known(season, slot) ? visits_of(season, season->capacity)[place_of(season, slot)] : 0;
}

bool season_mean(const struct season *season, size_t slot, double *mean)
{
    bool known = is_known(season, slot);
    if (known) {
        *mean = (double)mean_at(season, place_of(season, slot));
    }
    return known;
}

/* -- learning */

void season_learn(struct season *season, size_t slot, double first, double value)
{
    double mean = value;
    if (!is_known(season, slot)) {
        insert(season, slot);
    }
    size_t place = place_of(season, slot);
    uint8_t *visits = visits_of(season, season->capacity) + place;
    if (*visits > 0) {
        double rate_now = 1.0 / (*visits + 1);
        rate_now = rate_now > BASELINE_SEASON_RATE ? rate_now : BASELINE_SEASON_RATE;
        mean = first + (double)mean_at(season, place);
        mean += rate_now * (value - mean);
    }
    set_mean(season, place, (float)(mean - first));
    if (*visits < SEASON_VISITS_MAX) {
        ++*visits;
    }
}

double season_power(double base, uint64_t exponent)
{
    double result = 1;
    for (; exponent > 0; exponent >>= 1, base *= base) {
        result *= exponent & 1 ? base : 1;
    }
    return result;
}

/* A half hour of so many zeros. */
static void learn_zeros(struct season *season, size_t slot, double first, uint64_t visits)
{
    for (; visits > 0 && season_visits(season, slot) < SEASON_VISITS_MAX; visits--) {
        season_learn(season, slot, first, 0);
    }
    size_t place = place_of(season, slot);
    double mean = first + (double)mean_at(season, place);
    mean *= season_power(1 - BASELINE_SEASON_RATE, visits);
    set_mean(season, place, (float)(mean - first));
}

void season_learn_zeros(struct season *season, double first, int64_t time_us, int64_t step_us,
                        uint64_t count)
{
    const int64_t slot_us = (int64_t)BASELINE_SLOT_SECONDS * MICROSECONDS;
    const uint64_t last =
        (uint64_t)((int64_t)BASELINE_SILENT_SEASON_SECONDS * MICROSECONDS / step_us);
    if (count > last) {
        time_us += (int64_t)(count - last) * step_us;
        count = last;
    }
    while (count > 0) {
        int64_t slot_end_us = (floor_divide(time_us, slot_us) + 1) * slot_us;
        uint64_t visits = (uint64_t)((slot_end_us - time_us + step_us - 1) / step_us);
        visits = visits < count ? visits : count;
        learn_zeros(season, season_slot(time_us), first, visits);
        time_us += (int64_t)visits * step_us;
        count -= visits;
    }
}

/* -- the rest */

size_t season_bytes(const struct season *season)
{
    return (size_t)season->count * SLOT_BYTES;
}

struct season season_copy(const struct season *season)
{
    struct season copy = *season;
    size_t bytes = (size_t)season->capacity * SLOT_BYTES;
    if (bytes > 0) {
        copy.slots = malloc(bytes);
        if (!copy.slots) {
            check_memory_exhausted(bytes);
        }
        memcpy(copy.slots, season->slots, bytes);
    }
    return copy;
}

void season_release(struct season *season)
{
    free(season->slots);
    *season = (struct season){0};
}

void season_save(const struct season *season, struct buf *out)
{
    for (size_t slot = 0; slot < SEASON_SLOTS; slot++) {
        uint8_t visits = season_visits(season, slot);
        pack_u8(out, visits);
        if (visits) {
            float mean = mean_at(season, place_of(season, slot));
            uint32_t number;
            memcpy(&number, &mean, sizeof number);
            pack_u32(out, number);
        }
    }
}

static void load_slot(struct season *season, size_t slot, uint8_t visits, struct unpacker *from)
{
    uint32_t number = unpack_u32(from);
    float mean;
    memcpy(&mean, &number, sizeof mean);
    unpack_expect(from, visits <= SEASON_VISITS_MAX && isfinite(mean));
    if (!from->failed) {
        insert(season, slot);
        set_mean(season, place_of(season, slot), mean);
        visits_of(season, season->capacity)[place_of(season, slot)] = visits;
    }
}

void season_load(struct season *season, struct unpacker *from)
{
    for (size_t slot = 0; slot < SEASON_SLOTS && !from->failed; slot++) {
        uint8_t visits = unpack_u8(from);
        if (visits > 0) {
            load_slot(season, slot, visits, from);
        }
    }
}
