/* Packed records: the input is a message; magic and MD5 are put around it, for no fuzzer finds an
 * MD5. The first byte says whether one of them is spoilt. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/check.h"
#include "kinesis/kinesis_aggregate.h"

#include <openssl/evp.h>

static void use(struct span data, bool spoilt, struct arena *arena)
{
    struct kinesis_aggregate aggregate;
    struct kinesis_packed packed;
    size_t count = 0;
    if (!kinesis_aggregate_open(data, arena, &aggregate)) {
        return;
    }
    check(!spoilt);
    while (kinesis_aggregate_next(&aggregate, &packed)) {
        check(packed.data.len <= data.len);
        (void)kinesis_packed_hash(&packed);
        count++;
    }
    check(count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct buf whole = {0};
    unsigned char md5[16];
    bool spoilt = size > 0 && data[0] == '!';
    struct span message = span_of((const char *)data + (size > 0), size - (size > 0));
    check(EVP_Digest(message.len ? message.ptr : "", message.len, md5, NULL, EVP_md5(), NULL) == 1);
    md5[0] = (unsigned char)(md5[0] ^ spoilt);
    buf_append(&whole, SPAN("\xF3\x89\x9A\xC2"));
    buf_append(&whole, message);
    buf_append(&whole, span_of((const char *)md5, sizeof md5));
    use(buf_view(&whole), spoilt, arena);
    use(span_of((const char *)data, size), false, arena);
    buf_deinit(&whole);
    arena_free(&arena);
    return 0;
}
