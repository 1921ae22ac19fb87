/* base64.c: checks first and decodes then, so that decoding cannot fail. */
#include "model/base64.h"

/* What a digit stands for, plus one; 0: no digit. */
static const unsigned char digit_values[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 64,
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0,
    0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0, 0, 0, 0, 0,
};

static size_t padding_of(struct span text)
{
    return span_ends_with(text, SPAN("==")) ? 2 : span_ends_with(text, SPAN("=")) ? 1 : 0;
}

bool base64_is_valid(struct span text)
{
    if (text.len % 4 != 0) {
        return false;
    }
    size_t digits = text.len - padding_of(text);
    for (size_t i = 0; i < digits; i++) {
        if (!digit_values[(unsigned char)text.ptr[i]]) {
            return false;
        }
    }
    return true;
}

struct span base64_decode(struct span text, struct arena *arena)
{
    size_t digits = text.len - padding_of(text);
    unsigned char *bytes = arena_alloc(arena, text.len / 4 * 3 + 1);
    size_t length = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        bits = bits << 6 | (uint32_t)(digit_values[(unsigned char)text.ptr[i]] - 1);
        /* each digit but the first of four completes a byte */
        if (i % 4 != 0) {
            bytes[length++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
        }
    }
    return span_of((const char *)bytes, length);
}

void base64_append(struct span bytes, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    buf_reserve(out, bytes.len / 3 * 4 + 4);
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t count = bytes.len - i < 3 ? bytes.len - i : 3;
        unsigned char block[3] = {0};
        memcpy(block, bytes.ptr + i, count);
        const char text[4] = {
            digits[block[0] >> 2],
            digits[(block[0] & 3) << 4 | block[1] >> 4],
            count > 1 ? digits[(block[1] & 15) << 2 | block[2] >> 6] : '=',
            count > 2 ? digits[block[2] & 63] : '=',
        };
        buf_append(out, span_of(text, sizeof text));
    }
}
