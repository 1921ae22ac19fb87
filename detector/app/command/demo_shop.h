/* demo_shop.h: a seeded shop that writes change records as DynamoDB does: mostly harmless price and
 * stock changes, and a few that the policies which ship must find. */
#ifndef APP_DEMO_SHOP_H
#define APP_DEMO_SHOP_H

#include "base/buf.h"

enum { DEMO_PRODUCTS = 200 };

struct demo_product {
    int64_t cents;
    int64_t stock;
};

/* What was planted so far. */
struct demo_planted {
    uint64_t prices;
    uint64_t orders;
    uint64_t ledger;
};

/* In place; the same seed gives the same records. */
struct demo_shop {
    uint64_t random;
    uint64_t number; /* of the next change */
    struct demo_product products[DEMO_PRODUCTS];
    struct demo_planted planted;
};

/* A shop before its first change. */
void demo_shop_init(struct demo_shop *shop, uint64_t seed);
/* Appends the next change as one line. */
void demo_shop_write(struct demo_shop *shop, struct buf *out);

#endif
