/* aws_service.c: the table of services. */
#include "aws/aws_service.h"

#include "base/check.h"

static const struct aws_service_row rows[AWS_SERVICE_COUNT] = {
    [AWS_KINESIS] = {AWS_JSON_1_1, "KINESIS", "kinesis", "kinesis", "kinesis",
                     "Kinesis_20131202", NULL},
    [AWS_SNS] = {AWS_QUERY, "SNS", "sns", "sns", "sns", NULL, "2010-03-31"},
    [AWS_EVENTBRIDGE] = {AWS_JSON_1_1, "EVENTBRIDGE", "eventbridge", "events", "events",
                         "AWSEvents", NULL},
    [AWS_STS] = {AWS_QUERY, "STS", "sts", "sts", "sts", NULL, "2011-06-15"},
};

const struct aws_service_row *aws_service_row(enum aws_service service)
{
    check(service < AWS_SERVICE_COUNT);
    return &rows[service];
}
