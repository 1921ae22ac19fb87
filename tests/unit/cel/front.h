/* front.h: what tests of the language's front half share: an environment, and one text a time. */
#ifndef TESTS_FRONT_H
#define TESTS_FRONT_H

#include "cel/env.h"

enum {
    FRONT_NEW = 1,
    FRONT_OLD = 2,
    FRONT_EVENT = 3,
    FRONT_KEYS = 4,
    FRONT_OTHER = 5,
    FRONT_ROWS = 30,
};

/* Records: new (open, price is a decimal), old (open), event (closed: id string, age duration),
 * keys (open, trusted). Variables: op string, real double, whole int, flag bool, words
 * list(string), counts map(string, int), maybe optional_type(int), any dyn, nullable wrapper(int).
 * Rows with the members sku (string), min_price and max_price (decimal): row, found (optional),
 * rows (list). Attributes that may be absent or null: old.name string, old.amount decimal,
 * old.labels list(string). Constant: limits = [1, 2, 3]. */
struct front {
    struct arena *arena;
    struct cel_env *env;
    struct cel_issues issues; /* of the last text */
};

void front_init(struct front *front);
void front_deinit(struct front *front);
/* The tree of a text; NULL when it does not parse. */
struct cel_node *front_parse(struct front *front, const char *text);
/* The checked tree, with warnings and bounds; NULL when something is wrong. */
struct cel_node *front_check(struct front *front, const char *text);

#endif
