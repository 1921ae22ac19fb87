/* signal.h: what evaluate says and decide folds: one match of one policy on one change, for one of
 * its groups. It carries all that decide needs, so that deciding is a function of the log alone. */
#ifndef MODEL_SIGNAL_H
#define MODEL_SIGNAL_H

#include "base/digest.h"

enum signal_kind {
    SIGNAL_MATCH,
    SIGNAL_NOT_EVALUABLE, /* a condition had no value and its policy reports that; or a notice about
                             a source, which names no policy of a plan */
    SIGNAL_TICK,          /* no finding: the watermark of `source` moved to watermark_us and closed
                             episodes. Logged because deciding must be a function of the log alone;
                             policy_id and body are empty, finding is all zeros. In Kafka `offset`
                             is the committed position of `source` (the floor) and `revision` names
                             the policies under which all below it was evaluated */
    SIGNAL_STATES,        /* no finding: which states of correlations the policies have that are in
                             force from here on, or in Kafka those of `revision`; the body is the
                             list (state_list.h). All else is empty */
};

enum {
    SIGNAL_GROUP_KEY_BYTES_MAX = 1024,
    SIGNAL_TEXT_BYTES_MAX = 4096, /* of policy id, severity, source in a log outside SQLite */
    SIGNAL_BODY_BYTES_MAX = 256 * 1024,
    SIGNAL_VALUE_BYTES_MAX = 64,
    SIGNAL_INNER_BYTES_MAX = 256,
};

struct signal {
    uint64_t sequence;            /* place in the log, from 1; set when it is logged */
    enum signal_kind kind;
    uint32_t fan_index;           /* which of the match's groups, values and inputs, from 0 */
    struct span policy_id;
    struct digest policy_version; /* of the resolved policy */
    struct digest state_id;       /* policy id and its stateful part: what state is keyed by */
    struct digest finding;        /* hash(policy id, change id); over another policy's findings
                                     hash(policy id, that finding) */
    struct span group_key;        /* canonical, at most 1,024 bytes; longer ones end in a hash */
    struct span severity;
    struct span source;           /* name of the source; in Kafka "topic/partition#topic id" */
    uint64_t offset;              /* of the record in its source */
    int64_t event_time_us;
    int64_t watermark_us;         /* newest event time of the source as of this record, inclusive */
    int64_t detected_us;          /* wall clock at evaluation; shown, never decided by */
    int64_t horizon_us;           /* how long its finding id is remembered, event time */
    int64_t episode_us;           /* how long an episode lasts; 0: each finding is its own alert */
    bool summary;                 /* counted updates are wanted */
    struct span correlation;      /* of a match: what is watched over time (correlation.h); empty:
                                     it is a finding by itself */
    struct span value;            /* with it, as JSON: the hash of a value that is counted, or a
                                     number that is summed; empty: none */
    uint32_t input;               /* with it: which of the correlation's inputs it is of, from 0 */
    struct span inner;            /* with it, where that input is findings of another correlation:
                                     what it is to that one (signal_inner.h); empty: itself an
                                     event */
    bool idle;                    /* of a tick: the source is at its end, or has long been quiet;
                                     nobody waits for it until it is heard again */
    uint32_t partitions;          /* of a tick in Kafka: how many the topic of its source has, each
                                     a source that is waited for; 0: not said */
    struct digest revision;       /* of ticks and lists of states in Kafka; all zeros elsewhere, and
                                     not in SQLite */
    struct span body;             /* JSON object: the masked text and context that an alert shows */
};

/* A signal that is no finding belongs to every partition of the log. */
bool signal_is_for_all(const struct signal *signal);
/* Which of `count` partitions of the log (1 or more) a finding belongs to: by hash of policy id and
 * group key, the same on every machine. */
uint32_t signal_partition(const struct signal *signal, uint32_t count);

#endif
