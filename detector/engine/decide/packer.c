/* packer.c: byte by byte, the same on every machine. */
#include "engine/decide/packer.h"

#include "base/check.h"

static void pack_number(struct buf *out, uint64_t number, size_t bytes)
{
    char text[8];
    for (size_t i = 0; i < bytes; i++) {
        text[i] = (char)(unsigned char)(number >> (8 * i));
    }
    buf_append(out, span_of(text, bytes));
}

void pack_u8(struct buf *out, uint8_t number)
{
    pack_number(out, number, 1);
}

void pack_u32(struct buf *out, uint32_t number)
{
    pack_number(out, number, 4);
}

void pack_u64(struct buf *out, uint64_t number)
{
    pack_number(out, number, 8);
}

void pack_i64(struct buf *out, int64_t number)
{
    pack_number(out, (uint64_t)number, 8);
}

void pack_digest(struct buf *out, const struct digest *digest)
{
    buf_append(out, span_of((const char *)digest->bytes, DIGEST_BYTES));
}

void pack_text(struct buf *out, struct span text)
{
    check(text.len <= UINT32_MAX);
    pack_u32(out, (uint32_t)text.len);
    buf_append(out, text);
}

/* The next bytes; the empty span after a failure. */
static struct span unpack_bytes(struct unpacker *from, size_t bytes)
{
    if (from->failed || bytes > from->rest.len) {
        from->failed = true;
        return span_of(NULL, 0);
    }
    struct span taken = span_of(from->rest.ptr, bytes);
    from->rest = span_of(from->rest.ptr + bytes, from->rest.len - bytes);
    return taken;
}

static uint64_t unpack_number(struct unpacker *from, size_t bytes)
{
    struct span taken = unpack_bytes(from, bytes);
    uint64_t number = 0;
    for (size_t i = 0; i < taken.len; i++) {
        number |= (uint64_t)(unsigned char)taken.ptr[i] << (8 * i);
    }
    return number;
}

uint8_t unpack_u8(struct unpacker *from)
{
    return (uint8_t)unpack_number(from, 1);
}

uint32_t unpack_u32(struct unpacker *from)
{
    return (uint32_t)unpack_number(from, 4);
}

uint64_t unpack_u64(struct unpacker *from)
{
    return unpack_number(from, 8);
}

int64_t unpack_i64(struct unpacker *from)
{
    uint64_t bits = unpack_number(from, 8);
    int64_t number;
    memcpy(&number, &bits, sizeof number); /* both are two's complement */
    return number;
}

struct digest unpack_digest(struct unpacker *from)
{
    struct digest digest = {{0}};
    struct span taken = unpack_bytes(from, DIGEST_BYTES);
    if (taken.len) {
        memcpy(digest.bytes, taken.ptr, DIGEST_BYTES);
    }
    return digest;
}

struct span unpack_text(struct unpacker *from, size_t bytes_max)
{
    uint32_t length = unpack_u32(from);
    unpack_expect(from, length <= bytes_max);
    return unpack_bytes(from, length);
}

void unpack_expect(struct unpacker *from, bool fine)
{
    from->failed = from->failed || !fine;
}

void pack_decimal(struct buf *out, struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    pack_text(out, decimal_format(number, text));
    pack_u8(out, number.rounded);
}

struct decimal unpack_decimal(struct unpacker *from)
{
    char again[DECIMAL_TEXT_SIZE];
    struct decimal number = {0};
    struct span text = unpack_text(from, DECIMAL_TEXT_SIZE);
    uint8_t rounded = unpack_u8(from);
    bool read = decimal_parse(text, &number) == STATUS_OK;
    unpack_expect(from, read && rounded <= 1 && span_equals(decimal_format(number, again), text));
    number.rounded = rounded == 1;
    return number;
}
