/* kinesis_call.h: the three calls that reading a stream takes, each with what its failure means for
 * who reads. No state but the connection's; a thread has one of its own. */
#ifndef KINESIS_KINESIS_CALL_H
#define KINESIS_KINESIS_CALL_H

#include "aws/aws_client.h"
#include "kinesis/kinesis_answer.h"
#include "kinesis/kinesis_position.h"

enum {
    KINESIS_PAGE_RECORDS_MAX = 10000,
    KINESIS_CALL_TIMEOUT_MS = 15 * 1000, /* the largest page takes 5.6 Mbit/s then */
};

enum kinesis_outcome {
    KINESIS_FINE,
    KINESIS_THROTTLED,   /* too many calls, or too many bytes */
    KINESIS_FAILED,      /* passing: no answer, a broken one, a 5xx */
    KINESIS_EXPIRED,     /* the iterator or page token: get another one */
    KINESIS_UNSUITABLE,  /* the iterator or position: it does not fit the shard */
    KINESIS_TOO_LONG,    /* the page: ask for fewer records */
    KINESIS_REFUSED,     /* an operator must act: permission, a wrong name */
    KINESIS_KEY_REFUSED, /* the same of the stream's key */
    KINESIS_CANCELLED,
};

struct kinesis_call {
    struct aws_client *client;
    struct span stream;   /* an ARN, or a name */
    struct aws_answer answer;
    struct buf request;
    struct buf problem;   /* of the last call that failed: what, and what to do */
};

/* The client and the stream's text outlive the call. */
void kinesis_call_init(struct kinesis_call *call, struct aws_client *client, struct span stream);
void kinesis_call_deinit(struct kinesis_call *call);

/* Where an iterator begins. */
struct kinesis_begin {
    struct span shard;
    const struct kinesis_position *position;
    bool fresh;  /* LATEST: take the end as it is now, not as it was at its time */
    bool rewind; /* take the oldest record there is; the caller passes over what it has */
};
/* *out gets the iterator. */
enum kinesis_outcome kinesis_call_iterator(struct kinesis_call *call,
                                           const struct kinesis_begin *begin, struct buf *out);
/* What a page lives in; what the body held before is replaced. */
struct kinesis_room {
    struct buf *body;
    struct arena *arena;
};
/* A page of at most `limit` records. */
enum kinesis_outcome kinesis_call_records(struct kinesis_call *call, struct span iterator,
                                          int limit, struct kinesis_room room,
                                          struct kinesis_page *out);
/* All shards, page by page; *out is valid after KINESIS_FINE, in `arena`. */
enum kinesis_outcome kinesis_call_list(struct kinesis_call *call, struct arena *arena,
                                       struct kinesis_listing *out);

#endif
