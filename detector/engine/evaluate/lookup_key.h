/* lookup_key.h: what rows of a lookup are found by: one text for every value, equal for equal
 * values. */
#ifndef ENGINE_EVALUATE_LOOKUP_KEY_H
#define ENGINE_EVALUATE_LOOKUP_KEY_H

#include "model/value.h"

/* Numbers by value across kinds, everything else by kind; false for what cannot be a key (null,
 * maps, lists, errors). A view of `value` or of `arena`. The first byte tells the kind, so that the
 * text "7" and the number 7 stay apart. */
bool lookup_key_of(const struct value *value, struct arena *arena, struct span *out);

/* Reads an address or network, from text or an address value: "10.0.0.0/8", "::1"
 * (model/address.h). False for anything else; *out is then undefined. */
bool lookup_key_address(const struct value *value, struct value_address *out);
/* The key of the network of prefix_length that holds the address. */
struct span lookup_key_network(const struct value_address *address, unsigned prefix_length,
                               struct arena *arena);

#endif
