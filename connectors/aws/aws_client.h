/* aws_client.h: calls AWS: one client for a region, shared by any number of threads. It finds
 * endpoint and credentials, signs, sends, retries, and says in one word why a call failed.
 *
 * A client holds: credentials (refreshed ahead of their expiry, one flight at a time), connections
 * that are kept open, a budget of retries shared by all calls, and the offset between this
 * machine's clock and the service's. Secrets never reach a message or a log. */
#ifndef AWS_AWS_CLIENT_H
#define AWS_AWS_CLIENT_H

#include "aws/aws_environment.h"
#include "aws/aws_service.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/status.h"

struct aws_client;

/* Empty spans mean: as the environment and the shared files say (AWS_REGION, AWS_PROFILE,
 * AWS_ENDPOINT_URL_<SERVICE>, AWS_CA_BUNDLE and so on). A profile named here is preferred to keys
 * in the environment, as it is in other AWS tools. */
struct aws_options {
    struct span region;
    struct span profile;
    struct span endpoint_url; /* for every service but STS; "http://127.0.0.1:4566" */
    struct span ca_file;      /* PEM */
    struct clock clock;       /* now_us NULL: the machine's */
    struct aws_environment environment; /* get NULL: the process's; calls read it too */
};

/* Reads the configuration; calls nobody yet. STATUS_INVALID: *problem (in `arena`) says what to
 * change. The options are copied. */
MUST_USE enum status aws_client_new(const struct aws_options *options, struct arena *arena,
                                    struct span *problem, struct aws_client **out);
/* No call may be running. Sets *client to NULL. */
void aws_client_free(struct aws_client **client);
/* Ends every call that runs, and each later one at its start, within 200 ms: for shutdown. Any
 * thread; not from a signal handler. */
void aws_client_cancel(struct aws_client *client);
/* The region that calls go to; lives as long as the client. */
struct span aws_client_region(const struct aws_client *client);

/* What a failed call means for who made it. */
enum aws_failure {
    AWS_FINE,
    AWS_THROTTLED, /* too many calls: wait longer, repeat */
    AWS_TRANSIENT, /* no answer, a broken answer, a 5xx, no credentials just now: repeat */
    AWS_DENIED,    /* the identity may not do this, or is not known: an operator must act */
    AWS_NOT_FOUND, /* stream, topic or bus does not exist */
    AWS_INVALID,   /* the request breaks a rule: repeating it is useless */
    AWS_EXPIRED,   /* an iterator or a page token is too old: get a new one */
    AWS_KMS,       /* the key of the stream or topic cannot be used: alert, repeat slowly */
    AWS_OTHER,     /* a code that no table knows */
};
/* A short English phrase. */
const char *aws_failure_text(enum aws_failure failure);
/* Whether repeating the same call later may succeed without anybody acting. */
bool aws_failure_is_passing(enum aws_failure failure);

/* What a call brought. Zero-initialised before its first call; may be used for many calls, which
 * keeps its memory. Spans and body live until the next call with it, or aws_answer_deinit. */
struct aws_answer {
    enum aws_failure failure;
    int http_status;         /* 0: there was no answer */
    struct span code;        /* "ResourceNotFoundException"; "" when unknown */
    struct span message;     /* for a person; never empty after a failure */
    struct span request_id;  /* for AWS support; may be empty */
    int64_t retry_after_ms;  /* what the service asked for; 0: nothing */
    unsigned attempts;       /* that were made */
    struct buf body;         /* of the last answer, whole; empty after a broken one */
    struct buf text;         /* private: holds code, message, request_id */
};
/* Gives its memory back; the answer is empty and usable again. */
void aws_answer_deinit(struct aws_answer *answer);

enum {
    AWS_TIMEOUT_MS = 30 * 1000, /* of one attempt */
    AWS_ATTEMPTS = 3,
    AWS_ANSWER_BYTES = 64 * 1024,          /* for all but pages of records */
    AWS_ANSWER_BYTES_PAGE = 16 * 1024 * 1024, /* a page of Kinesis records, as JSON */
};

struct aws_request {
    enum aws_service service;
    const char *operation; /* "GetRecords" */
    /* JSON services: the JSON text. Query services: the form without Action and Version
     * (aws_form.h). Any size; must outlive the call. */
    struct span body;
    int64_t timeout_ms;      /* of one attempt; 0: AWS_TIMEOUT_MS */
    unsigned attempts_max;   /* 1: never repeated; 0: AWS_ATTEMPTS */
    size_t answer_bytes_max; /* 0: AWS_ANSWER_BYTES */
    /* Reads the body of a 2xx answer; false: it is malformed, which counts as a broken answer and
     * is repeated. May run more than once. NULL: it need only be well-formed. */
    bool (*read)(void *context, struct span body);
    void *context;
};

/* One call; waits for it, and between attempts (full jitter, Retry-After, retry budget). Fills
 * *answer in any case. STATUS_OK: 2xx, failure AWS_FINE. STATUS_IO: failure, code and message say
 * why. STATUS_LIMIT: the answer is longer than answer_bytes_max (failure AWS_OTHER: ask for less).
 * STATUS_CLOSED: cancelled (failure AWS_TRANSIENT). Any thread, an answer each. */
MUST_USE enum status aws_call(struct aws_client *client, const struct aws_request *request,
                              struct aws_answer *answer);

/* Sums since the client was made, for metrics. */
struct aws_stats {
    uint64_t calls;
    uint64_t attempts;
    uint64_t throttled;         /* attempts */
    uint64_t transient;         /* attempts */
    uint64_t budget_exhausted;  /* calls that were not repeated because too many others were */
    uint64_t refreshes;         /* credentials fetched */
    uint64_t refreshes_failed;
    int64_t clock_offset_us;    /* the service's clock minus ours */
};
/* The sums now. Any thread. */
struct aws_stats aws_client_stats(struct aws_client *client);

#endif
