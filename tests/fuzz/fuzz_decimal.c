/* Decimals: two texts, parted by a space; what is read is canonical, and the operations agree with
 * each other. */
#include "fuzz.h"

#include "base/check.h"
#include "model/decimal.h"

static void check_canonical(struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    struct decimal again;
    check(decimal_parse(decimal_format(number, text), &again) == STATUS_OK);
    check(decimal_equals(number, again) && decimal_compare(number, again) == 0);
    check(decimal_compare_double(decimal_negate(number), 0) ==
          -decimal_compare_double(number, 0));
}

/* What was added exactly can be taken away again. */
static void check_sum(struct decimal a, struct decimal b)
{
    struct decimal sum;
    struct decimal back;
    if (decimal_add(a, b, &sum) == STATUS_OK) {
        check_canonical(sum);
        check(decimal_compare(sum, a) == decimal_compare(b, (struct decimal){0}) || sum.rounded);
        check(sum.rounded || (decimal_subtract(sum, b, &back) == STATUS_OK &&
                              decimal_equals(back, a)));
    }
}

/* a = b * whole + remainder, wherever that can be written down exactly. */
static void check_remainder(struct decimal a, struct decimal b)
{
    struct decimal rest;
    struct decimal multiple;
    struct decimal whole;
    if (decimal_remainder(a, b, &rest) != STATUS_OK) {
        return;
    }
    check_canonical(rest);
    check(decimal_compare(decimal_abs(rest), decimal_abs(b)) < 0);
    if (decimal_subtract(a, rest, &multiple) == STATUS_OK && !multiple.rounded &&
        decimal_divide(multiple, b, &whole) == STATUS_OK && !whole.rounded) {
        check(whole.exponent >= 0);
    }
}

static void check_quotient(struct decimal a, struct decimal b)
{
    struct decimal product;
    struct decimal quotient;
    if (decimal_multiply(a, b, &product) == STATUS_OK) {
        check_canonical(product);
        check(product.rounded || (b.low | b.high) == 0 ||
              (decimal_divide(product, b, &quotient) == STATUS_OK &&
               decimal_equals(quotient, a)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of((const char *)data, size);
    const char *space = size ? memchr(text.ptr, ' ', size) : NULL;
    size_t first = space ? (size_t)(space - text.ptr) : size;
    size_t second = space ? first + 1 : size;
    struct decimal a;
    struct decimal b;
    if (decimal_parse(span_of(text.ptr, first), &a) != STATUS_OK) {
        return 0;
    }
    check_canonical(a);
    check_canonical(decimal_round(a));
    if (decimal_parse(span_of(text.ptr + second, size - second), &b) == STATUS_OK) {
        check(decimal_compare(a, b) == -decimal_compare(b, a));
        check_sum(a, b);
        check_quotient(a, b);
        check_remainder(a, b);
    }
    return 0;
}
