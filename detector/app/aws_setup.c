/* aws_setup.c: what stands in an entry goes before what stands under the key `aws`. */
#include "app/aws_setup.h"

static struct span either(struct span own, struct span general)
{
    return own.len ? own : general;
}

enum status aws_setup_client(const struct config *config, struct span region,
                             struct span endpoint_url, struct arena *arena, struct span *problem,
                             struct aws_client **out)
{
    const struct config_item *root = &config->root;
    const struct aws_options options = {
        .region = either(region, config_text(root, CONFIG_AWS_REGION)),
        .profile = config_text(root, CONFIG_AWS_PROFILE),
        .endpoint_url = either(endpoint_url, config_text(root, CONFIG_AWS_ENDPOINT_URL)),
        .ca_file = config_text(root, CONFIG_AWS_CA_BUNDLE),
    };
    return aws_client_new(&options, arena, problem, out);
}
