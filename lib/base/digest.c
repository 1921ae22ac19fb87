/* digest.c: OpenSSL's SHA-256; whatever it refuses is a bug or lack of memory, so it ends the
 * program. */
#include "base/digest.h"

#include "base/check.h"

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

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_parse(struct span hex, struct digest *out)
{
    struct digest digest;
    if (hex.len != DIGEST_HEX_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = hex_value(hex.ptr[2 * i]);
        int low = hex_value(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        digest.bytes[i] = (unsigned char)(high * 16 + low);
    }
    *out = digest;
    return true;
}
