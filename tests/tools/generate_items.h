/* generate_items.h: what changes in a generated record: the item before and after. */
#ifndef TOOLS_GENERATE_ITEMS_H
#define TOOLS_GENERATE_ITEMS_H

#include "base/buf.h"
#include "random.h"

enum plan_table { PLAN_PRODUCTS, PLAN_LEDGER, PLAN_PATIENTS, PLAN_ORDERS };
enum plan_op { PLAN_INSERT, PLAN_MODIFY, PLAN_REMOVE };

enum { ITEM_LINES_MAX = 3 };

struct order_line {
    uint64_t sku;
    int64_t quantity;
    int64_t price_cents;
    bool has_quantity;
};

/* An item of any table; each table uses what it needs. Texts are numbers that choose words. */
struct item {
    uint64_t words;        /* name, memo, diagnosis ... */
    uint64_t detail;       /* account, medication ... */
    uint64_t writer;
    int64_t cents;         /* price, amount, total */
    int64_t stock;
    struct order_line lines[ITEM_LINES_MAX];
    unsigned line_count;
    unsigned reason;       /* 0 absent, 1 empty, 2 blank, 3 NULL, else given */
    bool has_cents;
    bool posted;
    bool reversal;
    bool respelled;        /* equal values written in another way */
};

struct change_plan {
    enum plan_table table;
    enum plan_op op;
    uint64_t key;
    struct item before;
    struct item after;
    bool ttl_expiry;
};

/* Chooses a table, an operation, an item and what happens to it. */
void plan_make(struct change_plan *plan, struct random *random);
const char *plan_table(const struct change_plan *plan);
/* The members of Keys, and of one image, without braces. */
void plan_write_key(const struct change_plan *plan, struct buf *out);
void plan_write_image(const struct change_plan *plan, bool after, struct buf *out);

#endif
