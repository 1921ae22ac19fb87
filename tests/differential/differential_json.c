/* Compares our reader with jansson: which texts are accepted, and what they mean.
 *
 *   differential_json [COUNT [SEED]]
 *
 * Case i comes from SEED + i alone, so any difference is found again with COUNT 1. Where the two
 * differ by design, a rule says so:
 * - Depth: we stop at 64 levels with STATUS_LIMIT, jansson at 2,048. The tree tells the depth.
 * - Numbers: decimals hold 38 digits and exponents to 6144, jansson doubles. STATUS_LIMIT is right
 *   only for texts with such a number (has_extreme_number).
 * - A number beyond the range of a double stops jansson. It must stop json_read for CEL too; in a
 *   record it may stand in a member that is not read, so such texts are not compared as records.
 * - "\u0000" in a member name stops jansson. The text is compared with \u0001 in its place.
 * - A NUL byte is never JSON; jansson overlooks one right behind a number or word. */
#include "compare.h"
#include "json_cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIFFERENCES_SHOWN = 10 };

struct tally {
    uint64_t cases;
    uint64_t json_accepted;
    uint64_t records_accepted;
    uint64_t nul_in_name;
    uint64_t beyond_double;
    uint64_t limits;
    uint64_t differences;
};

/* One text and what jansson says about it. */
struct subject {
    uint64_t seed;
    struct span text;
    const struct oracle_node *tree; /* NULL: refused */
    enum oracle_refusal refusal;
    struct arena *arena;
    struct tally *tally;
};

static void report(const struct subject *subject, const char *what, enum status status,
                   const struct json_error *error)
{
    if (subject->tally->differences++ < DIFFERENCES_SHOWN) {
        printf("seed %" PRIu64 ": %s: %s (%s at %zu), jansson %s\n", subject->seed, what,
               status_text(status), error->reason ? error->reason : "-", error->offset,
               subject->tree ? "accepts" : "refuses");
        fwrite(subject->text.ptr, 1, subject->text.len, stdout);
        puts("\n");
    }
}

/* Whether `status` fits a tree that breaks no rule. */
static bool fits_tree(const struct subject *subject, enum status status, bool number_may_limit)
{
    bool limit = oracle_depth(subject->tree) > JSON_DEPTH_MAX ||
                 (number_may_limit && has_extreme_number(subject->text));
    bool must_limit = oracle_depth(subject->tree) > JSON_DEPTH_MAX;
    return must_limit ? status == STATUS_LIMIT
                      : status == STATUS_OK || (limit && status == STATUS_LIMIT);
}

static void compare_json(const struct subject *subject, enum json_numbers numbers)
{
    struct value value;
    struct json_error error = {0};
    enum status status = json_read(subject->text, numbers, subject->arena, &error, &value);
    const char *what = numbers == JSON_NUMBERS_CEL ? "json_read CEL" : "json_read decimal";
    bool range = subject->refusal == ORACLE_REFUSED_RANGE && numbers == JSON_NUMBERS_DECIMAL;
    bool fits = subject->tree ? fits_tree(subject, status, numbers == JSON_NUMBERS_DECIMAL)
                              : status != STATUS_OK || range;
    if (!fits || (subject->tree && status == STATUS_OK && !compare_value(&value, subject->tree))) {
        report(subject, what, status, &error);
    }
    subject->tally->json_accepted += status == STATUS_OK && numbers == JSON_NUMBERS_CEL;
    subject->tally->limits += status == STATUS_LIMIT;
}

static bool fits_expected(const struct expected_change *expected, enum status status, bool extreme)
{
    switch ((int)status) {
    case STATUS_OK: return !expected->invalid && !expected->limit;
    case STATUS_INVALID: return expected->invalid || extreme;
    default: return expected->limit || extreme;
    }
}

static void compare_record(const struct subject *subject, enum record_format format)
{
    struct change change;
    struct json_error error = {0};
    enum status status = dynamodb_decode(subject->text, format, subject->arena, &error, &change);
    if (!subject->tree) {
        if (status == STATUS_OK && subject->refusal != ORACLE_REFUSED_RANGE) {
            report(subject, "dynamodb_decode", status, &error);
        }
        return;
    }
    struct expected_change expected = expect_change(subject->tree, format);
    bool fits = fits_expected(&expected, status, has_extreme_number(subject->text));
    if (!fits ||
        (status == STATUS_OK && !compare_change(&change, &expected, subject->arena))) {
        report(subject, "dynamodb_decode", status, &error);
    }
    subject->tally->records_accepted += status == STATUS_OK;
}

static void without_nul(struct buf *text)
{
    for (size_t i = 0; i + 6 <= text->len; i++) {
        if (memcmp(text->ptr + i, "\\u0000", 6) == 0) {
            text->ptr[i + 5] = '1';
        }
    }
}

static void compare_case(uint64_t seed, struct buf *text, struct arena *arena, struct tally *tally)
{
    struct random random = {seed};
    json_case_make(&random, text);
    struct subject subject = {.seed = seed, .arena = arena, .tally = tally};
    struct oracle_node *tree = oracle_load(text->ptr, text->len, &subject.refusal);
    if (subject.refusal == ORACLE_REFUSED_NUL_IN_KEY) {
        tally->nul_in_name++;
        without_nul(text);
        tree = oracle_load(text->ptr, text->len, &subject.refusal);
    }
    if (tree && memchr(text->ptr, '\0', text->len)) {
        oracle_free(tree);
        tree = NULL;
        subject.refusal = ORACLE_REFUSED;
    }
    tally->cases++;
    tally->beyond_double += subject.refusal == ORACLE_REFUSED_RANGE;
    subject.tree = tree;
    subject.text = buf_view(text);
    compare_json(&subject, JSON_NUMBERS_CEL);
    compare_json(&subject, JSON_NUMBERS_DECIMAL);
    compare_record(&subject, (enum record_format)random_below(&random, 3));
    oracle_free(tree);
    arena_reset(arena);
}

static void print_tally(const struct tally *tally)
{
    printf("%" PRIu64 " cases: %" PRIu64 " accepted as JSON, %" PRIu64 " as records; %" PRIu64
           " with NUL in a name, %" PRIu64 " beyond a double, %" PRIu64 " limits; %" PRIu64
           " differences\n",
           tally->cases, tally->json_accepted, tally->records_accepted, tally->nul_in_name,
           tally->beyond_double, tally->limits, tally->differences);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct arena *arena = arena_new(0);
    struct buf text = {0};
    struct tally tally = {0};
    for (uint64_t i = 0; i < count; i++) {
        compare_case(seed + i, &text, arena, &tally);
    }
    print_tally(&tally);
    buf_deinit(&text);
    arena_free(&arena);
    /* A run that accepts next to nothing compares next to nothing. */
    bool telling = count < 1000 || (tally.json_accepted > count / 4 &&
                                    tally.records_accepted > count / 10);
    return tally.differences == 0 && telling ? 0 : 1;
}
