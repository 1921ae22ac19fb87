/* IP addresses and networks. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"
#include "model/address.h"

enum { IPV4 = 4, IPV6 = 6 };

static struct value refused(const char *function, const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    return failure_no_overload(function, arguments, count, scratch->arena);
}

static struct value of_address(const struct value_address *address)
{
    return (struct value){.kind = VALUE_ADDRESS, .address = *address};
}

static bool is_address(const struct value *value)
{
    return value->kind == VALUE_ADDRESS && !value->address.is_network;
}

static bool is_network(const struct value *value)
{
    return value->kind == VALUE_ADDRESS && value->address.is_network;
}

/* An address, or its text. */
static bool read_address(const struct value *value, struct value_address *out)
{
    if (is_address(value)) {
        *out = value->address;
        return true;
    }
    return value->kind == VALUE_STRING && address_parse(value->text, out);
}

static bool read_network(const struct value *value, struct value_address *out)
{
    if (is_network(value)) {
        *out = value->address;
        return true;
    }
    return value->kind == VALUE_STRING && address_parse_network(value->text, out);
}

/* --- making and reading --- */

struct value library_ip(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    struct value_address address;
    if (read_address(arguments, &address)) {
        return of_address(&address);
    }
    return arguments->kind == VALUE_STRING
               ? failure_malformed("IP address", arguments->text, scratch->arena)
               : refused("ip", arguments, count, scratch);
}

struct value library_cidr(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    struct value_address network;
    if (read_network(arguments, &network)) {
        return of_address(&network);
    }
    return arguments->kind == VALUE_STRING
               ? failure_malformed("network such as 10.0.0.0/8", arguments->text, scratch->arena)
               : refused("cidr", arguments, count, scratch);
}

struct value library_is_ip(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    struct value_address address;
    return arguments->kind == VALUE_STRING ? value_bool(address_parse(arguments->text, &address))
                                           : refused("isIP", arguments, count, scratch);
}

struct value library_is_cidr(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    struct value_address network;
    return arguments->kind == VALUE_STRING
               ? value_bool(address_parse_network(arguments->text, &network))
               : refused("isCIDR", arguments, count, scratch);
}

struct value library_ip_is_canonical(const struct value *arguments, size_t count,
                                     struct cel_scratch *scratch)
{
    struct value_address address;
    char text[ADDRESS_TEXT_SIZE];
    if (arguments->kind != VALUE_STRING) {
        return refused("ip.isCanonical", arguments, count, scratch);
    }
    if (!address_parse(arguments->text, &address)) {
        return failure_malformed("IP address", arguments->text, scratch->arena);
    }
    return value_bool(span_equals(address_format(&address, text), arguments->text));
}

struct value library_address_string(const struct value *arguments, struct cel_scratch *scratch)
{
    char text[ADDRESS_TEXT_SIZE];
    return value_string(arena_copy(scratch->arena, address_format(&arguments->address, text)));
}

/* --- what kind of address it is --- */

struct block {
    uint8_t family;
    uint8_t prefix_length;
    unsigned char bytes[2];
};

/* Networks whose prefix lies in the first two bytes. */
static bool in_block(const struct value_address *address, struct block block)
{
    struct value_address network = {.family = block.family,
                                    .prefix_length = block.prefix_length,
                                    .is_network = true};
    memcpy(network.bytes, block.bytes, sizeof block.bytes);
    return address_contains(&network, address);
}

static bool all_zero_until(const struct value_address *address, size_t last, unsigned char end)
{
    for (size_t i = 0; i < last; i++) {
        if (address->bytes[i]) {
            return false;
        }
    }
    return address->bytes[last] == end;
}

static size_t last_byte(const struct value_address *address)
{
    return address->family == IPV4 ? 3 : 15;
}

static bool is_unspecified(const struct value_address *address)
{
    return all_zero_until(address, last_byte(address), 0);
}

static bool is_loopback(const struct value_address *address)
{
    return address->family == IPV4 ? address->bytes[0] == 127 : all_zero_until(address, 15, 1);
}

static bool is_link_local_multicast(const struct value_address *address)
{
    if (address->family == IPV4) {
        return address->bytes[0] == 224 && address->bytes[1] == 0 && address->bytes[2] == 0;
    }
    return address->bytes[0] == 0xFF && (address->bytes[1] & 0x0F) == 2;
}

static bool is_link_local_unicast(const struct value_address *address)
{
    return in_block(address, (struct block){IPV4, 16, {169, 254}}) ||
           in_block(address, (struct block){IPV6, 10, {0xFE, 0x80}});
}

static bool is_multicast(const struct value_address *address)
{
    return in_block(address, (struct block){IPV4, 4, {224, 0}}) ||
           in_block(address, (struct block){IPV6, 8, {0xFF, 0}});
}

static bool is_broadcast(const struct value_address *address)
{
    return address->family == IPV4 && memcmp(address->bytes, "\xFF\xFF\xFF\xFF", 4) == 0;
}

static bool is_global_unicast(const struct value_address *address)
{
    return !is_broadcast(address) && !is_unspecified(address) && !is_loopback(address) &&
           !is_multicast(address) && !is_link_local_unicast(address);
}

/* RFC 1918 and RFC 4193. */
static bool is_private(const struct value_address *address)
{
    static const struct block blocks[] = {
        {IPV4, 8, {10, 0}}, {IPV4, 12, {172, 16}}, {IPV4, 16, {192, 168}}, {IPV6, 7, {0xFC, 0}},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        if (in_block(address, blocks[i])) {
            return true;
        }
    }
    return false;
}

static struct value ask(const struct value *arguments, struct cel_scratch *scratch,
                        bool (*question)(const struct value_address *address))
{
    return is_address(arguments) ? value_bool(question(&arguments->address))
                                 : refused("a question to an address", arguments, 1, scratch);
}

struct value library_ip_is_unspecified(const struct value *arguments, size_t count,
                                       struct cel_scratch *scratch)
{
    (void)count;
    return ask(arguments, scratch, is_unspecified);
}

struct value library_ip_is_loopback(const struct value *arguments, size_t count,
                                    struct cel_scratch *scratch)
{
    (void)count;
    return ask(arguments, scratch, is_loopback);
}

struct value library_ip_is_global_unicast(const struct value *arguments, size_t count,
                                          struct cel_scratch *scratch)
{
    (void)count;
    return ask(arguments, scratch, is_global_unicast);
}

struct value library_ip_is_link_local_multicast(const struct value *arguments, size_t count,
                                                struct cel_scratch *scratch)
{
    (void)count;
    return ask(arguments, scratch, is_link_local_multicast);
}

struct value library_ip_is_link_local_unicast(const struct value *arguments, size_t count,
                                              struct cel_scratch *scratch)
{
    (void)count;
    return ask(arguments, scratch, is_link_local_unicast);
}

struct value library_ip_is_private(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    (void)count;
    return ask(arguments, scratch, is_private);
}

struct value library_ip_family(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    return is_address(arguments) ? value_int(arguments->address.family)
                                 : refused("family", arguments, count, scratch);
}

/* --- networks --- */

struct value library_cidr_contains_ip(const struct value *arguments, size_t count,
                                      struct cel_scratch *scratch)
{
    struct value_address address;
    if (!is_network(&arguments[0]) ||
        (!is_address(&arguments[1]) && arguments[1].kind != VALUE_STRING)) {
        return refused("containsIP", arguments, count, scratch);
    }
    return read_address(&arguments[1], &address)
               ? value_bool(address_contains(&arguments[0].address, &address))
               : failure_malformed("IP address", arguments[1].text, scratch->arena);
}

struct value library_cidr_contains_cidr(const struct value *arguments, size_t count,
                                        struct cel_scratch *scratch)
{
    struct value_address network;
    if (!is_network(&arguments[0]) ||
        (!is_network(&arguments[1]) && arguments[1].kind != VALUE_STRING)) {
        return refused("containsCIDR", arguments, count, scratch);
    }
    return read_network(&arguments[1], &network)
               ? value_bool(address_contains(&arguments[0].address, &network))
               : failure_malformed("network", arguments[1].text, scratch->arena);
}

struct value library_cidr_ip(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    struct value address = *arguments;
    if (!is_network(arguments)) {
        return refused("ip", arguments, count, scratch);
    }
    address.address.is_network = false;
    address.address.prefix_length = address.address.family == IPV4 ? 32 : 128;
    return address;
}

struct value library_cidr_masked(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    if (!is_network(arguments)) {
        return refused("masked", arguments, count, scratch);
    }
    struct value_address masked = address_masked(&arguments->address);
    return of_address(&masked);
}

struct value library_cidr_prefix_length(const struct value *arguments, size_t count,
                                        struct cel_scratch *scratch)
{
    return is_network(arguments) ? value_int(arguments->address.prefix_length)
                                 : refused("prefixLength", arguments, count, scratch);
}

struct value library_cidr_is_mask(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    if (!is_network(arguments)) {
        return refused("isMask", arguments, count, scratch);
    }
    struct value_address masked = address_masked(&arguments->address);
    return value_bool(memcmp(masked.bytes, arguments->address.bytes, sizeof masked.bytes) == 0);
}
