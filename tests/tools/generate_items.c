#include "generate_items.h"

#include <inttypes.h>

static const char *const table_names[] = {"products", "ledger", "patients", "orders"};
static const char *const key_names[] = {"sku", "entry_id", "patient_id", "order_id"};

const char *plan_table(const struct change_plan *plan)
{
    return table_names[plan->table];
}

/* ---- what happens to an item ---- */

static void change_product(struct item *item, struct random *random)
{
    item->stock = (int64_t)random_below(random, 5000);
    item->writer = random_next(random);
    uint64_t kind = random_below(random, 100);
    if (kind < 60) {
        return;
    }
    if (kind < 85) { /* within the tolerance of 2 %, its edge included */
        item->cents += item->cents * (int64_t)random_below(random, 5) / 200 - item->cents / 100;
    } else if (kind < 92) {
        item->cents += item->cents / (item->stock % 2 ? 50 : -50);
    } else if (kind < 97) { /* cheap and moderate prices, where promotions apply */
        item->cents = 50 + (int64_t)random_below(random, 6000);
    } else {
        item->has_cents = kind == 97;
        item->cents = item->cents / 2 + 1;
    }
}

static void change_entry(struct item *item, struct random *random)
{
    uint64_t kind = random_below(random, 100);
    item->writer = random_next(random);
    if (kind < 50) {
        item->posted = true;
    } else if (kind < 55) {
        item->cents += 1 + (int64_t)random_below(random, 100000);
    } else if (kind < 57) {
        item->detail = random_next(random);
    } else if (kind < 62) {
        item->cents = 0;
        item->reversal = true;
    }
}

static void change_patient(struct item *item, struct random *random)
{
    uint64_t kind = random_below(random, 100);
    uint64_t reason = random_below(random, 100);
    item->writer = random_next(random);
    item->reason = reason < 3 ? 0 : reason < 5 ? 1 : reason < 6 ? 2 : reason < 7 ? 3 : 4;
    if (kind < 30) {
        item->detail = random_next(random);
    } else if (kind < 50) {
        item->words = random_next(random);
    }
}

static void make_lines(struct item *item, struct random *random)
{
    item->line_count = 1 + (unsigned)random_below(random, ITEM_LINES_MAX);
    item->cents = 0;
    for (unsigned i = 0; i < item->line_count; i++) {
        struct order_line *line = &item->lines[i];
        line->sku = 1 + random_below(random, 2000);
        line->quantity = 1 + (int64_t)random_below(random, 5);
        line->price_cents = 100 + (int64_t)random_below(random, 20000);
        line->has_quantity = !random_chance(random, 2);
        if (random_below(random, 1000) < 15) {
            line->quantity = -line->quantity;
        }
        item->cents += line->quantity * line->price_cents;
    }
}

static void change_item(struct change_plan *plan, struct random *random)
{
    struct item *item = &plan->after;
    item->respelled = random_chance(random, 10);
    switch (plan->table) {
    case PLAN_PRODUCTS: change_product(item, random); break;
    case PLAN_LEDGER: change_entry(item, random); break;
    case PLAN_PATIENTS: change_patient(item, random); break;
    case PLAN_ORDERS:
        if (random_chance(random, 50)) {
            make_lines(item, random);
        }
        break;
    }
}

static enum plan_op choose_op(enum plan_table table, struct random *random)
{
    uint64_t kind = random_below(random, 100);
    unsigned inserts = table == PLAN_ORDERS ? 70 : table == PLAN_LEDGER ? 35 : 8;
    if (kind < inserts) {
        return PLAN_INSERT;
    }
    return kind >= 97 ? PLAN_REMOVE : PLAN_MODIFY;
}

void plan_make(struct change_plan *plan, struct random *random)
{
    uint64_t table = random_below(random, 100);
    *plan = (struct change_plan){0};
    plan->table = table < 40   ? PLAN_PRODUCTS
                  : table < 65 ? PLAN_LEDGER
                  : table < 85 ? PLAN_PATIENTS
                               : PLAN_ORDERS;
    plan->op = choose_op(plan->table, random);
    plan->key = 1 + random_below(random, random_chance(random, 20) ? 12 : 2000);
    plan->ttl_expiry = plan->op == PLAN_REMOVE && random_chance(random, 60);
    struct item *before = &plan->before;
    before->words = random_next(random);
    before->detail = random_next(random);
    before->writer = random_next(random);
    before->stock = (int64_t)random_below(random, 5000);
    before->cents = 100 + (int64_t)random_below(random, 50000);
    if (random_chance(random, 40)) {
        before->cents += 100 - before->cents % 100; /* so that 2 % of it is exact */
    }
    before->has_cents = !random_chance(random, 2);
    before->posted = random_chance(random, 60);
    before->reason = (unsigned)random_below(random, 6);
    if (plan->table == PLAN_ORDERS) {
        make_lines(before, random);
    }
    plan->after = *before;
    if (plan->op == PLAN_MODIFY) {
        change_item(plan, random);
    }
}

/* ---- how it is written ---- */

/* Words in two spellings of one meaning. */
static const struct {
    const char *plain;
    const char *respelled;
} words[] = {
    {"lamp", "lamp"},       {"caf\xC3\xA9", "caf\\u00e9"}, {"steel/oak", "steel\\/oak"},
    {"blue", "\\u0062lue"}, {"12\\\" wide", "12\\u0022 wide"}, {"folding", "folding"},
    {"T\xC3\xBCr", "T\\u00FCr"}, {"\xE6\x9D\xB1\xE4\xBA\xAC", "\\u6771\\u4eac"},
    {"\xF0\x9F\x98\x80", "\\ud83d\\ude00"}, {"line\\nbreak", "line\\u000abreak"},
    {"warm white", "warm white"}, {"spare part", "spare\\u0020part"}, {"large", "large"},
    {"delivered in two boxes", "delivered in two boxes"}, {"back\\\\slash", "back\\u005cslash"},
    {"for indoor use only", "for indoor use only"},
};
enum { WORD_COUNT = sizeof words / sizeof *words };

/* `count` words chosen by `seed`, between quotes. */
static void write_words(uint64_t seed, unsigned count, bool respelled, struct buf *out)
{
    buf_append_char(out, '"');
    for (unsigned i = 0; i < count; i++) {
        unsigned word = (seed >> (5 * (i % 12))) % WORD_COUNT;
        buf_append(out, i ? SPAN(" ") : SPAN(""));
        buf_append(out, span_view(respelled ? words[word].respelled : words[word].plain));
    }
    buf_append_char(out, '"');
}

static void write_text(const char *name, uint64_t seed, unsigned count, const struct item *item,
                       struct buf *out)
{
    buf_printf(out, ",\"%s\":{\"S\":", name);
    write_words(seed, count, item->respelled, out);
    buf_append_char(out, '}');
}

/* An amount: 12.5, or 12.50 when respelled. */
static void write_cents(int64_t cents, bool respelled, struct buf *out)
{
    int64_t rest = cents < 0 ? -(cents % 100) : cents % 100;
    const char *sign = cents < 0 ? "-" : "";
    int64_t whole = cents < 0 ? -(cents / 100) : cents / 100;
    if (respelled || rest % 10 != 0) {
        buf_printf(out, "{\"N\":\"%s%" PRId64 ".%02" PRId64 "\"}", sign, whole, rest);
    } else if (rest != 0) {
        buf_printf(out, "{\"N\":\"%s%" PRId64 ".%" PRId64 "\"}", sign, whole, rest / 10);
    } else {
        buf_printf(out, "{\"N\":\"%s%" PRId64 "\"}", sign, whole);
    }
}

static void write_writer(const struct item *item, struct buf *out)
{
    buf_printf(out, ",\"updated_by\":{\"S\":\"arn:aws:sts::111122223333:assumed-role/app-%02" PRIu64
                    "/session-%04" PRIu64 "\"}",
               item->writer % 40, (item->writer >> 8) % 10000);
}

static void write_product(const struct item *item, struct buf *out)
{
    static const char *const currencies[] = {"EUR", "USD", "SEK", "JPY"};
    static const char *const categories[] = {"lighting", "garden", "kitchen", "office", "toys"};
    if (item->has_cents) {
        buf_append(out, SPAN(",\"price\":"));
        write_cents(item->cents, item->respelled, out);
    }
    buf_printf(out, ",\"currency\":{\"S\":\"%s\"},\"category\":{\"S\":\"%s\"}",
               currencies[item->detail % 4], categories[item->detail % 5]);
    write_text("name", item->words, 3, item, out);
    write_writer(item, out);
    buf_printf(out, ",\"stock\":{\"N\":\"%" PRId64 "\"},\"active\":{\"BOOL\":%s}", item->stock,
               item->detail & 64 ? "true" : "false");
    buf_append(out, item->respelled ? SPAN(",\"tags\":{\"SS\":[\"sale\",\"new\"]}")
                                    : SPAN(",\"tags\":{\"SS\":[\"new\",\"sale\"]}"));
    buf_printf(out, ",\"size\":{\"M\":{\"w\":{\"N\":\"%d\"},\"h\":{\"N\":\"%d.5\"},"
                    "\"d\":{\"N\":\"7\"}}}",
               (int)(item->detail % 300), (int)(item->detail % 77));
    buf_append(out, SPAN(",\"image\":{\"B\":\"iVBORw0KGgoAAAANSUhEUg==\"}"));
    write_text("description", item->words >> 3, 8, item, out);
}

static void write_entry(const struct item *item, struct buf *out)
{
    buf_printf(out, ",\"status\":{\"S\":\"%s\"},\"amount\":", item->posted ? "POSTED" : "DRAFT");
    write_cents(item->cents * 7, item->respelled, out);
    buf_printf(out, ",\"account\":{\"S\":\"DE%018" PRIu64 "\"},\"currency\":{\"S\":\"EUR\"}",
               item->detail % UINT64_C(1000000000000000000));
    buf_printf(out, ",\"entry_hash\":{\"S\":\"%016" PRIx64 "%016" PRIx64 "\"}",
               item->words ^ (uint64_t)item->cents, item->detail);
    if (item->posted) {
        buf_printf(out, ",\"posted_at\":{\"S\":\"2026-02-%02d\\u0054%02d:00:00Z\"}",
                   (int)(item->words % 28) + 1, (int)(item->words % 24));
    }
    if (item->reversal) {
        buf_printf(out, ",\"reversal_of\":{\"S\":\"e-%" PRIu64 "\"}", item->words % 2000);
    }
    buf_printf(out, ",\"booked_by\":{\"S\":\"clerk-%" PRIu64 "\"}", item->writer % 90);
    write_text("memo", item->words, 9, item, out);
    buf_printf(out, ",\"batch\":{\"M\":{\"number\":{\"N\":\"%d\"},\"steps\":{\"L\":["
                    "{\"S\":\"check\"},{\"S\":\"book\"},{\"M\":{\"open\":{\"BOOL\":false}}}]}}}",
               (int)(item->words % 100000));
}

static void write_medication(const struct item *item, struct buf *out)
{
    static const char *const drugs[] = {"ibuprofen", "insulin", "heparin", "aspirin", "none"};
    buf_append(out, SPAN(",\"medication\":{\"L\":["));
    for (unsigned i = 0; i < 1 + item->detail % 3; i++) {
        const char *drug = drugs[(item->detail >> (4 * i)) % 5];
        unsigned milligrams = (unsigned)(item->detail >> 20) % 9 * 50;
        buf_printf(out, "%s{\"S\":\"%s %u mg\"}", i ? "," : "", drug, milligrams);
    }
    buf_append(out, SPAN("]}"));
}

static void write_reason(const struct item *item, struct buf *out)
{
    static const char *const reasons[] = {
        "", ",\"change_reason\":{\"S\":\"\"}", ",\"change_reason\":{\"S\":\" \\t \"}",
        ",\"change_reason\":{\"NULL\":true}", ",\"change_reason\":{\"S\":\"second opinion\"}",
    };
    buf_append(out, span_view(reasons[item->reason < 4 ? item->reason : 4]));
}

static void write_patient(const struct item *item, struct buf *out)
{
    write_text("name", (uint64_t)item->stock * UINT64_C(2654435761), 2, item, out);
    write_text("diagnosis", item->words, 4, item, out);
    write_medication(item, out);
    buf_append(out, item->respelled
                        ? SPAN(",\"allergies\":{\"SS\":[\"pollen\",\"latex\",\"nuts\"]}")
                        : SPAN(",\"allergies\":{\"SS\":[\"latex\",\"nuts\",\"pollen\"]}"));
    buf_append(out, item->respelled ? SPAN(",\"visits\":{\"NS\":[\"2026\",\"20.25E2\"]}")
                                    : SPAN(",\"visits\":{\"NS\":[\"2025\",\"2026\"]}"));
    buf_printf(out, ",\"blood_type\":{\"S\":\"%s\"}", item->stock % 2 ? "A+" : "0-");
    write_reason(item, out);
    write_writer(item, out);
    buf_printf(out, ",\"contact\":{\"M\":{\"city\":{\"S\":\"M\xC3\xBCnster\"},\"phone\":{\"S\":"
                    "\"+49 251 %" PRId64 "\"},\"kin\":{\"M\":{\"name\":{\"S\":\"K. L.\"},"
                    "\"notify\":{\"BOOL\":true}}}}}",
               item->stock);
}

static void write_order(const struct item *item, struct buf *out)
{
    buf_append(out, SPAN(",\"lines\":{\"L\":["));
    for (unsigned i = 0; i < item->line_count; i++) {
        const struct order_line *line = &item->lines[i];
        buf_printf(out, "%s{\"M\":{\"sku\":{\"S\":\"A%" PRIu64 "\"}", i ? "," : "", line->sku);
        if (line->has_quantity) {
            buf_printf(out, ",\"quantity\":{\"N\":\"%" PRId64 "\"}", line->quantity);
        }
        buf_append(out, SPAN(",\"price\":"));
        write_cents(line->price_cents, item->respelled, out);
        buf_append(out, line->sku % 3 ? SPAN("}}") : SPAN(",\"note\":{\"S\":\"gift\"}}}"));
    }
    buf_append(out, SPAN("]},\"total\":"));
    write_cents(item->cents, item->respelled, out);
    buf_append(out, SPAN(",\"placed_at\":{\"S\":\"2026-03-01T08:59:00Z\"}"));
    buf_append(out, SPAN(",\"coupon\":{\"NULL\":true}"));
    write_text("remark", item->words, 10, item, out);
    buf_printf(out, ",\"shipping\":{\"M\":{\"street\":{\"S\":\"Main St %" PRIu64 "\"},"
                    "\"zip\":{\"S\":\"%05" PRIu64 "\"},\"slots\":{\"NS\":[\"1\",\"2\"]}}}",
               item->words % 100, item->detail % 100000);
    write_writer(item, out);
}

void plan_write_key(const struct change_plan *plan, struct buf *out)
{
    static const char *const prefixes[] = {"A", "e-", "p-", "o-"};
    buf_printf(out, "\"%s\":{\"S\":\"%s%" PRIu64 "\"}", key_names[plan->table],
               prefixes[plan->table], plan->key);
}

void plan_write_image(const struct change_plan *plan, bool after, struct buf *out)
{
    static void (*const writers[])(const struct item *, struct buf *) = {
        write_product, write_entry, write_patient, write_order};
    plan_write_key(plan, out);
    writers[plan->table](after ? &plan->after : &plan->before, out);
}
