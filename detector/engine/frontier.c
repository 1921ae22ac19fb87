/* frontier.c: a ring of stretches; its confirmed beginning is what may be committed. */
#include "engine/frontier.h"

#include "base/check.h"

enum { TOKEN_SLOT_BITS = 20, TOKEN_EPOCH_BITS = 24, TOKEN_PARTITION_BITS = 20 };

static uint64_t low_bits(uint64_t word, unsigned bits)
{
    return word & ((UINT64_C(1) << bits) - 1);
}

/* Epochs are compared as tokens carry them. */
static uint32_t next_epoch(uint32_t epoch)
{
    return (uint32_t)low_bits(epoch + 1, TOKEN_EPOCH_BITS);
}

uint32_t frontier_begin(struct frontier *frontier, int64_t position, uint32_t tells)
{
    check(tells > 0);
    *frontier = (struct frontier){
        .phase = FRONTIER_OPENING,
        .epoch = next_epoch(frontier->epoch),
        .committed = position,
        .settled = position,
        .confirmed = position,
        .read = position,
        .untold = tells,
    };
    return frontier->epoch;
}

void frontier_end(struct frontier *frontier)
{
    *frontier = (struct frontier){.phase = FRONTIER_FREE, .epoch = next_epoch(frontier->epoch)};
}

bool frontier_has_room(const struct frontier *frontier)
{
    return frontier->phase == FRONTIER_RUNNING && frontier->count < FRONTIER_STRETCHES_MAX;
}

size_t frontier_add(struct frontier *frontier, int64_t end, uint32_t deliveries)
{
    check(frontier_has_room(frontier) && end >= frontier->read);
    size_t slot = (frontier->first + frontier->count++) % FRONTIER_STRETCHES_MAX;
    frontier->stretches[slot] = (struct frontier_stretch){end, deliveries};
    frontier->read = end;
    return slot;
}

static void deliver_tick(struct frontier *frontier)
{
    check(frontier->untold > 0);
    frontier->untold--;
    if (frontier->untold == 0 && frontier->phase == FRONTIER_OPENING) {
        frontier->phase = FRONTIER_RUNNING;
    }
}

void frontier_deliver(struct frontier *frontier, uint32_t epoch, size_t slot, bool confirmed)
{
    bool alive = frontier->phase == FRONTIER_OPENING || frontier->phase == FRONTIER_RUNNING;
    if (!alive || epoch != frontier->epoch) {
        return;
    }
    if (!confirmed) {
        frontier->phase = FRONTIER_FAILED;
    } else if (slot == FRONTIER_TICK) {
        deliver_tick(frontier);
    } else {
        check(slot < FRONTIER_STRETCHES_MAX && frontier->stretches[slot].pending > 0);
        frontier->stretches[slot].pending--;
    }
}

bool frontier_settle(struct frontier *frontier, size_t *slot)
{
    const struct frontier_stretch *oldest = &frontier->stretches[frontier->first];
    if (frontier->phase != FRONTIER_RUNNING || frontier->count == 0 || oldest->pending > 0) {
        return false;
    }
    *slot = frontier->first;
    frontier->confirmed = oldest->end;
    frontier->first = (frontier->first + 1) % FRONTIER_STRETCHES_MAX;
    frontier->count--;
    return true;
}

void frontier_pass(struct frontier *frontier, int64_t position)
{
    check(position >= frontier->settled && position <= frontier->confirmed);
    frontier->settled = position;
}

/* Nothing is on its way that the next commit or tick would have to wait for. */
static bool may_speak(const struct frontier *frontier)
{
    return frontier->phase == FRONTIER_RUNNING && !frontier->committing && frontier->untold == 0;
}

bool frontier_may_commit(const struct frontier *frontier)
{
    return may_speak(frontier) && frontier->settled > frontier->committed;
}

void frontier_commit(struct frontier *frontier)
{
    check(frontier_may_commit(frontier));
    frontier->committing = true;
    frontier->committing_to = frontier->settled;
}

bool frontier_acknowledge(struct frontier *frontier, uint32_t epoch, bool acknowledged,
                          uint32_t tells)
{
    if (epoch != frontier->epoch || !frontier->committing) {
        return false;
    }
    frontier->committing = false;
    if (!acknowledged) {
        return false;
    }
    frontier->committed = frontier->committing_to;
    if (frontier->phase != FRONTIER_RUNNING) {
        return false; /* it failed meanwhile: what begins anew repeats the tick */
    }
    frontier->untold = tells;
    return true;
}

bool frontier_is_quiet(const struct frontier *frontier)
{
    return may_speak(frontier) && frontier->count == 0 && frontier->committed == frontier->read;
}

bool frontier_is_drained(const struct frontier *frontier)
{
    return may_speak(frontier) && frontier->count == 0 && frontier->committed == frontier->settled;
}

void frontier_tell_again(struct frontier *frontier, uint32_t tells)
{
    check(frontier_is_quiet(frontier));
    frontier->untold = tells;
}

uint64_t frontier_token_pack(struct frontier_token token)
{
    check(token.partition < (1U << TOKEN_PARTITION_BITS) && token.slot <= FRONTIER_TICK);
    return (uint64_t)token.partition << (TOKEN_EPOCH_BITS + TOKEN_SLOT_BITS) |
           low_bits(token.epoch, TOKEN_EPOCH_BITS) << TOKEN_SLOT_BITS | (uint64_t)token.slot;
}

struct frontier_token frontier_token_unpack(uint64_t word)
{
    return (struct frontier_token){
        .partition = (uint32_t)(word >> (TOKEN_EPOCH_BITS + TOKEN_SLOT_BITS)),
        .epoch = (uint32_t)low_bits(word >> TOKEN_SLOT_BITS, TOKEN_EPOCH_BITS),
        .slot = (size_t)low_bits(word, TOKEN_SLOT_BITS),
    };
}
