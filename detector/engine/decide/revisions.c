/* revisions.c: a short list, the revision named last at its end. */
#include "engine/decide/revisions.h"

#include "base/check.h"

#include <stdlib.h>

struct known {
    struct digest revision;
    struct digest *states;
    size_t count;
};

struct revisions {
    struct known items[REVISIONS_MAX];
    size_t count;
};

struct revisions *revisions_new(void)
{
    struct revisions *revisions = calloc(1, sizeof *revisions);
    if (!revisions) {
        check_memory_exhausted(sizeof *revisions);
    }
    return revisions;
}

void revisions_free(struct revisions **revisions)
{
    if (*revisions) {
        for (size_t i = 0; i < (*revisions)->count; i++) {
            free((*revisions)->items[i].states);
        }
        free(*revisions);
        *revisions = NULL;
    }
}

static size_t place_of(const struct revisions *revisions, const struct digest *revision)
{
    size_t place = 0;
    while (place < revisions->count &&
           !digest_equals(&revisions->items[place].revision, revision)) {
        place++;
    }
    return place;
}

static void take_out(struct revisions *revisions, size_t place)
{
    revisions->count--;
    memmove(&revisions->items[place], &revisions->items[place + 1],
            (revisions->count - place) * sizeof *revisions->items);
}

void revisions_add(struct revisions *revisions, const struct digest *revision,
                   struct state_list states)
{
    size_t place = place_of(revisions, revision);
    if (place < revisions->count || revisions->count == REVISIONS_MAX) {
        place = place < revisions->count ? place : 0;
        free(revisions->items[place].states);
        take_out(revisions, place);
    }
    struct digest *copy = calloc(states.count + 1, sizeof *copy);
    if (!copy) {
        check_memory_exhausted((states.count + 1) * sizeof *copy);
    }
    if (states.count) {
        memcpy(copy, states.states, states.count * sizeof *copy);
    }
    revisions->items[revisions->count++] = (struct known){*revision, copy, states.count};
}

bool revisions_name(struct revisions *revisions, const struct digest *revision,
                    struct state_list *out)
{
    size_t place = place_of(revisions, revision);
    if (place == revisions->count) {
        return false;
    }
    struct known named = revisions->items[place];
    take_out(revisions, place);
    revisions->items[revisions->count++] = named;
    *out = (struct state_list){named.states, named.count};
    return true;
}

void revisions_save(const struct revisions *revisions, struct buf *out)
{
    pack_u32(out, (uint32_t)revisions->count);
    for (size_t i = 0; i < revisions->count; i++) {
        const struct known *known = &revisions->items[i];
        pack_digest(out, &known->revision);
        pack_u32(out, (uint32_t)known->count);
        for (size_t k = 0; k < known->count; k++) {
            pack_digest(out, &known->states[k]);
        }
    }
}

static void load_one(struct revisions *revisions, struct digest *states, struct unpacker *from)
{
    struct digest revision = unpack_digest(from);
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count <= STATE_LIST_MAX &&
                            place_of(revisions, &revision) == revisions->count);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        states[i] = unpack_digest(from);
        unpack_expect(from, i == 0 || memcmp(&states[i - 1], &states[i], DIGEST_BYTES) < 0);
    }
    if (!from->failed) {
        revisions_add(revisions, &revision, (struct state_list){states, count});
    }
}

void revisions_load(struct revisions *revisions, struct unpacker *from)
{
    uint32_t count = unpack_u32(from);
    struct digest *states = calloc(STATE_LIST_MAX, sizeof *states);
    if (!states) {
        check_memory_exhausted(STATE_LIST_MAX * sizeof *states);
    }
    unpack_expect(from, count <= REVISIONS_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        load_one(revisions, states, from);
    }
    free(states);
}
