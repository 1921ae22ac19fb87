/* double_text.c: the shortest text that reads back as the same double. */
#include "cel/library/double_text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DIGITS_MAX = 17,        /* always read back as the same double */
    PLAIN_EXPONENT_MAX = 20, /* beyond: written with an exponent */
    PLAIN_EXPONENT_MIN = -5,
    NUMBER_TEXT_MAX = 400,  /* the longest text that is read */
};

/* "d.ddde+x" with the fewest digits. */
static void shortest(double number, char text[DOUBLE_TEXT_SIZE])
{
    int digits = fabs(number) < DBL_MIN ? 1 : DBL_DIG;
    do {
        snprintf(text, DOUBLE_TEXT_SIZE, "%.*e", digits - 1, number);
    } while (strtod(text, NULL) != number && digits++ < DIGITS_MAX);
}

/* Without zeros at the end of the digits; how many digits follow the point. */
static int trim_digits(char *text)
{
    char *exponent = strchr(text, 'e');
    char *end = exponent;
    char *point = strchr(text, '.');
    if (!point) {
        return 0;
    }
    while (end[-1] == '0') {
        end--;
    }
    int decimals = (int)(end - point) - 1;
    memmove(decimals ? end : point, exponent, strlen(exponent) + 1);
    return decimals;
}

struct span double_format(double number, char out[DOUBLE_TEXT_SIZE])
{
    if (isnan(number)) {
        return SPAN("NaN");
    }
    if (isinf(number)) {
        return number > 0 ? SPAN("Infinity") : SPAN("-Infinity");
    }
    shortest(number, out);
    int decimals = trim_digits(out);
    int exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
    if (exponent >= PLAIN_EXPONENT_MIN && exponent <= PLAIN_EXPONENT_MAX) {
        int digits = decimals > exponent ? decimals - exponent : 0;
        snprintf(out, DOUBLE_TEXT_SIZE, "%.*f", digits, number);
    }
    return span_view(out);
}

static bool is_special(struct span text, double *out)
{
    static const struct {
        const char *text;
        double number;
    } specials[] = {
        {"NaN", NAN},        {"Infinity", INFINITY},   {"Inf", INFINITY},
        {"+Inf", INFINITY},  {"+Infinity", INFINITY},  {"-Inf", -INFINITY},
        {"-Infinity", -INFINITY},
    };
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (span_equals_nocase(text, span_view(specials[i].text))) {
            *out = specials[i].number;
            return true;
        }
    }
    return false;
}

/* strtod also reads white space, hexadecimal and words: these are no numbers here. */
static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!text.ptr[i] || !strchr("+-.0123456789eE", text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

bool double_parse(struct span text, double *out)
{
    char copy[NUMBER_TEXT_MAX];
    char *end;
    if (is_special(text, out)) {
        return true;
    }
    if (text.len >= sizeof copy || !is_plain(text)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    double number = strtod(copy, &end);
    if (end == copy || *end) {
        return false;
    }
    *out = number;
    return true;
}
