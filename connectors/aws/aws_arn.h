/* aws_arn.h: Amazon Resource Names: arn:partition:service:region:account:resource. */
#ifndef AWS_AWS_ARN_H
#define AWS_AWS_ARN_H

#include "base/span.h"

/* Views of the text that was read. */
struct aws_arn {
    struct span partition; /* "aws", "aws-cn" */
    struct span service;   /* "kinesis" */
    struct span region;    /* may be empty: IAM has none */
    struct span account;   /* 12 digits, or empty */
    struct span resource;  /* "stream/orders", "alerts.fifo", "event-bus/default" */
};

/* False for anything else; then *out is untouched. */
bool aws_arn_parse(struct span text, struct aws_arn *out);

#endif
