/* aws_attempt.h: one attempt of a call: headers, signature, exchange, and what the answer means.
 * Inside this layer only. */
#ifndef AWS_AWS_ATTEMPT_H
#define AWS_AWS_ATTEMPT_H

#include "aws/aws_client.h"
#include "aws/aws_endpoint.h"
#include "aws/aws_http.h"
#include "aws/aws_keys.h"

struct aws_attempt {
    struct aws_http *http;
    const struct aws_service_row *row;
    const struct aws_endpoint *endpoint;
    const struct aws_request *request;
    const struct aws_keys *keys;      /* NULL: not signed */
    const unsigned char *signing_key; /* NULL: made from the keys */
    int64_t time_us;                  /* of the signature: the service's clock */
};

/* Sends once and fills all of *answer but `attempts`, and *date_us with the Date header (0: none).
 * Statuses as aws_call's. */
MUST_USE enum status aws_attempt_run(const struct aws_attempt *attempt, struct aws_answer *answer,
                                     int64_t *date_us);

/* Fills failure, code, message and request_id, each copied. */
void aws_answer_fail(struct aws_answer *answer, enum aws_failure failure, struct span code,
                     struct span message, struct span request_id);

#endif
