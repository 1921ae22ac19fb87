/* kafka_settings.h: how a client of Kafka is made: brokers, and any property of librdkafka. */
#ifndef KAFKA_KAFKA_SETTINGS_H
#define KAFKA_KAFKA_SETTINGS_H

#include "base/clock.h"
#include "base/span.h"

/* How records are fetched: gathered costs a fraction of the processor for some 10 ms of delay. */
enum kafka_profile { KAFKA_GATHERED, KAFKA_LOW_LATENCY };

/* What a client tells while it works. */
enum kafka_event {
    KAFKA_EVENT_LINE,    /* a line of librdkafka's own */
    KAFKA_EVENT_AWAY,    /* no broker can be reached; told once, tried again until one can */
    KAFKA_EVENT_REFUSED, /* a broker refuses who we say we are, or what we ask for; told once */
    KAFKA_EVENT_BACK,    /* a broker answers again after one of these; told once */
    KAFKA_EVENT_FENCED,  /* the group took us for another member of our name; we join anew */
    KAFKA_EVENT_FAILED,  /* something else that a person should know */
};

struct kafka_notice {
    enum kafka_event event;
    int severity; /* of a line: as syslog's, 3 error, 4 warning, 6 and 7 information */
    bool begins;  /* AWAY or REFUSED: until now brokers answered; BACK follows */
    struct span text;
};

/* Hears notices, in the thread that polls the client. */
struct kafka_listener {
    void *context;
    void (*tell)(void *context, const struct kafka_notice *notice); /* NULL: nobody listens */
};

struct kafka_property {
    struct span name; /* of librdkafka's configuration: "security.protocol" */
    struct span value;
};

/* Copied by what is made from it. Properties override our defaults; those of another kind of
 * client are passed over; those that our promises rest on are refused. */
struct kafka_settings {
    struct span brokers;   /* "host:port,host:port" */
    struct span client_id; /* "deltaward-detect" */
    const struct kafka_property *properties;
    size_t property_count;
    enum kafka_profile profile;
    struct clock clock; /* the wall clock, for the times of fetches */
    struct kafka_listener listener;
};

/* librdkafka's version, "2.15.1". */
struct span kafka_library_version(void);

#endif
