/* aws_endpoint.h: where a service is: host names by partition, and URLs that replace them.
 * Sources: the partitions and endpoint rules that botocore ships. */
#ifndef AWS_AWS_ENDPOINT_H
#define AWS_AWS_ENDPOINT_H

#include "aws/aws_service.h"
#include "base/arena.h"
#include "base/status.h"

/* Where a service is. */
struct aws_endpoint {
    struct span url;    /* "https://kinesis.eu-west-1.amazonaws.com/", ends in NUL */
    struct span host;   /* as in the Host header */
    struct span path;   /* from the first slash */
    struct span region; /* of the signature */
};

/* Which of a service's host names. */
struct aws_endpoint_kind {
    bool fips;
    bool dual_stack;
};

/* A region's name may stand in a host name: lower-case letters, digits, '-'. */
bool aws_region_is_valid(struct span region);
/* "aws", "aws-cn" and so on; regions that nobody knows count to "aws". */
const char *aws_partition_of(struct span region);
/* The service's own endpoint. `region` is valid and outlives the result. */
struct aws_endpoint aws_endpoint_default(enum aws_service service, struct span region,
                                         struct aws_endpoint_kind kind, struct arena *arena);
/* From "http://host:port/path". STATUS_INVALID: something else. */
MUST_USE enum status aws_endpoint_from_url(struct span url, struct span region,
                                           struct arena *arena, struct aws_endpoint *out);

#endif
