/* aws_sink.h: what sinks of AWS have in common: alerts are packed into requests within the
 * service's bounds, and what a request or one of its entries came to is said of each alert. The
 * service's own part, how an alert is written and an answer read, is a table of functions. */
#ifndef AWS_AWS_SINK_H
#define AWS_AWS_SINK_H

#include "aws/aws_client.h"
#include "port/sink.h"

/* What an answer says of one entry of a request. */
struct aws_entry_result {
    bool taken;
    bool at_fault;      /* the service blames the entry, not itself */
    struct span code;   /* unless taken */
    struct span message;
};

struct aws_sink_face {
    enum aws_service service;
    size_t bytes_max; /* of the entries of a request in total */
    /* An alert made ready, in `arena`, and its size. One that is larger than bytes_max however it
     * is cut goes alone, and the service refuses it. */
    const void *(*render)(void *context, const struct alert *alert, struct arena *arena,
                          size_t *size_bytes);
    /* Appends the body of a request with 1 to SINK_ANSWERS_MAX entries; returns the operation. */
    const char *(*write)(void *context, const void *const *entries, size_t count,
                         struct buf *body);
    /* Reads the body of a 2xx answer to `count` entries into as many results, whose texts live in
     * `arena`. False: malformed. */
    bool (*read)(void *context, struct span body, size_t count, struct arena *arena,
                 struct aws_entry_result *results);
    void (*free)(void *context);
};

/* A sink that sends through `client`, which it takes, and `context`, which face->free releases.
 * Its sends wait for answers, at most AWS_SINK_TIMEOUT_MS an attempt; sink_ops.free frees it. */
struct sink *aws_sink_new(struct span name, const struct aws_sink_face *face, void *context,
                          struct aws_client *client);

enum { AWS_SINK_TIMEOUT_MS = 10 * 1000, AWS_SINK_ATTEMPTS = 2 };

/* What a failure means for the alert of a request that held nothing else. Not for AWS_FINE. */
enum sink_verdict aws_sink_verdict(enum aws_failure failure);
/* The same of one entry of a request that was answered. */
enum sink_verdict aws_sink_verdict_of_entry(const struct aws_entry_result *result);

#endif
