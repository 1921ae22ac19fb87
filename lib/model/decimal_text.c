/* decimal_text.c: reading and writing; most prices take the short way. */
#include "model/decimal_pack.h"

#include <stdio.h>

enum {
    SHORT_LENGTH_MAX = 19,          /* so many digits always fit 64 bits */
    DIGITS_SIZE = DECIMAL_DIGITS_MAX + 2,
};

/* Out of range, however many zeros a text has; keeps the sums below overflow. */
static const int64_t EXPONENT_CLAMP = 1000000000000000;

/* Digits read so far: value * 10^zeros, with `places` of them behind the point. */
struct digits {
    uint128 value;
    int64_t zeros;  /* trailing zeros that are not in the value (yet) */
    int64_t places;
    int64_t count;  /* significant digits in the value */
    bool any;
};

static unsigned digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

/* The short numbers that most prices are: no exponent, at most 19 characters. False for any other
 * text, right or wrong: the long way decides. */
static bool parse_short(struct span text, struct decimal *out)
{
    size_t start = text.len > 0 && text.ptr[0] == '-';
    size_t point = text.len;
    uint64_t value = 0;
    for (size_t i = start; i < text.len; i++) {
        unsigned digit = digit_of(text.ptr[i]);
        if (digit <= 9) {
            value = value * 10 + digit;
        } else if (text.ptr[i] == '.' && point == text.len) {
            point = i;
        } else {
            return false;
        }
    }
    if (text.len - start - (point < text.len) == 0) {
        return false;
    }
    int exponent = point < text.len ? -(int)(text.len - 1 - point) : 0;
    if (value == 0) {
        *out = (struct decimal){0};
        return true;
    }
    while (value % 10 == 0) {
        value /= 10;
        exponent++;
    }
    *out = (struct decimal){.low = value, .exponent = (int16_t)exponent, .negative = start == 1};
    return true;
}

/* Zeros wait until another digit follows: those at the end are not significant, and a text of a
 * million of them costs nothing. */
static void take_digit(struct digits *digits, unsigned digit)
{
    digits->any = true;
    if (digit == 0) {
        digits->zeros++;
        return;
    }
    if (digits->value == 0) {
        digits->count = 1;
        digits->value = digit;
    } else {
        digits->count += digits->zeros + 1;
        if (digits->count <= DECIMAL_DIGITS_MAX) {
            digits->value = digits->value * power10((unsigned)digits->zeros + 1) + digit;
        }
    }
    digits->zeros = 0;
}

/* Takes the digits from text[at] on; returns where they end. */
static size_t take_digits(struct span text, size_t at, struct digits *digits)
{
    while (at < text.len && digit_of(text.ptr[at]) <= 9) {
        take_digit(digits, digit_of(text.ptr[at++]));
    }
    return at;
}

static bool take_sign(struct span text, size_t *at)
{
    bool negative = *at < text.len && text.ptr[*at] == '-';
    *at += negative || (*at < text.len && text.ptr[*at] == '+');
    return negative;
}

/* Reads what follows 'E' to the end of the text; false when that is no integer. */
static bool parse_exponent(struct span text, size_t at, int64_t *out)
{
    int64_t exponent = 0;
    bool negative = take_sign(text, &at);
    if (at == text.len) {
        return false;
    }
    for (; at < text.len; at++) {
        unsigned digit = digit_of(text.ptr[at]);
        if (digit > 9) {
            return false;
        }
        exponent = exponent < EXPONENT_CLAMP ? exponent * 10 + digit : exponent;
    }
    *out = negative ? -exponent : exponent;
    return true;
}

static enum status parse_long(struct span text, struct decimal *out)
{
    struct digits digits = {0};
    int64_t exponent = 0;
    size_t at = 0;
    bool negative = take_sign(text, &at);
    at = take_digits(text, at, &digits);
    if (at < text.len && text.ptr[at] == '.') {
        size_t end = take_digits(text, at + 1, &digits);
        digits.places = (int64_t)(end - at - 1);
        at = end;
    }
    if (!digits.any) {
        return STATUS_INVALID;
    }
    if (at < text.len && ((text.ptr[at] != 'e' && text.ptr[at] != 'E') ||
                          !parse_exponent(text, at + 1, &exponent))) {
        return STATUS_INVALID;
    }
    if (digits.count > DECIMAL_DIGITS_MAX) {
        return STATUS_LIMIT;
    }
    return decimal_pack(digits.value, exponent + digits.zeros - digits.places, negative, out);
}

enum status decimal_parse(struct span text, struct decimal *out)
{
    if (text.len <= SHORT_LENGTH_MAX && parse_short(text, out)) {
        return STATUS_OK;
    }
    return parse_long(text, out);
}

static size_t write_digits(uint64_t number, unsigned width, char *out)
{
    for (unsigned i = width; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return width;
}

/* All digits of a coefficient; returns how many. */
static unsigned coefficient_text(uint128 coefficient, char out[DIGITS_SIZE])
{
    unsigned count = uint128_digits(coefficient);
    if (count <= POWER10_SMALL_MAX) {
        return (unsigned)write_digits((uint64_t)coefficient, count, out);
    }
    uint64_t power = power10_small(POWER10_SMALL_MAX);
    size_t length = write_digits((uint64_t)(coefficient / power), count - POWER10_SMALL_MAX, out);
    write_digits((uint64_t)(coefficient % power), POWER10_SMALL_MAX, out + length);
    return count;
}

static size_t append(char *out, size_t at, const char *from, size_t count)
{
    memcpy(out + at, from, count);
    return at + count;
}

static size_t append_zeros(char *out, size_t at, size_t count)
{
    memset(out + at, '0', count);
    return at + count;
}

/* `count` digits with the point after the first `whole` of them; whole <= 0: zeros lead. */
static size_t append_plain(char *out, size_t at, const char *digits, int count, int whole)
{
    if (whole <= 0) {
        at = append(out, at, "0.", 2);
        at = append_zeros(out, at, (size_t)-whole);
        return append(out, at, digits, (size_t)count);
    }
    if (whole >= count) {
        at = append(out, at, digits, (size_t)count);
        return append_zeros(out, at, (size_t)(whole - count));
    }
    at = append(out, at, digits, (size_t)whole);
    out[at++] = '.';
    return append(out, at, digits + whole, (size_t)(count - whole));
}

struct span decimal_format(struct decimal number, char out[DECIMAL_TEXT_SIZE])
{
    char digits[DIGITS_SIZE];
    int count = (int)coefficient_text(decimal_coefficient(number), digits);
    int whole = count + number.exponent; /* digits before the point */
    size_t at = 0;
    if (number.negative) {
        out[at++] = '-';
    }
    if (whole <= DECIMAL_DIGITS_MAX && -number.exponent <= DECIMAL_DIGITS_MAX) {
        at = append_plain(out, at, digits, count, whole);
        out[at] = '\0';
        return span_of(out, at);
    }
    at = append_plain(out, at, digits, count, 1);
    at += (size_t)snprintf(out + at, DECIMAL_TEXT_SIZE - at, "E%+d", whole - 1);
    return span_of(out, at);
}
