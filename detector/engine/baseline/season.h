/* season.h: what is usual in each half hour of the day, of weekdays and of weekends. Only half
 * hours that were met take memory: a series begins without any. */
#ifndef ENGINE_BASELINE_SEASON_H
#define ENGINE_BASELINE_SEASON_H

#include "engine/baseline/baseline_constants.h"
#include "engine/decide/packer.h"

/* Half hours that are told apart; from so many visits on one follows at its lowest rate. */
enum { SEASON_SLOTS = BASELINE_DAY_CLASSES * BASELINE_SLOTS, SEASON_VISITS_MAX = 5 };

/* Zeroed: no half hour is known. The members are its own. Means are 32-bit numbers on purpose: they
 * follow quickly, and are relative to the first value of the series. */
struct season {
    uint64_t known[BASELINE_DAY_CLASSES]; /* half hours of each, a bit each */
    unsigned char *slots; /* of those known, in order: the means, then the visits */
    uint32_t capacity;
    uint32_t count; /* of those known */
};

/* The half hour of a time: after those of weekdays those of Saturdays and Sundays. */
size_t season_slot(int64_t time_us);
/* How often it was met, as far as that matters; 0: never. */
uint8_t season_visits(const struct season *season, size_t slot);
/* Its mean, relative to the first value; false when it was never met: *mean is untouched. */
MUST_USE bool season_mean(const struct season *season, size_t slot, double *mean);
/* Takes in a value of a half hour. `first`: the first value of the series. */
void season_learn(struct season *season, size_t slot, double first, double value);
/* Takes in `count` zeros, the first of them at a time and `step_us` (above 0) apart: those of the
 * last week. */
void season_learn_zeros(struct season *season, double first, int64_t time_us, int64_t step_us,
                        uint64_t count);

/* Bytes beside the struct: a function of the half hours that were met. */
size_t season_bytes(const struct season *season);
/* A second one of the same, to be released too. */
struct season season_copy(const struct season *season);
/* Forgets all, and gives back what it took. */
void season_release(struct season *season);
/* All bits of it, and back into an empty one: `failed` unless it is one. */
void season_save(const struct season *season, struct buf *out);
void season_load(struct season *season, struct unpacker *from);

/* base^exponent, by multiplications alone: the same bits everywhere. */
double season_power(double base, uint64_t exponent);

#endif
