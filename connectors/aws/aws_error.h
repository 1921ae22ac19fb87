/* aws_error.h: what an answer that is no success says, and what that means. Inside this layer. */
#ifndef AWS_AWS_ERROR_H
#define AWS_AWS_ERROR_H

#include "aws/aws_client.h"

/* Code and message of an error answer's body, of either protocol; views of the body or of `arena`.
 * Empty where the body does not tell. */
struct aws_error_text {
    struct span code;
    struct span message;
};
/* Reads the body of an answer that is no 2xx, whatever it holds. Texts live in `arena`. */
struct aws_error_text aws_error_read(struct span body, enum aws_protocol protocol,
                                     struct arena *arena);

/* The code as it stands in tables: "aws.protocol#ThrottlingException:http://..." without both. */
struct span aws_error_code(struct span type);

/* What kind of failure a code is; by HTTP status when no table knows the code. */
enum aws_failure aws_error_classify(struct span code, int http_status);
/* The credentials were good once. */
bool aws_error_is_expired_token(struct span code);
/* The time of the signature is in doubt, if the clocks differ. */
bool aws_error_is_skew(struct span code);

#endif
