/* Evaluates decimal operations, one a line, for the comparison with another implementation:
 *   "add 1.5 2" -> "3.5", with " rounded" behind it when the result was rounded.
 * "invalid" and "limit" stand for the status of an operand or of the result. */
#include "model/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_BYTES_MAX = 65536, FIELDS = 3 };

typedef enum status (*operation)(struct decimal a, struct decimal b, struct decimal *out);

static const struct {
    const char *name;
    operation apply;
} operations[] = {
    {"add", decimal_add},           {"sub", decimal_subtract},  {"mul", decimal_multiply},
    {"div", decimal_divide},        {"rem", decimal_remainder},
};

static void print_decimal(struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(number, text);
    printf("%s%s\n", text, number.rounded ? " rounded" : "");
}

static void print_status(enum status status)
{
    puts(status == STATUS_LIMIT ? "limit" : "invalid");
}

static void print_conversions(struct decimal a)
{
    int64_t integer = 0;
    uint64_t natural = 0;
    enum status status = decimal_to_int(a, &integer);
    if (status != STATUS_OK) {
        printf("%s ", status == STATUS_LIMIT ? "limit" : "invalid");
    } else {
        printf("%" PRId64 " ", integer);
    }
    status = decimal_to_uint(a, &natural);
    if (status != STATUS_OK) {
        printf("%s ", status == STATUS_LIMIT ? "limit" : "invalid");
    } else {
        printf("%" PRIu64 " ", natural);
    }
    printf("%.17g\n", decimal_to_double(a));
}

/* Operations of one decimal and a word; false for another name. */
static bool evaluate_unary(const char *name, struct decimal a, const char *word)
{
    if (strcmp(name, "parse") == 0) {
        print_decimal(a);
    } else if (strcmp(name, "neg") == 0) {
        print_decimal(decimal_negate(a));
    } else if (strcmp(name, "round") == 0) {
        print_decimal(decimal_round(a));
    } else if (strcmp(name, "convert") == 0) {
        print_conversions(a);
    } else if (strcmp(name, "cmpdouble") == 0) {
        printf("%d\n", decimal_compare_double(a, strtod(word, NULL)));
    } else {
        return false;
    }
    return true;
}

static bool evaluate_binary(const char *name, struct decimal a, const char *word)
{
    struct decimal b;
    struct decimal result;
    enum status status = decimal_parse(span_view(word), &b);
    if (status != STATUS_OK) {
        print_status(status);
        return true;
    }
    if (strcmp(name, "cmp") == 0) {
        printf("%d\n", decimal_compare(a, b));
        return true;
    }
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(name, operations[i].name) == 0) {
            status = operations[i].apply(a, b, &result);
            if (status == STATUS_OK) {
                print_decimal(result);
            } else {
                print_status(status);
            }
            return true;
        }
    }
    return false;
}

static bool evaluate(const char *name, const char *first, const char *second)
{
    struct decimal a;
    if (strcmp(name, "fromdouble") == 0) {
        enum status status = decimal_from_double(strtod(first, NULL), &a);
        if (status == STATUS_OK) {
            print_decimal(a);
        } else {
            print_status(status);
        }
        return true;
    }
    enum status status = decimal_parse(span_view(first), &a);
    if (status != STATUS_OK) {
        print_status(status);
        return true;
    }
    return evaluate_unary(name, a, second) || evaluate_binary(name, a, second);
}

/* Cuts a line into its fields at single spaces; missing ones are empty. */
static void split(char *line, const char *fields[FIELDS])
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
        size_t length = strcspn(line, " ");
        fields[i] = line;
        line += length;
        if (*line) {
            *line++ = '\0';
        }
    }
}

int main(void)
{
    static char line[LINE_BYTES_MAX];
    const char *fields[FIELDS];
    while (fgets(line, sizeof line, stdin)) {
        split(line, fields);
        if (!evaluate(fields[0], fields[1], fields[2])) {
            fprintf(stderr, "decimal_cases: no operation '%s'\n", fields[0]);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
