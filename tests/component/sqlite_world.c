/* sqlite_world.c: made before each test, and taken away after it. */
#include "sqlite_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

struct store *sqlite_world_open(struct sqlite_world *world, enum sqlite_store_mode mode)
{
    struct span problem = {0};
    struct store *store = NULL;
    enum status status = sqlite_store_open(temporary_path(&world->temporary, "deltaward.db"), mode,
                                           world->arena, &problem, &store);
    if (status != STATUS_OK) {
        print_error("%.*s\n", SPAN_ARG(problem));
    }
    assert_int_equal(status, STATUS_OK);
    return store;
}

void sqlite_world_reopen(struct sqlite_world *world)
{
    world->store->ops->free(world->store);
    world->store = sqlite_world_open(world, SQLITE_STORE_OWN);
}

int sqlite_world_up(void **state)
{
    struct sqlite_world *world = calloc(1, sizeof *world);
    temporary_init(&world->temporary);
    world->arena = arena_new(0);
    world->store = sqlite_world_open(world, SQLITE_STORE_OWN);
    *state = world;
    return 0;
}

int sqlite_world_down(void **state)
{
    struct sqlite_world *world = *state;
    world->store->ops->free(world->store);
    temporary_deinit(&world->temporary);
    arena_free(&world->arena);
    free(world);
    return 0;
}
