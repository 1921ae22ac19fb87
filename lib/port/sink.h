/* sink.h: where alerts go. */
#ifndef PORT_SINK_H
#define PORT_SINK_H

#include "base/status.h"
#include "model/alert.h"

/* How far a sink has come; durable. */
struct sink_cursor {
    uint64_t alert_sequence; /* the last alert that the sink holds */
    uint64_t length_bytes;   /* of a file sink's file at that point; 0 elsewhere */
    struct span identity;    /* of a file sink's file (device, inode); empty elsewhere */
};

struct sink {
    const struct sink_ops *ops;
    struct span name;
};

/* What became of one alert of a send. */
enum sink_verdict {
    SINK_SENT,
    SINK_LATER,   /* not taken, or nobody knows: no answer, too many calls, a fault over there */
    SINK_BLOCKED, /* not taken until a person acts: no right to send, no such topic. No fault of
                     the alert, which is sent again, seldom */
    SINK_REFUSED, /* this alert is never taken: sending it again is useless */
};

struct sink_answer {
    enum sink_verdict verdict;
    struct span reason;     /* of all but SINK_SENT, for a person; lives until the next send */
    int64_t retry_after_ms; /* what the sink asked for; 0: nothing */
};

/* Alerts that sinks with answers take in one send, at most. */
enum { SINK_ANSWERS_MAX = 10 };

struct sink_ops {
    /* Brings the sink back to the cursor (all zero: never used). A file is cut back to the recorded
     * length. A file that is shorter, or is another one (rotated), is neither cut nor grown: alerts
     * go to its end, problem() says so; the answer is STATUS_CONFLICT, and the sink is usable.
     * *out (set then too) is the cursor to record before the first send, so that what a killed
     * process appended can be told from what was there before. Its identity lives until the next
     * call. */
    enum status (*open)(struct sink *sink, const struct sink_cursor *cursor,
                        struct sink_cursor *out);
    /* Sends alerts in order and makes them durable there; *out is the cursor to record, as above. A
     * repeat after a crash carries the same id. STATUS_CLOSED: the reader is gone. STATUS_NO_SPACE,
     * STATUS_IO: nothing of these alerts counts as sent. STATUS_AGAIN: not all were taken, answer()
     * tells of each, and *out is untouched. After STATUS_OK problem() is empty, or says that the
     * file was rotated or cut meanwhile. */
    enum status (*send)(struct sink *sink, const struct alert *alerts, size_t count,
                        struct sink_cursor *out);
    /* What the last send came to for its alert i, once that gave STATUS_AGAIN. NULL: this sink
     * takes all of a send or nothing, and any number; others take at most SINK_ANSWERS_MAX. */
    struct sink_answer (*answer)(const struct sink *sink, size_t i);
    /* Ends a send that waits, and each later one at its start: for shutdown. Any thread. NULL:
     * sends do not wait. */
    void (*cancel)(struct sink *sink);
    struct span (*problem)(const struct sink *sink);
    void (*free)(struct sink *sink);
};

#endif
