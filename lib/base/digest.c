/* digest.c: OpenSSL's SHA-256; whatever it refuses is a bug or lack of memory, so it ends the
 * program. */
#include "base/digest.h"

#include "base/check.h"

#include <limits.h>
#include <openssl/evp.h>

void digest_init(struct digest_state *state)
{
    state->context = EVP_MD_CTX_new();
    check(state->context && EVP_DigestInit_ex(state->context, EVP_sha256(), NULL) == 1);
}

void digest_field_number(struct digest_state *state, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    check(EVP_DigestUpdate(state->context, bytes, sizeof bytes) == 1);
}

void digest_field(struct digest_state *state, struct span field)
{
    digest_field_number(state, field.len);
    check(EVP_DigestUpdate(state->context, field.len ? field.ptr : "", field.len) == 1);
}

struct digest digest_finish(struct digest_state *state)
{
    unsigned char full[EVP_MAX_MD_SIZE];
    struct digest digest;
    check(EVP_DigestFinal_ex(state->context, full, NULL) == 1);
    EVP_MD_CTX_free(state->context);
    state->context = NULL;
    memcpy(digest.bytes, full, sizeof digest.bytes);
    return digest;
}

bool digest_equals(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

void digest_hex(const struct digest *digest, char hex[DIGEST_HEX_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest->bytes[i] >> 4];
        hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    hex[DIGEST_HEX_LENGTH] = '\0';
}

/* Of each hex digit its value, with a mark; 0 of all else. */
enum { HEX_MARK = 0x40 };
static const unsigned char hex_values[UCHAR_MAX + 1] = {
    ['0'] = HEX_MARK,      ['1'] = HEX_MARK + 1,  ['2'] = HEX_MARK + 2,  ['3'] = HEX_MARK + 3,
    ['4'] = HEX_MARK + 4,  ['5'] = HEX_MARK + 5,  ['6'] = HEX_MARK + 6,  ['7'] = HEX_MARK + 7,
    ['8'] = HEX_MARK + 8,  ['9'] = HEX_MARK + 9,  ['a'] = HEX_MARK + 10, ['b'] = HEX_MARK + 11,
    ['c'] = HEX_MARK + 12, ['d'] = HEX_MARK + 13, ['e'] = HEX_MARK + 14, ['f'] = HEX_MARK + 15,
};

static unsigned char byte_of(unsigned char high, unsigned char low)
{
    return (unsigned char)(high << 4 | (low & 15));
}

unsigned char digest_parse_byte(const char *hex)
{
    return byte_of(hex_values[(unsigned char)hex[0]], hex_values[(unsigned char)hex[1]]);
}

bool digest_parse(struct span hex, struct digest *out)
{
    struct digest digest;
    unsigned char marks = HEX_MARK;
    if (hex.len != DIGEST_HEX_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        unsigned char high = hex_values[(unsigned char)hex.ptr[2 * i]];
        unsigned char low = hex_values[(unsigned char)hex.ptr[2 * i + 1]];
        marks &= high & low;
        digest.bytes[i] = byte_of(high, low);
    }
    if (marks) {
        *out = digest;
    }
    return marks;
}
