/* aws_transport.h: what calls and the fetching of credentials share: connections, the service's
 * time, waits that end when the client is cancelled. Inside this layer only. */
#ifndef AWS_AWS_TRANSPORT_H
#define AWS_AWS_TRANSPORT_H

#include "aws/aws_http.h"
#include "base/clock.h"

struct aws_transport;

/* ca_file: as aws_http_new's. */
struct aws_transport *aws_transport_new(struct clock clock, struct span ca_file);
void aws_transport_free(struct aws_transport **transport);
struct aws_http *aws_transport_http(struct aws_transport *transport);

/* Ends waits and exchanges, now and later. Any thread. */
void aws_transport_cancel(struct aws_transport *transport);
bool aws_transport_is_cancelled(struct aws_transport *transport);
/* Waits; false when cancelled. Any thread. */
bool aws_transport_wait_ms(struct aws_transport *transport, int64_t ms);

/* The service's clock as far as we know it. Any thread. */
int64_t aws_transport_now_us(struct aws_transport *transport);
/* The service's clock minus ours; 0 until a skew was seen. */
int64_t aws_transport_offset_us(struct aws_transport *transport);
/* A service refused a signature made for `signed_us` and answered at `date_us` of its clock (0:
 * did not say). True when these differ so much that the clocks are to blame: then the offset is
 * learned, and the call is worth signing again. */
bool aws_transport_learn(struct aws_transport *transport, int64_t signed_us, int64_t date_us);

#endif
