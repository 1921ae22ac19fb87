/* aws_environment.h: where environment variables come from; tests inject their own. */
#ifndef AWS_AWS_ENVIRONMENT_H
#define AWS_AWS_ENVIRONMENT_H

#include "base/span.h"

/* get: the value of a variable, or NULL. The text must outlive the client that reads it. */
struct aws_environment {
    const char *(*get)(void *context, const char *name);
    void *context;
};

/* The process's own environment; nobody may change it while a client is in use. */
struct aws_environment aws_environment_process(void);
/* The empty span for a variable that is unset or empty: both mean the same to AWS tools. */
struct span aws_environment_get(const struct aws_environment *environment, const char *name);
/* "true" in any case. */
bool aws_environment_is_true(const struct aws_environment *environment, const char *name);

#endif
