/* compound_findings.h: what a part of `all` or an inner correlation found, in the order of when it
 * was known. Inside this folder only. */
#ifndef ENGINE_CORRELATE_COMPOUND_FINDINGS_H
#define ENGINE_CORRELATE_COMPOUND_FINDINGS_H

#include "engine/correlate/compound.h"

struct compound_finding {
    int64_t known_us; /* from then on it holds */
    int64_t from_us;  /* its first event */
    uint64_t count;   /* its events */
    struct decimal value;
    bool approximate;
    bool pending;     /* at its beginning is still to be looked at what is required */
    struct operator_event last; /* the event by which it was found */
};

/* The members are the list's own; zeroed: none. */
struct compound_findings {
    struct compound_finding *items;
    size_t count;
    size_t capacity;
};

/* Takes one in; gives how many were forgotten to make room. */
uint64_t compound_findings_add(struct compound_findings *findings,
                               const struct compound_finding *finding);
/* Forgets the first `count`, of as many or more. */
void compound_findings_drop(struct compound_findings *findings, size_t count);
/* The last that was known at a time; NULL: none. */
const struct compound_finding *compound_findings_before(const struct compound_findings *findings,
                                                        int64_t time_us);
/* The first that is pending; NULL: none. */
struct compound_finding *compound_findings_pending(const struct compound_findings *findings);
/* None that was known at this time is pending any more: one look is enough for all. */
void compound_findings_looked(struct compound_findings *findings, int64_t time_us);
/* The oldest event by which a pending one was found; INT64_MAX: none is pending. */
int64_t compound_findings_shows_from_us(const struct compound_findings *findings);

/* Bytes that they take. */
size_t compound_findings_bytes(const struct compound_findings *findings);
/* As bytes, and back; `waits`: some may be pending. What is read is refused (`failed`) unless it
 * was saved so. */
void compound_findings_save(const struct compound_findings *findings, struct buf *out);
void compound_findings_load(struct compound_findings *findings, bool waits, uint32_t source_count,
                            struct unpacker *from);
/* Forgets all, and gives back what they took. */
void compound_findings_release(struct compound_findings *findings);

#endif
