/* case_record.h: an event of a policy's test as the record that DynamoDB or CloudTrail would
 * write. */
#ifndef APP_CASE_RECORD_H
#define APP_CASE_RECORD_H

#include "base/buf.h"
#include "policy/document/policy_tests.h"

/* Appends one record. start_us: what `at` counts from. Key attributes stand in both images, as
 * DynamoDB has it. `number` makes its eventID differ from the others'. */
void case_record_write(const struct policy_test *test, const struct policy_test_event *event,
                       int64_t start_us, size_t number, struct buf *out);

#endif
