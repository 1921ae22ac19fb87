/* kinesis_source.h: the shards of a Kinesis data stream as the parts of a source.
 *
 * Fetch threads ask for pages within Kinesis's limits and put them into a bounded queue; `read`
 * takes them from there, unpacks what the Kinesis Producer Library packed, and decides which shards
 * are read: those that the memory owns and whose parents are at their end, durably. All that can be
 * repeated is repeated for as long as it takes; nothing is passed over.
 *
 * A shard that the memory does not know starts as `start` says, unless it descends from one that it
 * does know: then it is read from its beginning (or, with a start in time of which its parents held
 * nothing, from that time). */
#ifndef KINESIS_KINESIS_SOURCE_H
#define KINESIS_KINESIS_SOURCE_H

#include "aws/aws_client.h"
#include "kinesis/kinesis_pace.h"
#include "port/source.h"

enum kinesis_start {
    KINESIS_START_TRIM_HORIZON,
    KINESIS_START_LATEST,
    KINESIS_START_AT_TIMESTAMP,
};

enum { KINESIS_THREADS = 4, KINESIS_THREADS_MAX = 64, KINESIS_STREAM_NAME_MAX = 128 };

struct kinesis_source_options {
    struct span name;
    struct span stream;          /* an ARN, or the name; the name is at most
                                    KINESIS_STREAM_NAME_MAX long */
    struct aws_client *client;   /* of the stream's region, of nobody else: freeing the source
                                    cancels its calls. Outlives the source */
    enum kinesis_start start;
    int64_t start_ms;            /* AT_TIMESTAMP: since 1970 */
    size_t threads;              /* that fetch; 0: KINESIS_THREADS */
    int64_t lag_limit_ms;        /* a shard further behind is told as late; 0: never */
    uint64_t records_before;     /* records are numbered on from here (source_record.offset) */
    struct clock clock;
    const struct kinesis_pace *pace; /* NULL: kinesis_pace_default */
};

/* Made closed; `open` starts the threads and asks nobody: a stream that cannot be reached is told
 * by notices. `read` never ends by itself. Positions are those of kinesis_position.h. */
struct source *kinesis_source_new(const struct kinesis_source_options *options);

#endif
