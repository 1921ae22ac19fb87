/* hmac.c: OpenSSL's HMAC over SHA-256; see digest.c for failures. */
#include "base/hmac.h"

#include "base/check.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void hmac_sha256(struct span key, struct span text, unsigned char out[HMAC_BYTES])
{
    static const unsigned char nothing[1];
    unsigned int length = 0;
    check(key.len <= INT_MAX);
    const unsigned char *bytes = text.len ? (const unsigned char *)text.ptr : nothing;
    check(HMAC(EVP_sha256(), key.len ? (const void *)key.ptr : nothing, (int)key.len, bytes,
               text.len, out, &length) != NULL);
    check(length == HMAC_BYTES);
}
