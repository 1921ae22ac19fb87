/* aws_http.h: one HTTP exchange, on libcurl. A pool keeps one line (an easy handle with a multi
 * handle, so that waiting can be ended from outside) for each thread that calls at the same time;
 * lines keep their connections. Nothing is shared between lines. Inside this layer only.
 *
 * Proxies come from the environment (HTTPS_PROXY, NO_PROXY). The program must ignore SIGPIPE. */
#ifndef AWS_AWS_HTTP_H
#define AWS_AWS_HTTP_H

#include "aws/aws_signer.h"
#include "base/status.h"

struct aws_http;

/* ca_file: PEM, or empty for the system's. */
struct aws_http *aws_http_new(struct span ca_file);
/* No exchange may be running. */
void aws_http_free(struct aws_http **http);
/* Ends running exchanges and refuses new ones. Any thread. */
void aws_http_cancel(struct aws_http *http);

struct aws_http_request {
    const char *method;  /* "GET", "POST", "PUT" */
    struct span url;     /* ends in NUL */
    const struct aws_header *headers;
    size_t header_count;
    struct span body;
    int64_t timeout_ms;         /* of the whole exchange */
    int64_t connect_timeout_ms;
    size_t answer_bytes_max;
    bool direct;                /* past any proxy: for addresses of this machine */
};

enum { AWS_HTTP_NAME_SIZE = 128, AWS_HTTP_PROBLEM_SIZE = 320 };

struct aws_http_answer {
    int status; /* 0: no answer */
    int64_t date_us;        /* the Date header; 0: none */
    int64_t retry_after_ms; /* the Retry-After header in seconds; 0: none */
    bool has_crc;           /* x-amz-crc32 was sent */
    uint32_t crc;
    char error_type[AWS_HTTP_NAME_SIZE];
    char request_id[AWS_HTTP_NAME_SIZE];
    char problem[AWS_HTTP_PROBLEM_SIZE]; /* what went wrong unless STATUS_OK */
};

/* Sends and waits. `body` is emptied first. STATUS_OK: a whole answer, of any HTTP status, whose
 * CRC32 is right if it came with one. STATUS_IO: no answer, or a broken one. STATUS_LIMIT: longer
 * than answer_bytes_max. STATUS_CLOSED: cancelled. Any thread. */
MUST_USE enum status aws_http_exchange(struct aws_http *http,
                                       const struct aws_http_request *request, struct buf *body,
                                       struct aws_http_answer *out);

#endif
