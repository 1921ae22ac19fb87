/* aws_environment.c: getenv behind a pointer. */
#include "aws/aws_environment.h"

#include <stdlib.h>

static const char *get_from_process(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}

struct aws_environment aws_environment_process(void)
{
    return (struct aws_environment){.get = get_from_process};
}

struct span aws_environment_get(const struct aws_environment *environment, const char *name)
{
    return span_view(environment->get(environment->context, name));
}

bool aws_environment_is_true(const struct aws_environment *environment, const char *name)
{
    return span_equals_nocase(aws_environment_get(environment, name), SPAN("true"));
}
