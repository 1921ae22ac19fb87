/* aws_service.h: the services that are called, and how each is spoken to: one table. */
#ifndef AWS_AWS_SERVICE_H
#define AWS_AWS_SERVICE_H

#include "base/span.h"

enum aws_service { AWS_KINESIS, AWS_SNS, AWS_EVENTBRIDGE, AWS_STS, AWS_SERVICE_COUNT };

enum aws_protocol {
    AWS_JSON_1_0, /* POST of a JSON text, the operation in X-Amz-Target */
    AWS_JSON_1_1,
    AWS_QUERY, /* POST of a form, the answer is XML */
};

/* Source: the service models that botocore ships. */
struct aws_service_row {
    enum aws_protocol protocol;
    const char *id;           /* as in AWS_ENDPOINT_URL_<ID>, upper case */
    const char *section_id;   /* the same in the services section of a profile */
    const char *host;         /* first label of the host name */
    const char *signing_name; /* in the credential scope */
    const char *target;       /* JSON: X-Amz-Target is target.Operation; query: NULL */
    const char *version;      /* query: Version=; JSON: NULL */
};

/* The row of a service; static. */
const struct aws_service_row *aws_service_row(enum aws_service service);

#endif
