/* operator.h: what every type of a correlation is: a memory for one group, and functions over it.
 * Deterministic: an operator reads its memory, the rule, the event and the watermark, nothing
 * else. */
#ifndef ENGINE_CORRELATE_OPERATOR_H
#define ENGINE_CORRELATE_OPERATOR_H

#include "base/digest.h"
#include "engine/decide/packer.h"
#include "model/correlation.h"

/* One event of a group, and where it came from. */
struct operator_event {
    int64_t time_us;
    uint64_t sequence; /* place in the log: the order of events of one time */
    uint64_t offset;   /* in its source */
    struct digest finding;
    uint32_t source;   /* number */
    uint32_t count;    /* events that this one stands for; 1, or more where memory was bounded */
    uint32_t input;    /* of the types with inputs: which one it is of */
    struct digest value;   /* of value_count and new_terms: what is told apart */
    struct decimal number; /* of types that reckon: the value; of value_sum and value_avg summed
                              over all that it stands for */
    const struct operator_inner *inner; /* where a finding of an inner correlation is the event:
                                           what may make one. NULL elsewhere, and in memories */
};

/* What an event is to an inner correlation. */
struct operator_inner {
    uint32_t rule;       /* which one */
    struct digest group; /* of its groups */
    struct operator_event event;
};

/* Events of a firing that an alert names. */
enum { OPERATOR_EVENTS_LISTED = 20, OPERATOR_EVENTS_ROOM = OPERATOR_EVENTS_LISTED + 1 };

/* baseline: what would have been usual instead of the value. */
struct operator_expected {
    struct decimal low;
    struct decimal high;
    struct span view;    /* what was looked at: a word, and what it means; both live for ever */
    struct span reason;
    uint32_t learned;    /* buckets */
    int64_t exceeded_us; /* when it was exceeded before; 0: never */
    bool season_learned; /* it knows a whole day */
};

/* A part of `all` at a point in time. What does not hold has counted nothing. */
struct operator_part {
    bool holds;
    uint64_t count;       /* events of its finding */
    struct decimal value; /* what its condition was held against */
    int64_t since_us;     /* the first of them */
};

/* Why a correlation became a finding. */
struct operator_firing {
    struct decimal value; /* what the condition was held against */
    uint64_t event_count; /* events that made it */
    int64_t from_us;      /* of the first of them */
    int64_t to_us;        /* of the last */
    int64_t since_us;     /* new_terms and baseline: the group is known since */
    struct operator_expected expected; /* baseline */
    bool approximate;     /* some events were counted together */
    const struct operator_part *parts; /* all: as many as the rule has; until the next firing */
    uint64_t forgotten;   /* events that the bound on memory took away, also when nothing fires */
    bool not_shown;       /* the event will not be shown at the watermark: its signal is not kept */
    int64_t done_us;      /* the caller's: all that was due up to this watermark was done */
    bool late;            /* an inner correlation found something too late for the outer one */
    size_t listed;        /* the first of them, at most OPERATOR_EVENTS_LISTED, oldest first */
    struct operator_event *events; /* room for OPERATOR_EVENTS_ROOM; the caller's, an operator
                                      fills it */
    bool shows_next;      /* the event that is shown lies behind those listed: events[listed] */
    /* Of a firing at the watermark only: */
    int64_t shown_us;       /* the event that the alert shows: its time, and place in the log */
    uint64_t shown_sequence;
    int64_t closed_us;      /* the end of a window, or INT64_MIN: the finding is that of the event
                               shown. Else it is named by the end and the first event listed, of an
                               empty window the last before it */
};

struct slab;
struct operator_type;
typedef const struct operator_type *(*operator_lookup)(const struct correlation *rule);

struct operator_type {
    size_t memory_size;
    /* What the operator makes of a rule once, kept in its `prepared`, in `arena`; NULL: it cannot
     * be watched. `lookup`: operator_of. Memories may take pieces of the slab, which outlives them;
     * parts of other rules do not. The member is NULL where nothing is to be prepared. */
    void *(*prepare)(const struct correlation *rule, operator_lookup lookup, struct slab *slab,
                     struct arena *arena);
    /* The watermark at which an event is too late for its correlation. */
    int64_t (*late_us)(const struct correlation *rule, const struct operator_event *event);
    /* Takes in an event that is not too late. *out has room for events and is zero elsewhere. True
     * when the condition holds by it: *out says why; else it says only what was forgotten. */
    bool (*apply)(void *memory, const struct correlation *rule, const struct operator_event *event,
                  struct operator_firing *out);
    /* The watermark at which `advance` has something to do; INT64_MAX when the memory is empty. */
    int64_t (*due_us)(const void *memory, const struct correlation *rule);
    /* The watermark has come so far: true when something holds by it, which *out tells, oldest
     * first, one at a time: call it again. False: what cannot count any more is forgotten, and
     * nothing is due at this watermark. */
    bool (*advance)(void *memory, const struct correlation *rule, int64_t watermark_us,
                    struct operator_firing *out);
    /* An alert at the watermark may show events of this time and later, so that their signals are
     * kept (the newest always is). NULL: the operator never fires at the watermark. INT64_MAX: it
     * never does under this rule, or not before there is another event; else it is below that. */
    int64_t (*shows_from_us)(const void *memory, const struct correlation *rule);
    /* Of an operator whose alerts are about one event each: whether that of this time and place in
     * the log may still be it. NULL: every one since then may be shown, and the newest. */
    bool (*may_show)(const void *memory, int64_t time_us, uint64_t sequence);
    /* The group is not known for long enough to fire. NULL: the operator need not learn. */
    bool (*is_learning)(const void *memory, const struct correlation *rule, int64_t watermark_us);
    /* Bytes beside memory_size. */
    size_t (*bytes)(const void *memory);
    /* The memory as bytes, and back into a zeroed one. What is read is refused (`failed`) unless it
     * is what `save` writes of a memory that is not empty, whose events are of numbered sources. */
    void (*save)(const void *memory, const struct correlation *rule, struct buf *out);
    void (*load)(void *memory, const struct correlation *rule, uint32_t source_count,
                 struct unpacker *from);
    /* Has fetched what `apply` will read beside the memory of an event whose value begins with this
     * byte: first what is found from the memory, and where that is fetched and the event near, what
     * is found from there. NULL: it reads nothing else. */
    void (*foresee)(const void *memory, unsigned char tag, bool near);
    /* Gives back what the memory holds. */
    void (*release)(void *memory);
};

/* The row for a rule; lives for ever. NULL: this version cannot watch it. */
const struct operator_type *operator_of(const struct correlation *rule);

#endif
