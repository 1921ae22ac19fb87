/* address.c: IPv4 and IPv6 by the system's own parser, and prefixes by bits. */
#include "model/address.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { IPV4_BYTES = 4, IPV6_BYTES = 16, IPV4_BITS = 32, IPV6_BITS = 128, MAPPED_PREFIX_BYTES = 12 };

static bool has_char(struct span text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* ::ffff:c0a8:1 is 192.168.0.1. */
static void unmap_ipv4(struct value_address *address)
{
    static const unsigned char prefix[MAPPED_PREFIX_BYTES] = {[10] = 0xFF, [11] = 0xFF};
    if (memcmp(address->bytes, prefix, sizeof prefix) == 0) {
        struct value_address ipv4 = {.family = 4, .prefix_length = IPV4_BITS};
        memcpy(ipv4.bytes, address->bytes + MAPPED_PREFIX_BYTES, IPV4_BYTES);
        *address = ipv4;
    }
}

bool address_parse(struct span text, struct value_address *out)
{
    char copy[ADDRESS_TEXT_SIZE];
    struct value_address address = {.family = 4, .prefix_length = IPV4_BITS};
    bool ipv6 = has_char(text, ':');
    if (text.len >= sizeof copy || has_char(text, '\0') || (ipv6 && has_char(text, '.'))) {
        return false;
    }
    memcpy(copy, text.len ? text.ptr : "", text.len);
    copy[text.len] = '\0';
    if (inet_pton(ipv6 ? AF_INET6 : AF_INET, copy, address.bytes) != 1) {
        return false;
    }
    if (ipv6) {
        address.family = 6;
        address.prefix_length = IPV6_BITS;
        unmap_ipv4(&address);
    }
    *out = address;
    return true;
}

/* "0" to "128" without leading zeros. */
static bool parse_prefix_length(struct span text, unsigned max, uint8_t *out)
{
    unsigned length = 0;
    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        length = length * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *out = (uint8_t)length;
    return length <= max;
}

bool address_parse_network(struct span text, struct value_address *out)
{
    const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
    struct value_address network;
    if (!slash) {
        return false;
    }
    size_t length = (size_t)(slash - text.ptr);
    bool ipv6_text = has_char(span_of(text.ptr, length), ':');
    if (!address_parse(span_of(text.ptr, length), &network) ||
        ipv6_text != (network.family == 6)) { /* a prefix of mapped IPv4 would be ambiguous */
        return false;
    }
    if (!parse_prefix_length(span_of(slash + 1, text.len - length - 1),
                             ipv6_text ? IPV6_BITS : IPV4_BITS, &network.prefix_length)) {
        return false;
    }
    network.is_network = true;
    *out = network;
    return true;
}

struct span address_format(const struct value_address *address, char out[ADDRESS_TEXT_SIZE])
{
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, out, ADDRESS_TEXT_SIZE);
    size_t length = strlen(out);
    if (address->is_network) {
        length += (size_t)snprintf(out + length, ADDRESS_TEXT_SIZE - length, "/%u",
                                   address->prefix_length);
    }
    return span_of(out, length);
}

/* The bits of byte `index` that belong to a prefix of so many bits. */
static unsigned char prefix_mask(unsigned prefix_length, unsigned index)
{
    unsigned bits = prefix_length > index * 8 ? prefix_length - index * 8 : 0;
    return (unsigned char)(0xFF00U >> (bits < 8 ? bits : 8));
}

struct value_address address_masked(const struct value_address *network)
{
    struct value_address masked = *network;
    for (unsigned i = 0; i < IPV6_BYTES; i++) {
        masked.bytes[i] &= prefix_mask(network->prefix_length, i);
    }
    return masked;
}

bool address_contains(const struct value_address *network, const struct value_address *other)
{
    if (network->family != other->family ||
        (other->is_network && other->prefix_length < network->prefix_length)) {
        return false;
    }
    for (unsigned i = 0; i < IPV6_BYTES; i++) {
        unsigned char mask = prefix_mask(network->prefix_length, i);
        if ((network->bytes[i] & mask) != (other->bytes[i] & mask)) {
            return false;
        }
    }
    return true;
}
