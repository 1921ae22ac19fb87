/* exchange.h: the log between evaluate and decide as both set-ups know it, behind one face for
 * tests: SQLite's table `signal`, with positions in the same transaction, and Kafka's topic of
 * signals, with positions committed to a consumer group. The tests are the same (exchange_tests.c).
 * It is no port of the product, which writes signals as part of a transaction in the one, and many
 * at a time, reported later, in the other. */
#ifndef COMPONENT_EXCHANGE_H
#define COMPONENT_EXCHANGE_H

#include "engine/decide/decide.h"

struct exchange {
    uint32_t partitions;      /* of the log */
    enum decide_input input;  /* how its signals come */
    struct span source;       /* whose changes they are of */
    void *world;
};

/* A new, empty log. */
struct exchange *exchange_new(void);
void exchange_free(struct exchange **exchange);

/* Appends signals and ticks in their order, then commits the position of the source: durable when
 * it returns. Sequences are the log's own. */
void exchange_append(struct exchange *exchange, const struct signal *signals, size_t count,
                     uint64_t position);
/* The same up to the moment before the position is committed, and there the process dies. */
void exchange_append_and_die(struct exchange *exchange, const struct signal *signals, size_t count,
                             uint64_t position);
/* Ends the process, orderly, and begins another. */
void exchange_reopen(struct exchange *exchange);
/* The committed position of the source; 0 when there is none. */
uint64_t exchange_committed(struct exchange *exchange);
/* All that a partition holds from a sequence on, in order; texts live in `arena`. Ticks are in
 * every partition. The number of signals, at most `max`. */
size_t exchange_read(struct exchange *exchange, uint32_t partition, uint64_t from,
                     struct arena *arena, struct signal *out, size_t max);

#endif
