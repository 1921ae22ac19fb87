/* assignment_start.h: where an assignment begins, given what the group committed. A position is of
 * one log: a topic made anew is another (rule 11), and so is one that somebody rewound or that the
 * broker cut at its end, because what comes from there lies below a floor that was told. Such a log
 * gets an identity of its own, so that its signals are no repeats: "<topic id>" at first, then
 * "<topic id>~<n>". */
#ifndef ENGINE_ASSIGNMENT_START_H
#define ENGINE_ASSIGNMENT_START_H

#include "base/arena.h"
#include "engine/commit_metadata.h"

enum assignment_start_kind {
    ASSIGNMENT_FIRST,   /* nothing was committed: from the beginning */
    ASSIGNMENT_RESUMED, /* where the last one ended */
    ASSIGNMENT_ANEW,    /* the topic is another one than before: from its beginning */
    ASSIGNMENT_REWOUND, /* the position is not one of ours: from there, as a new log */
};

/* What the group and the broker say. */
struct assignment_found {
    struct span topic_id;    /* of the topic now */
    int64_t committed;       /* negative: nothing was committed */
    struct span metadata;    /* of that commit */
    int64_t now_us;          /* names a new log apart from others of the topic */
};

struct assignment_start {
    enum assignment_start_kind kind;
    struct span identity;
    int64_t position;     /* to be told as the floor; ASSIGNMENT_FIRST and _ANEW: read from the
                             beginning of the log, wherever that is */
    struct span metadata; /* for assignment_begin; empty where nothing is known */
    struct span topic_id; /* ASSIGNMENT_ANEW: of the topic before */
};

/* Texts view `found` or live in arena. */
struct assignment_start assignment_start_of(const struct assignment_found *found,
                                            struct arena *arena);
/* The same log cut at its end: positions from `end` on are given a second time. */
struct assignment_start assignment_start_cut(const struct assignment_found *found, int64_t end,
                                             struct arena *arena);

#endif
