/* address.h: IP addresses and networks as text, and which holds which. Any thread. */
#ifndef MODEL_ADDRESS_H
#define MODEL_ADDRESS_H

#include "model/value.h"

enum { ADDRESS_TEXT_SIZE = 64 };

/* Reads "192.168.0.1" or "2001:db8::68". False for anything else: zones, leading zeros, and IPv4
 * written inside IPv6 ("::ffff:1.2.3.4"). The hexadecimal form of such an address is the IPv4
 * address itself. */
bool address_parse(struct span text, struct value_address *out);
/* Reads "192.168.0.0/24". Bits behind the prefix are kept; address_masked clears them. */
bool address_parse_network(struct span text, struct value_address *out);
/* Canonical text (RFC 5952). The view of `out`. */
struct span address_format(const struct value_address *address, char out[ADDRESS_TEXT_SIZE]);

/* The network with all bits behind its prefix 0. */
struct value_address address_masked(const struct value_address *network);
/* Whether the network holds all of `other`, an address or a network of the same family. */
bool address_contains(const struct value_address *network, const struct value_address *other);

#endif
