/* sns_sink.h: alerts to a topic of Amazon SNS. */
#ifndef SNS_SNS_SINK_H
#define SNS_SNS_SINK_H

#include "aws/aws_client.h"
#include "port/sink.h"

/* `topic_arn` of a FIFO topic ends in ".fifo". Takes `client`, whose region must be the topic's;
 * sink_ops.free frees both. */
struct sink *sns_sink_new(struct span name, struct span topic_arn, struct aws_client *client);

#endif
