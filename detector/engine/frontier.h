/* frontier.h: how far one source partition may be committed (docs/RECOVERY.md, part A). Its
 * records are evaluated in stretches; each stretch hands signals to the log, and what becomes of
 * them is told later, in any order. A position is committed only when all below it is confirmed
 * (rule 1), one commit at a time; it is told in a tick to every partition of the signals log before
 * the next (rules 5 and 6); a delivery that failed ends the assignment (rule 2). Pure bookkeeping:
 * the caller sends, commits and tells. One thread. */
#ifndef ENGINE_FRONTIER_H
#define ENGINE_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRONTIER_STRETCHES_MAX = 256,
    FRONTIER_TICK = FRONTIER_STRETCHES_MAX, /* the slot of what a tick sends */
};

enum frontier_phase {
    FRONTIER_FREE,    /* nobody's: nothing was begun, or it was ended */
    FRONTIER_OPENING, /* the tick of the start is not in every signals partition yet: no signal
                         may be sent (rule 6) */
    FRONTIER_RUNNING,
    FRONTIER_FAILED,  /* a delivery was given up: end it, begin anew from the committed position */
};

struct frontier_stretch {
    int64_t end;      /* position behind its last record */
    uint32_t pending; /* deliveries that are not confirmed yet */
};

/* In place; zero-initialised is FREE. Read by others, written here only. */
struct frontier {
    enum frontier_phase phase;
    uint32_t epoch;        /* of the assignment; raised by each begin and end */
    int64_t committed;     /* acknowledged by the group */
    int64_t settled;       /* all below it is confirmed, and no match below it is held back (rule
                              8): what the next commit names */
    int64_t confirmed;     /* all below it is confirmed */
    int64_t read;          /* behind the newest stretch */
    bool committing;       /* a commit is in flight, of `committing_to` */
    int64_t committing_to;
    uint32_t untold;       /* signals partitions that the last tick has not reached */
    struct frontier_stretch stretches[FRONTIER_STRETCHES_MAX]; /* a ring */
    size_t first;          /* oldest stretch */
    size_t count;
};

/* A new assignment at a committed position. Its start must be told now: `tells` ticks are awaited
 * before anything else. Gives the epoch: reports of earlier ones are ignored from here on. */
uint32_t frontier_begin(struct frontier *frontier, int64_t position, uint32_t tells);
/* Lets go: nothing that is on its way counts any more. While `committing`, wait for the answer
 * first, or two commits of one member could overtake each other. */
void frontier_end(struct frontier *frontier);

/* Whether one more stretch may be evaluated now. */
bool frontier_has_room(const struct frontier *frontier);
/* Adds a stretch that ends before position `end` (without records where that is `read`) and waits
 * for `deliveries`. Gives its slot, below FRONTIER_STRETCHES_MAX. Only with room. */
size_t frontier_add(struct frontier *frontier, int64_t end, uint32_t deliveries);
/* What became of one delivery of a stretch, or of a tick (FRONTIER_TICK). */
void frontier_deliver(struct frontier *frontier, uint32_t epoch, size_t slot, bool confirmed);
/* Takes the oldest stretch out once it is wholly confirmed. False: it is not, or there is none. */
bool frontier_settle(struct frontier *frontier, size_t *slot);
/* Nothing below a position that is confirmed is held back any more: it may be committed. */
void frontier_pass(struct frontier *frontier, int64_t position);

/* A commit of `settled` may be sent: there is something to commit, none is in flight, and the last
 * tick is told. */
bool frontier_may_commit(const struct frontier *frontier);
/* It is sent. */
void frontier_commit(struct frontier *frontier);
/* Its answer. Acknowledged: `tells` ticks of `committed` must be sent now. False: nothing is to be
 * told (refused, or of an earlier epoch); it may be tried again. */
bool frontier_acknowledge(struct frontier *frontier, uint32_t epoch, bool acknowledged,
                          uint32_t tells);

/* Nothing is on its way and all that was read is committed: an idle tick may be sent. */
bool frontier_is_quiet(const struct frontier *frontier);
/* Nothing is on its way, and what may be committed is; what is held back keeps the rest. A new
 * assignment may begin here (rule 9). */
bool frontier_is_drained(const struct frontier *frontier);
/* One more tick of `committed`, of an idle partition: `tells` of it are awaited. When quiet. */
void frontier_tell_again(struct frontier *frontier, uint32_t tells);

/* An epoch, a slot and the number of a partition in one word, for what a producer carries. */
struct frontier_token {
    uint32_t partition; /* below 2^20 */
    uint32_t epoch;     /* its lowest 24 bits */
    size_t slot;
};
/* One word of the three, and back. */
uint64_t frontier_token_pack(struct frontier_token token);
struct frontier_token frontier_token_unpack(uint64_t word);

#endif
