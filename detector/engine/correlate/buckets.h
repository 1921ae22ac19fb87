/* buckets.h: the buckets of time of one group that may still take events: what the events of each
 * come to, and the first of them. Inside this folder only. */
#ifndef ENGINE_CORRELATE_BUCKETS_H
#define ENGINE_CORRELATE_BUCKETS_H

#include "engine/correlate/distinct.h"
#include "engine/correlate/operator.h"

/* Of a group; an event of one more is forgotten. */
enum { BUCKETS_OPEN_MAX = 512 };

/* Where an event came from. */
struct bucket_event {
    int64_t time_us;
    uint64_t sequence;
    uint64_t offset;
    struct digest finding;
    uint32_t source;
};

struct bucket {
    int64_t start_us;
    uint64_t event_count;
    struct decimal number; /* of sum and error_ratio the sum, of relative_change the largest */
    bool has_negative;     /* one of the numbers was */
    double alerted_score;  /* of the last alert that it made before it was closed; 0: none */
    int64_t shown_us;      /* the event that came first: an alert shows it */
    uint64_t shown_sequence;
    struct bucket_event newest;
    struct bucket_event *listed; /* the first by time, at most OPERATOR_EVENTS_LISTED */
    uint32_t listed_count;
    uint32_t listed_capacity;
    struct distinct values; /* of distinct */
};

/* Zeroed: none. By time. */
struct buckets {
    struct bucket *items;
    uint32_t count;
    uint32_t capacity;
};

/* The one that starts then, made when it is not there; NULL when there are too many. Stays until
 * the next call. */
struct bucket *buckets_at(struct buckets *buckets, int64_t start_us);
/* Takes in an event of the bucket. */
void bucket_add(struct bucket *bucket, enum correlation_metric metric,
                const struct operator_event *event);
/* What its events come to. */
struct decimal bucket_value(const struct bucket *bucket, enum correlation_metric metric);
/* It is an estimate, or was rounded. */
bool bucket_is_approximate(const struct bucket *bucket, enum correlation_metric metric);
/* More events can only raise the value, as far as can be seen. */
bool bucket_only_grows(const struct bucket *bucket, enum correlation_metric metric);
/* An event as an alert lists it. */
struct operator_event bucket_listed(const struct bucket_event *event);
/* Forgets the first of them. */
void buckets_drop_first(struct buckets *buckets);
/* Bytes beside the struct: a function of what was taken in. */
size_t buckets_bytes(const struct buckets *buckets);
/* Where an event came from, as bytes and back. */
void bucket_save_event(const struct bucket_event *event, struct buf *out);
struct bucket_event bucket_load_event(uint32_t source_count, struct unpacker *from);
/* All of them as bytes, and back into empty ones: `failed` unless it is what is saved under this
 * rule. */
void buckets_save(const struct buckets *buckets, const struct correlation *rule, struct buf *out);
void buckets_load(struct buckets *buckets, const struct correlation *rule, uint32_t source_count,
                  struct unpacker *from);
/* Forgets all of them, and gives back what they took. */
void buckets_release(struct buckets *buckets);

#endif
