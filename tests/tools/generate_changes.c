/* Writes change records as DynamoDB sends them through Kinesis, one JSON text a line, about 1 KB
 * each: input for measurements and for comparing findings with an independent program.
 *
 *   generate_changes [--count N] [--seed N] [--out FILE]
 *
 * The same seed gives the same lines, and a smaller count a prefix of them. Region eu-central-1.
 * Creation times begin at 2026-03-01T09:00:00Z and advance by 60 ms a record on average, with
 * steps back of up to 100 ms; nine in ten are microseconds with ...Precision, the others
 * milliseconds without. Three in a hundred lines repeat one of the 64 changes before, half of
 * these under another eventID. Three in a hundred are written with white space and another order
 * of members. userIdentity is null, but for TTL expiries (REMOVE only).
 *
 * Tables and attributes (type S unless said; "maybe" = absent in some records):
 *   products  40 %  key sku (A1 to A2000, A1 to A12 are frequent); price N, in old or new maybe;
 *                   currency, category, name, updated_by, stock N, tags SS, size M {w N, h N, d N},
 *                   active BOOL, image B, description
 *   ledger    25 %  key entry_id; status DRAFT|POSTED, amount N, account, currency, entry_hash,
 *                   posted_at (POSTED only), reversal_of maybe, booked_by, memo, batch M
 *   patients  20 %  key patient_id; name, diagnosis, medication L of S, allergies SS, blood_type,
 *                   change_reason maybe (also empty, blank, or NULL), updated_by,
 *                   contact M, visits NS
 *   orders    15 %  key order_id; lines L of M {sku, quantity N (maybe), price N, note (maybe)},
 *                   total N, placed_at, shipping M, coupon NULL, remark, updated_by
 * Operations: mostly MODIFY (orders: INSERT), some INSERT without OldImage, some REMOVE without
 * NewImage. Equal values are spelled differently now and then (12.5 and 12.50, escapes, order of
 * sets): that is no change. Violations of the shipped policies are about 4 % of all records. */
#include "generate_items.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECENT_COUNT = 64, EVENT_ID_LENGTH = 36 };

static const int64_t FIRST_TIME_US = INT64_C(1772355600000000);

struct options {
    uint64_t count;
    uint64_t seed;
    const char *out;
};

/* Lines written lately, from which repeats are drawn. */
struct recent {
    struct buf lines[RECENT_COUNT];
    size_t id_offsets[RECENT_COUNT];
    size_t count;
};

struct generator {
    struct random random;
    int64_t now_us;
    struct recent recent;
};

static void write_event_id(struct random *random, struct buf *out)
{
    buf_printf(out, "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-a%03" PRIx64 "-%012" PRIx64,
               random_next(random) >> 32, random_next(random) >> 48, random_next(random) >> 52,
               random_next(random) >> 52, random_next(random) >> 16);
}

static int64_t next_time(struct generator *generator)
{
    generator->now_us += (int64_t)random_below(&generator->random, 120000);
    int64_t back = random_chance(&generator->random, 20)
                       ? (int64_t)random_below(&generator->random, 100000)
                       : 0;
    return generator->now_us - back;
}

static void write_images(struct change_plan *plan, struct buf *out, bool new_first)
{
    for (int i = 0; i < 2; i++) {
        bool write_new = (i == 0) == new_first;
        if (write_new && plan->op != PLAN_REMOVE) {
            buf_append(out, SPAN(",\"NewImage\":{"));
            plan_write_image(plan, true, out);
            buf_append_char(out, '}');
        }
        if (!write_new && plan->op != PLAN_INSERT) {
            buf_append(out, SPAN(",\"OldImage\":{"));
            plan_write_image(plan, false, out);
            buf_append_char(out, '}');
        }
    }
}

static void write_dynamodb(struct generator *generator, struct change_plan *plan, bool odd,
                           struct buf *out)
{
    int64_t time_us = next_time(generator);
    bool milliseconds = random_chance(&generator->random, 10);
    buf_printf(out, "\"dynamodb\":{\"ApproximateCreationDateTime\":%s%" PRId64, odd ? " " : "",
               milliseconds ? time_us / 1000 : time_us);
    buf_append(out, SPAN(",\"Keys\":{"));
    plan_write_key(plan, out);
    buf_append_char(out, '}');
    write_images(plan, out, !odd);
    buf_printf(out, ",\"SizeBytes\":%" PRIu64, 300 + random_below(&generator->random, 900));
    if (!milliseconds) {
        buf_append(out, SPAN(",\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\""));
    }
    buf_append_char(out, '}');
}

/* Writes one new record; returns where its eventID stands. */
static size_t write_record(struct generator *generator, struct buf *out)
{
    static const char *const op_names[] = {"INSERT", "MODIFY", "REMOVE"};
    struct change_plan plan;
    plan_make(&plan, &generator->random);
    bool odd = random_chance(&generator->random, 3);
    buf_append(out, odd ? SPAN("{ ") : SPAN("{"));
    if (odd) {
        write_dynamodb(generator, &plan, odd, out);
        buf_append(out, SPAN(" ,\t"));
    }
    buf_append(out, SPAN("\"awsRegion\":\"eu-central-1\",\"eventID\":\""));
    size_t id_offset = out->len;
    write_event_id(&generator->random, out);
    buf_printf(out, "\",\"eventName\":\"%s\",\"userIdentity\":%s", op_names[plan.op],
               plan.ttl_expiry
                   ? "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}"
                   : "null");
    buf_printf(out, ",\"recordFormat\":\"application/json\",\"tableName\":\"%s\",",
               plan_table(&plan));
    if (!odd) {
        write_dynamodb(generator, &plan, odd, out);
        buf_append_char(out, ',');
    }
    buf_append(out, SPAN("\"eventSource\":\"aws:dynamodb\"}\n"));
    return id_offset;
}

static struct buf *write_fresh(struct generator *generator)
{
    struct recent *recent = &generator->recent;
    size_t slot = recent->count++ % RECENT_COUNT;
    buf_clear(&recent->lines[slot]);
    recent->id_offsets[slot] = write_record(generator, &recent->lines[slot]);
    return &recent->lines[slot];
}

static struct buf *write_repeat(struct generator *generator)
{
    struct recent *recent = &generator->recent;
    size_t slot = random_below(&generator->random, RECENT_COUNT);
    if (random_chance(&generator->random, 50)) {
        struct buf id = {0};
        write_event_id(&generator->random, &id);
        memcpy(recent->lines[slot].ptr + recent->id_offsets[slot], id.ptr, EVENT_ID_LENGTH);
        buf_deinit(&id);
    }
    return &recent->lines[slot];
}

static bool generate(const struct options *options, FILE *out)
{
    struct generator generator = {.random = {options->seed}, .now_us = FIRST_TIME_US};
    bool written = true;
    for (uint64_t i = 0; i < options->count && written; i++) {
        bool repeat =
            generator.recent.count >= RECENT_COUNT && random_chance(&generator.random, 3);
        struct buf *line = repeat ? write_repeat(&generator) : write_fresh(&generator);
        written = fwrite(line->ptr, 1, line->len, out) == line->len;
    }
    for (size_t i = 0; i < RECENT_COUNT; i++) {
        buf_deinit(&generator.recent.lines[i]);
    }
    return written;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        bool known = strcmp(argv[i], "--count") == 0  ? read_number(argv[i + 1], &options->count)
                     : strcmp(argv[i], "--seed") == 0 ? read_number(argv[i + 1], &options->seed)
                     : strcmp(argv[i], "--out") == 0  ? (options->out = argv[i + 1]) != NULL
                                                      : false;
        if (!known) {
            return false;
        }
    }
    return argc % 2 == 1;
}

int main(int argc, char **argv)
{
    struct options options = {.count = 1000, .seed = 1};
    if (!read_options(argc, argv, &options)) {
        fputs("usage: generate_changes [--count N] [--seed N] [--out FILE]\n", stderr);
        return 2;
    }
    FILE *out = options.out ? fopen(options.out, "wb") : stdout;
    if (!out) {
        perror(options.out);
        return 3;
    }
    bool written = generate(&options, out);
    if (fclose(out) != 0 || !written) {
        perror(options.out ? options.out : "stdout");
        return 3;
    }
    return 0;
}
