/* aws_setup.h: the client of AWS that a source or a sink uses, as the configuration says. */
#ifndef APP_AWS_SETUP_H
#define APP_AWS_SETUP_H

#include "app/config/config.h"
#include "aws/aws_client.h"

/* Makes the client of one entry: its own region and endpoint where they are not empty, else those
 * of the key `aws`. As aws_client_new; nobody is called yet. */
MUST_USE enum status aws_setup_client(const struct config *config, struct span region,
                                      struct span endpoint_url, struct arena *arena,
                                      struct span *problem, struct aws_client **out);

#endif
