/* aws_config.h: region, endpoints and CA bundle, as options, environment and shared files say.
 * Inside this layer only. */
#ifndef AWS_AWS_CONFIG_H
#define AWS_AWS_CONFIG_H

#include "aws/aws_client.h"
#include "aws/aws_endpoint.h"
#include "aws/aws_profile.h"

/* Texts live in the arena that it was read with. */
struct aws_config {
    struct aws_environment environment;
    struct span profile;      /* "default" unless somebody names one */
    bool profile_is_chosen;   /* by the options: then it is preferred to keys in the environment */
    struct span region;
    struct span ca_file; /* empty: the system's */
    struct aws_endpoint endpoints[AWS_SERVICE_COUNT];
};

/* STATUS_INVALID: *problem, in the arena, says what to change. */
MUST_USE enum status aws_config_read(const struct aws_options *options, struct arena *arena,
                                     struct span *problem, struct aws_config *out);

#endif
