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

struct sink_ops {
    /* Brings the sink back to the cursor (a file is cut to the recorded length; a shorter one is
     * never grown but said aloud). */
    enum status (*open)(struct sink *sink, const struct sink_cursor *cursor);
    /* Sends alerts in order and makes them durable there; *out is the cursor to record. A repeat
     * after a crash carries the same id. STATUS_CLOSED: the reader is gone. */
    enum status (*send)(struct sink *sink, const struct alert *alerts, size_t count,
                        struct sink_cursor *out);
    struct span (*problem)(const struct sink *sink);
    void (*free)(struct sink *sink);
};

#endif
