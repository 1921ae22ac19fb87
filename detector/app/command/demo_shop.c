/* demo_shop.c: every number comes from the seed, so that the same seed gives the same records. */
#include "app/command/demo_shop.h"

#include <inttypes.h>
#include <stdio.h>

/* 2026-03-01T10:00:00Z, when the shipped promotions are valid; a change each 50 ms. */
static const uint64_t start_us = UINT64_C(1772359200000000);
static const uint64_t step_us = 50000;

/* One change in so many is a bad one. They are odd, so that they seldom meet. */
enum {
    BAD_PRICE_EVERY = 1999,
    BAD_ORDER_EVERY = 4999,
    BAD_LEDGER_EVERY = 6661,
    ORDER_EVERY = 10,
    LEDGER_EVERY = 25,
    PROMOTION_EVERY = 40,
    STOCK_EVERY = 3,
};

/* A step of splitmix64. */
static uint64_t next_random(struct demo_shop *shop)
{
    shop->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = shop->random;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

static uint64_t below(struct demo_shop *shop, uint64_t bound)
{
    return next_random(shop) % bound;
}

void demo_shop_init(struct demo_shop *shop, uint64_t seed)
{
    *shop = (struct demo_shop){.random = seed};
    for (size_t i = 0; i < DEMO_PRODUCTS; i++) {
        shop->products[i].cents = 500 + (int64_t)below(shop, 20000);
        shop->products[i].stock = (int64_t)below(shop, 500);
    }
}

static void open_record(struct demo_shop *shop, const char *operation, const char *table,
                        struct buf *out)
{
    uint64_t id = next_random(shop);
    buf_printf(out,
               "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"%08" PRIx64 "-%04" PRIx64
               "-4000-8000-%012" PRIx64 "\",\"eventName\":\"%s\",\"userIdentity\":null,"
               "\"recordFormat\":\"application/json\",\"tableName\":\"%s\",\"dynamodb\":{"
               "\"ApproximateCreationDateTime\":%" PRIu64
               ",\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\",",
               id >> 32, (id >> 16) & 0xFFFF, shop->number, operation, table,
               start_us + shop->number * step_us);
}

static void close_record(struct buf *out)
{
    buf_append(out, SPAN(",\"SizeBytes\":256},\"eventSource\":\"aws:dynamodb\"}\n"));
}

static void write_product(const char *image, const char *sku, const struct demo_product *product,
                          const char *writer, struct buf *out)
{
    buf_printf(out,
               "\"%s\":{\"sku\":{\"S\":\"%s\"},\"name\":{\"S\":\"Product %s\"},\"currency\":{\"S\":"
               "\"EUR\"},\"price\":{\"N\":\"%" PRId64 ".%02" PRId64
               "\"},\"stock\":{\"N\":\"%" PRId64 "\"},\"updated_by\":{\"S\":\"%s\"}}",
               image, sku, sku, product->cents / 100, product->cents % 100, product->stock, writer);
}

/* One product before and after a change, and who wrote it. */
struct product_change {
    const char *sku;
    struct demo_product before;
    struct demo_product after;
    const char *writer;
};

static void write_product_change(struct demo_shop *shop, const struct product_change *change,
                                 struct buf *out)
{
    open_record(shop, "MODIFY", "products", out);
    buf_printf(out, "\"Keys\":{\"sku\":{\"S\":\"%s\"}},", change->sku);
    write_product("OldImage", change->sku, &change->before, "catalogue", out);
    buf_append_char(out, ',');
    write_product("NewImage", change->sku, &change->after, change->writer, out);
    close_record(out);
}

/* Within the tolerance of two hundredths, or the stock alone. */
static void change_product(struct demo_shop *shop, struct buf *out)
{
    char sku[16];
    size_t at = below(shop, DEMO_PRODUCTS);
    struct demo_product *product = &shop->products[at];
    struct demo_product before = *product;
    snprintf(sku, sizeof sku, "P%03zu", at);
    if (shop->number % STOCK_EVERY == 0) {
        product->stock = (int64_t)below(shop, 500);
    } else {
        int64_t step = product->cents * 15 / 1000;
        product->cents += (int64_t)below(shop, (uint64_t)(2 * step + 1)) - step;
    }
    product->cents = product->cents < 500 ? 500 : product->cents;
    struct product_change change = {sku, before, *product, "catalogue"};
    write_product_change(shop, &change, out);
}

/* A large step that an approved promotion allows: A1 may cost 8 to 10. */
static void change_promoted(struct demo_shop *shop, struct buf *out)
{
    struct product_change change = {
        .sku = "A1",
        .before = {.cents = 800 + (int64_t)below(shop, 100), .stock = 10},
        .after = {.cents = 900 + (int64_t)below(shop, 101), .stock = 10},
        .writer = "promotions",
    };
    write_product_change(shop, &change, out);
}

/* A fall by a tenth to six tenths that nothing allows; each time another product. */
static void plant_price(struct demo_shop *shop, struct buf *out)
{
    char sku[16];
    size_t at = shop->planted.prices++ % DEMO_PRODUCTS;
    struct demo_product *product = &shop->products[at];
    struct demo_product before = *product;
    snprintf(sku, sizeof sku, "P%03zu", at);
    product->cents = product->cents * (40 + (int64_t)below(shop, 50)) / 100;
    struct product_change change = {sku, before, *product, "import-job-7"};
    write_product_change(shop, &change, out);
}

static void write_order(struct demo_shop *shop, int quantity, struct buf *out)
{
    int64_t cents = shop->products[below(shop, DEMO_PRODUCTS)].cents;
    open_record(shop, "INSERT", "orders", out);
    buf_printf(out,
               "\"Keys\":{\"order_id\":{\"S\":\"o-%" PRIu64
               "\"}},\"NewImage\":{\"order_id\":{\"S\":\"o-%" PRIu64
               "\"},\"total\":{\"N\":\"%" PRId64 ".%02" PRId64
               "\"},\"lines\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"P001\"},\"quantity\":{\"N\":\"%d\"},"
               "\"price\":{\"N\":\"%" PRId64 ".%02" PRId64 "\"}}}]}}",
               shop->number, shop->number, cents / 100, cents % 100, quantity, cents / 100,
               cents % 100);
    close_record(out);
}

static void write_ledger(struct demo_shop *shop, const char *status, int64_t cents_after,
                         struct buf *out)
{
    open_record(shop, "MODIFY", "ledger", out);
    buf_printf(out,
               "\"Keys\":{\"entry_id\":{\"S\":\"e-%" PRIu64
               "\"}},\"OldImage\":{\"entry_id\":{\"S\":\"e-%" PRIu64
               "\"},\"status\":{\"S\":\"%s\"},\"amount\":{\"N\":\"120.00\"},"
               "\"account\":{\"S\":\"DE001234\"}},\"NewImage\":{\"entry_id\":{\"S\":\"e-%" PRIu64
               "\"},\"status\":{\"S\":\"POSTED\"},\"amount\":{\"N\":\"%" PRId64 ".%02" PRId64
               "\"},\"account\":{\"S\":\"DE001234\"}}",
               shop->number, shop->number, status, shop->number, cents_after / 100,
               cents_after % 100);
    close_record(out);
}

void demo_shop_write(struct demo_shop *shop, struct buf *out)
{
    uint64_t number = ++shop->number;
    if (number % BAD_PRICE_EVERY == BAD_PRICE_EVERY / 4) {
        plant_price(shop, out);
    } else if (number % BAD_ORDER_EVERY == BAD_ORDER_EVERY / 4) {
        shop->planted.orders++;
        write_order(shop, -1, out);
    } else if (number % BAD_LEDGER_EVERY == BAD_LEDGER_EVERY / 4) {
        shop->planted.ledger++;
        write_ledger(shop, "POSTED", 11999, out);
    } else if (number % LEDGER_EVERY == 0) {
        write_ledger(shop, "DRAFT", 12000, out);
    } else if (number % ORDER_EVERY == 0) {
        write_order(shop, 1 + (int)below(shop, 3), out);
    } else if (number % PROMOTION_EVERY == 1) {
        change_promoted(shop, out);
    } else {
        change_product(shop, out);
    }
}
