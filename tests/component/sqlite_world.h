/* sqlite_world.h: an embedded store in a folder of its own. */
#ifndef SQLITE_WORLD_H
#define SQLITE_WORLD_H

#include "sqlite/sqlite_store.h"

#include "temporary.h"

struct sqlite_world {
    struct temporary temporary;
    struct arena *arena;
    struct store *store; /* its owner */
};

/* Another handle of the same store; the caller frees it. */
struct store *sqlite_world_open(struct sqlite_world *world, enum sqlite_store_mode mode);
/* The owner ends, and another one takes the store up. */
void sqlite_world_reopen(struct sqlite_world *world);
/* Of each test; *state is the world. */
int sqlite_world_up(void **state);
int sqlite_world_down(void **state);

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_world_up, sqlite_world_down)

#endif
