/* lookup_key.c: a tag for the kind, then the value's text; numbers are decimals, so that 1 and 1.0
 * are one key. */
#include "engine/evaluate/lookup_key.h"

#include "model/address.h"

static struct span tagged(char tag, struct span text, struct arena *arena)
{
    char *key = arena_alloc(arena, text.len + 1);
    key[0] = tag;
    if (text.len) {
        memcpy(key + 1, text.ptr, text.len);
    }
    return span_of(key, text.len + 1);
}

/* The number as a decimal, where it is one. */
static bool number_of(const struct value *value, struct decimal *out)
{
    switch ((int)value->kind) {
    case VALUE_DECIMAL: *out = value->decimal; return true;
    case VALUE_INT: *out = decimal_from_int(value->integer); return true;
    case VALUE_UINT: *out = decimal_from_uint(value->unsigned_integer); return true;
    case VALUE_DOUBLE: return decimal_from_double(value->real, out) == STATUS_OK;
    default: return false;
    }
}

/* A letter for the kind comes first, so that '1' and 1 stay apart; numbers are compared by
 * value. */
bool lookup_key_of(const struct value *value, struct arena *arena, struct span *out)
{
    char text[DECIMAL_TEXT_SIZE];
    struct decimal number;
    if (number_of(value, &number)) {
        *out = tagged('n', decimal_format(number, text), arena);
        return true;
    }
    switch ((int)value->kind) {
    case VALUE_STRING: *out = tagged('s', value->text, arena); return true;
    case VALUE_BYTES: *out = tagged('b', value->text, arena); return true;
    case VALUE_BOOL: *out = value->boolean ? SPAN("t") : SPAN("f"); return true;
    case VALUE_TIMESTAMP:
        *out = tagged('z', arena_printf(arena, "%lld.%09d", (long long)value->time.seconds,
                                        (int)value->time.nanos), arena);
        return true;
    default: return false;
    }
}

bool lookup_key_address(const struct value *value, struct value_address *out)
{
    if (value->kind == VALUE_ADDRESS) {
        *out = value->address;
    } else if (value->kind != VALUE_STRING || !(address_parse(value->text, out) ||
                                                address_parse_network(value->text, out))) {
        return false;
    }
    if (!out->is_network) {
        out->prefix_length = out->family == 4 ? 32 : 128;
    }
    return true;
}

/* Family, prefix length, and the address without its host bits: equal bytes for equal networks. */
struct span lookup_key_network(const struct value_address *address, unsigned prefix_length,
                               struct arena *arena)
{
    struct value_address network = *address;
    network.prefix_length = (uint8_t)prefix_length;
    network = address_masked(&network);
    size_t length = network.family == 4 ? 4 : sizeof network.bytes;
    char *key = arena_alloc(arena, length + 2);
    key[0] = (char)('0' + network.family);
    key[1] = (char)prefix_length;
    memcpy(key + 2, network.bytes, length);
    return span_of(key, length + 2);
}
