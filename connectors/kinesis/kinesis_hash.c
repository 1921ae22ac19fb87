/* kinesis_hash.c: 128-bit numbers as text, and the hash of a partition key. */
#include "kinesis/kinesis_hash.h"

#include "base/check.h"

#include <openssl/evp.h>

enum { MD5_BYTES = 16 };

bool kinesis_hash_parse(struct span text, kinesis_hash *out)
{
    kinesis_hash hash = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        kinesis_hash digit = (kinesis_hash)(text.ptr[i] - '0');
        if (hash > (KINESIS_HASH_LAST - digit) / 10) {
            return false;
        }
        hash = hash * 10 + digit;
    }
    if (text.len == 0) {
        return false;
    }
    *out = hash;
    return true;
}

struct span kinesis_hash_format(kinesis_hash hash, char out[KINESIS_HASH_TEXT_SIZE])
{
    char digits[KINESIS_HASH_TEXT_SIZE];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (int)(hash % 10));
        hash /= 10;
    } while (hash);
    size_t length = sizeof digits - at;
    memcpy(out, digits + at, length);
    out[length] = '\0';
    return span_of(out, length);
}

kinesis_hash kinesis_hash_of_key(struct span partition_key)
{
    unsigned char bytes[MD5_BYTES];
    kinesis_hash hash = 0;
    check(EVP_Digest(partition_key.len ? partition_key.ptr : "", partition_key.len, bytes, NULL,
                     EVP_md5(), NULL) == 1);
    for (size_t i = 0; i < sizeof bytes; i++) {
        hash = hash << 8 | bytes[i];
    }
    return hash;
}
