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

/* What is known of values of a running bucket without scoring them, by a group that has learned so
 * many buckets. It spares work and decides nothing: it is not saved. */
struct bucket_calm {
    double until;     /* up to this value it does not alert */
    double not_until; /* up to this one it may */
    uint32_t learned; /* 0: nothing is known */
    uint8_t probes;   /* values tried that were not there */
    bool silent;      /* the group was silent before it */
};

struct bucket {
    int64_t start_us;
    uint64_t event_count;
    struct decimal number; /* of sum and error_ratio the sum, of relative_change the largest */
    bool has_negative;     /* one of the numbers was */
    double alerted_score;  /* of the last alert that it made before it was closed; 0: none */
    struct bucket_calm calm;
    int64_t shown_us;      /* the event that came first: an alert shows it */
    uint64_t shown_sequence;
    struct bucket_event newest;
    struct bucket_event only;    /* the first by time, while it is the only one */
    struct bucket_event *listed; /* else the first of them, at most OPERATOR_EVENTS_LISTED */
    uint32_t listed_count;
    uint32_t listed_capacity;
    struct distinct values; /* of distinct */
};

/* Zeroed: none. By time. */
struct buckets {
    struct bucket *items; /* the first that is open */
    uint32_t count;
    uint32_t capacity; /* from the first on */
    uint32_t dropped;  /* rooms before the first */
    uint32_t bytes;    /* that they take beside their structs */
};

/* The one that starts then, made when it is not there; NULL when there are too many. Stays until
 * the next call. */
struct bucket *buckets_at(struct buckets *buckets, int64_t start_us);
/* Takes in an event of one of the buckets. */
void buckets_add(struct buckets *buckets, struct bucket *bucket, enum correlation_metric metric,
                 const struct operator_event *event);
/* What its events come to; and as a double, which has the nearest. */
struct decimal bucket_value(const struct bucket *bucket, enum correlation_metric metric);
double bucket_number(const struct bucket *bucket, enum correlation_metric metric);
/* It is an estimate, or was rounded. */
bool bucket_is_approximate(const struct bucket *bucket, enum correlation_metric metric);
/* More events can only raise the value, as far as can be seen. */
bool bucket_only_grows(const struct bucket *bucket, enum correlation_metric metric);
/* Its first events by time, listed_count of them. */
const struct bucket_event *bucket_events(const struct bucket *bucket);
/* An event as an alert lists it. */
struct operator_event bucket_listed(const struct bucket_event *event);
/* Forgets the first of them. Its room stays for the next one. */
void buckets_drop_first(struct buckets *buckets);
/* Gives room back for which there may be no use soon. */
void buckets_trim(struct buckets *buckets);
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
