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
     * STATUS_IO: nothing of these alerts counts as sent. After STATUS_OK problem() is empty, or
     * says that the file was rotated or cut meanwhile. */
    enum status (*send)(struct sink *sink, const struct alert *alerts, size_t count,
                        struct sink_cursor *out);
    struct span (*problem)(const struct sink *sink);
    void (*free)(struct sink *sink);
};

#endif
