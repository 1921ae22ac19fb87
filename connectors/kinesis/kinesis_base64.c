/* kinesis_base64.c: four digits at a time by one table; what is no digit has a high bit. */
#include "kinesis/kinesis_base64.h"

enum { NO_DIGIT = 0x80 };

/* RFC 4648, section 4. Rows of 16. */
static const unsigned char values[256] = {
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 62,  128, 128, 128, 63,
    52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  128, 128, 128, 128, 128, 128,
    128, 0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,
    15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25,  128, 128, 128, 128, 128,
    128, 26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,  39,  40,
    41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51,  128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
};

static uint32_t value_of(char digit)
{
    return values[(unsigned char)digit];
}

/* Four digits as 24 bits; from NO_DIGIT << 24 on when one of them is none. */
static uint32_t quad(const char *text)
{
    uint32_t a = value_of(text[0]);
    uint32_t b = value_of(text[1]);
    uint32_t c = value_of(text[2]);
    uint32_t d = value_of(text[3]);
    return a << 18 | b << 12 | c << 6 | d | ((a | b | c | d) & NO_DIGIT) << 24;
}

static char *put(char *out, uint32_t bits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *out++ = (char)(unsigned char)(bits >> (16 - 8 * i));
    }
    return out;
}

/* What is left behind the last four digits: nothing, or two or three digits and their padding. */
static char *decode_rest(char *at, const char *end, char **out)
{
    size_t digits = 0;
    uint32_t bits = 0;
    while (at < end && !(value_of(*at) & NO_DIGIT)) {
        bits |= value_of(*at++) << (18 - 6 * digits++);
    }
    size_t padding = 0;
    while (at < end && *at == '=') {
        padding++;
        at++;
    }
    if (digits == 0 && padding == 0) {
        return at;
    }
    if (digits < 2 || digits + padding != 4) {
        return NULL;
    }
    *out = put(*out, bits, digits - 1);
    return at;
}

char *kinesis_base64_decode(char *text, const char *end, size_t *length)
{
    char *at = text;
    char *out = text;
    while (end - at >= 4) {
        uint32_t bits = quad(at);
        if (bits >= 1U << 24) {
            break;
        }
        out[0] = (char)(unsigned char)(bits >> 16);
        out[1] = (char)(unsigned char)(bits >> 8);
        out[2] = (char)(unsigned char)bits;
        out += 3;
        at += 4;
    }
    at = decode_rest(at, end, &out);
    *length = (size_t)(out - text);
    return at;
}
