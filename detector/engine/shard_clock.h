/* shard_clock.h: the watermark of a stream that mixes shards (a Kafka partition, a Kinesis stream):
 * the oldest of the newest event times of its shards (recovery-rules.md, rule 7). A pure function
 * of the records seen, in their order, and of the fetches that found the end: whoever has read the
 * same records has the same watermark. It travels as text in the metadata of a commit.
 *
 * A shard counts while it was seen within the last minute of arrival time; time is what the newest
 * arrival of any shard says, never this machine's clock. */
#ifndef ENGINE_SHARD_CLOCK_H
#define ENGINE_SHARD_CLOCK_H

#include "base/buf.h"
#include "base/status.h"

enum {
    SHARD_CLOCK_SEEN_US = 60 * 1000 * 1000, /* a shard counts for so long after it was seen */
    SHARD_CLOCK_TEXT_MIN = 64,              /* least room that shard_clock_encode needs */
};

struct shard_clock;

/* Has seen nothing. idle_after_us: how long the end must be found, without a record, before time
 * goes on without records; 0 or more. */
struct shard_clock *shard_clock_new(int64_t idle_after_us);
/* Sets *clock to NULL. */
void shard_clock_free(struct shard_clock **clock);
/* Forgets all that was seen. */
void shard_clock_reset(struct shard_clock *clock);

/* A record of a shard (any name; empty where there are none), in the order of the stream.
 * event_us: its event time, clamped to arrival by the caller; arrival_us: when it came to the
 * source (event_us where that is not told). Takes no memory for a shard that is known. */
void shard_clock_see(struct shard_clock *clock, struct span shard, int64_t event_us,
                     int64_t arrival_us);
/* A fetch begun at fetched_us found that all was read. The first one after a record begins a quiet
 * stretch; once that is idle_after long the watermark follows: fetched_us - idle_after. */
void shard_clock_idle(struct shard_clock *clock, int64_t fetched_us);

/* The watermark now; INT64_MIN while it is unknown: nothing was seen, or the text that was decoded
 * had no room for all shards, and less than a minute of arrival time was seen since. It may fall
 * when a slow shard comes back; whoever tells it keeps the highest. Usually costs nothing, at worst
 * a look at each shard. */
int64_t shard_clock_watermark(struct shard_clock *clock);
/* Shards that count now. */
size_t shard_clock_count(const struct shard_clock *clock);

/* Appends what is known as text of at most `room` bytes (SHARD_CLOCK_TEXT_MIN or more): letters,
 * digits, "-_". Where that is too little for the shards, none of them is told: who takes that over
 * has, after a minute of arrival time, the same watermark or a lower one, never a higher. The same
 * state gives the same text. */
void shard_clock_encode(struct shard_clock *clock, size_t room, struct buf *out);
/* Takes over what shard_clock_encode wrote. STATUS_INVALID, with *clock untouched, for anything
 * else. */
MUST_USE enum status shard_clock_decode(struct shard_clock *clock, struct span text);

#endif
