/* sns_request.h: messages as a form for Publish or PublishBatch, and the answers to them. Pure. */
#ifndef SNS_SNS_REQUEST_H
#define SNS_SNS_REQUEST_H

#include "aws/aws_sink.h"
#include "sns/sns_message.h"

/* Appends the form of a request for 1 to 10 messages; returns its operation. */
const char *sns_request_write(struct span topic_arn, const struct sns_message *const *messages,
                              size_t count, struct buf *form);
/* Reads a 2xx answer to so many messages; texts in `arena`. A message that the answer does not name
 * was not taken. False: malformed. */
bool sns_request_read(struct span xml, size_t count, struct arena *arena,
                      struct aws_entry_result *results);

#endif
