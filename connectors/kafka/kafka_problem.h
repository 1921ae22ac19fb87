/* kafka_problem.h: what can go wrong with Kafka, by what is to be done about it. */
#ifndef KAFKA_KAFKA_PROBLEM_H
#define KAFKA_KAFKA_PROBLEM_H

#include "base/span.h"

enum kafka_trouble {
    KAFKA_FINE,
    KAFKA_AWAY,          /* a broker cannot be reached or has no time: tried again, comes back */
    KAFKA_DENIED,        /* authentication or authorisation refused */
    KAFKA_UNKNOWN_TOPIC, /* no such topic or partition */
    KAFKA_TOO_LARGE,     /* the message is larger than the client or the topic takes */
    KAFKA_OUT_OF_RANGE,  /* the log was cut: the position is not there (rule 16) */
    KAFKA_CORRUPT,       /* a record's checksum is wrong */
    KAFKA_NOT_MEMBER,    /* the group went on without us: commit refused, nothing of it counts */
    KAFKA_FENCED,        /* another member uses our group.instance.id, or a newer producer our id */
    KAFKA_SETTING,       /* a property is unknown or has a wrong value */
    KAFKA_FATAL,         /* the client is of no use any more */
};

enum { KAFKA_PROBLEM_TEXT_MAX = 400 };

/* In place; the text ends in NUL. */
struct kafka_problem {
    enum kafka_trouble trouble;
    char text[KAFKA_PROBLEM_TEXT_MAX]; /* for a person; empty when all is fine */
};

static inline struct span kafka_problem_text(const struct kafka_problem *problem)
{
    return span_view(problem->text);
}

/* What to do about it, one sentence without a full stop; empty when there is nothing to do. */
struct span kafka_problem_hint(enum kafka_trouble trouble);

#endif
