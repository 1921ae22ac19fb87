/* eventbridge_sink.h: alerts to a bus of Amazon EventBridge. */
#ifndef EVENTBRIDGE_EVENTBRIDGE_SINK_H
#define EVENTBRIDGE_EVENTBRIDGE_SINK_H

#include "aws/aws_client.h"
#include "port/sink.h"

/* bus: its name, or its ARN when it is another account's. source: the events' source. Takes
 * `client`, whose region must be the bus's; sink_ops.free frees both. */
struct sink *eventbridge_sink_new(struct span name, struct span bus, struct span source,
                                  struct aws_client *client);

#endif
