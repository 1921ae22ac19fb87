/* chain.c: step by step in the order of time: what inner correlations find goes to the outer one
 * before that comes as far. Where the outer one waits, the events that it may show later are
 * remembered: an alert shows the event by which an inner correlation found something. */
#include "engine/correlate/chain.h"

#include "engine/correlate/chain_groups.h"
#include "engine/correlate/compound_findings.h"
#include "engine/correlate/nested.h"

#include <stdlib.h>

/* What is made of a rule once. */
struct prepared {
    struct correlation outer; /* without its inner ones */
    const struct operator_type *type;
    bool shows;
    struct chain_inner inners[CORRELATION_INNERS_MAX];
};

struct chain {
    struct chain_groups groups;
    const struct operator_type *type; /* of the outer correlation */
    void *outer;                      /* its memory; NULL: there is nothing in it */
    struct compound_findings kept;    /* events of it that it may show, all of them pending */
};

/* An event of the outer correlation. */
struct made {
    int64_t known_us;            /* when it is */
    struct operator_event event; /* by which it was found, with its own time */
};

static const struct prepared *prepared_of(const struct correlation *rule)
{
    return rule->prepared;
}

/* What rules are prepared with. */
struct making {
    operator_lookup lookup;
    struct slab *slab;
    struct arena *arena;
};

static bool prepare_one(struct correlation *rule, const struct operator_type **type,
                        const struct making *making)
{
    *type = making->lookup(rule);
    if (!*type) {
        return false;
    }
    if ((*type)->prepare) {
        rule->prepared = (*type)->prepare(rule, making->lookup, making->slab, making->arena);
        return rule->prepared != NULL;
    }
    return true;
}

static void *chain_prepare(const struct correlation *rule, operator_lookup lookup,
                           struct slab *slab, struct arena *arena)
{
    const struct making making = {lookup, slab, arena};
    struct prepared *prepared = arena_alloc(arena, sizeof *prepared);
    *prepared = (struct prepared){.outer = *rule};
    prepared->outer.inners = NULL;
    prepared->outer.inner_count = 0;
    bool can = prepare_one(&prepared->outer, &prepared->type, &making);
    prepared->shows = can && nested_shows(prepared->type, &prepared->outer);
    for (uint32_t i = 0; i < rule->inner_count && can; i++) {
        struct chain_inner *inner = &prepared->inners[i];
        *inner = (struct chain_inner){
            .number = i, .input = rule->inners[i].input, .rule = rule->inners[i].rule};
        can = prepare_one(&inner->rule, &inner->type, &making);
        inner->shows = can && nested_shows(inner->type, &inner->rule);
    }
    return can ? prepared : NULL;
}

/* An event that an inner correlation takes is not late, even where what it finds may be. */
static int64_t chain_late_us(const struct correlation *rule, const struct operator_event *event)
{
    const struct prepared *prepared = prepared_of(rule);
    if (!event->inner) {
        return prepared->type->late_us(&prepared->outer, event);
    }
    const struct chain_inner *inner = &prepared->inners[event->inner->rule];
    return inner->type->late_us(&inner->rule, &event->inner->event);
}

/* -- the outer correlation */

static void make_outer(struct chain *chain, const struct prepared *prepared)
{
    if (!chain->outer) {
        chain->type = prepared->type;
        chain->outer = nested_allocate(1, prepared->type->memory_size);
    }
}

static int64_t outer_due_us(const struct chain *chain, const struct prepared *prepared)
{
    return chain->outer ? prepared->type->due_us(chain->outer, &prepared->outer) : INT64_MAX;
}

static void drop_outer(struct chain *chain)
{
    if (chain->outer) {
        chain->type->release(chain->outer);
        free(chain->outer);
        chain->outer = NULL;
    }
}

/* Leaves of the events those that may still be shown, and the newest. */
static void settle_outer(struct chain *chain, const struct prepared *prepared)
{
    struct compound_findings *kept = &chain->kept;
    size_t gone = 0;
    if (outer_due_us(chain, prepared) == INT64_MAX) {
        drop_outer(chain);
        compound_findings_drop(kept, kept->count);
    }
    if (kept->count == 0) {
        return;
    }
    int64_t from_us = prepared->type->shows_from_us(chain->outer, &prepared->outer);
    size_t most = from_us == INT64_MAX ? kept->count : kept->count - 1;
    while (gone < most && kept->items[gone].known_us < from_us) {
        gone++;
    }
    compound_findings_drop(kept, gone);
}

/* Gives the outer correlation an event: true when it fires by it. */
static bool take(struct chain *chain, const struct prepared *prepared, const struct made *made,
                 struct operator_firing *out)
{
    struct operator_event event = made->event;
    uint64_t forgotten = out->forgotten;
    bool approximate = out->approximate;
    nested_begin(out);
    event.time_us = made->known_us;
    if (prepared->type->late_us(&prepared->outer, &event) <= out->done_us) {
        out->late = out->not_shown = true;
        return false;
    }
    make_outer(chain, prepared);
    bool fires = prepared->type->apply(chain->outer, &prepared->outer, &event, out);
    out->forgotten += forgotten;
    out->approximate |= approximate;
    out->not_shown = out->not_shown || !prepared->shows;
    if (!out->not_shown) {
        const struct compound_finding finding = {
            .known_us = made->known_us, .from_us = made->known_us, .pending = true,
            .count = 1, .value = decimal_from_int(1), .last = made->event};
        (void)compound_findings_add(&chain->kept, &finding);
    }
    settle_outer(chain, prepared);
    return fires;
}

/* An event of the outer correlation is called by when it was known; the alert shows what made it,
 * or if that is kept no more the next newer one, else the newest. */
static void show_maker(const struct chain *chain, struct operator_firing *out)
{
    const struct compound_findings *kept = &chain->kept;
    size_t place = 0;
    out->closed_us = out->closed_us == INT64_MIN ? out->shown_us : out->closed_us;
    while (place + 1 < kept->count &&
           (kept->items[place].known_us < out->shown_us ||
            (kept->items[place].known_us == out->shown_us &&
             kept->items[place].last.sequence != out->shown_sequence))) {
        place++;
    }
    if (kept->count > 0) {
        out->shown_us = kept->items[place].last.time_us;
        out->shown_sequence = kept->items[place].last.sequence;
    }
}

/* -- events */

static bool chain_apply(void *memory, const struct correlation *rule,
                        const struct operator_event *event, struct operator_firing *out)
{
    struct chain *chain = memory;
    const struct prepared *prepared = prepared_of(rule);
    const struct operator_inner *inside = event->inner;
    struct made made = {event->time_us, *event};
    uint64_t forgotten = 0;
    made.event.inner = NULL;
    if (!inside) {
        return take(chain, prepared, &made, out);
    }
    const struct chain_inner *inner = &prepared->inners[inside->rule];
    struct chain_group *group = chain_groups_find(&chain->groups, inner, &inside->group);
    if (group) {
        chain_groups_touch(&chain->groups, group);
    } else {
        group = chain_groups_add(&chain->groups, inner, &inside->group, &forgotten);
        group->value = event->value;
    }
    bool found = inner->type->apply(chain_group_memory(group), &inner->rule, &inside->event, out);
    chain_groups_changed(&chain->groups, group);
    out->forgotten += forgotten;
    bool not_shown = out->not_shown || !inner->shows;
    made.known_us = out->to_us;
    bool fires = found && take(chain, prepared, &made, out);
    out->not_shown = not_shown && (!found || out->not_shown);
    return fires;
}

/* -- time */

static int64_t chain_due_us(const void *memory, const struct correlation *rule)
{
    const struct chain *chain = memory;
    int64_t inner_us;
    int64_t outer_us = outer_due_us(chain, prepared_of(rule));
    (void)chain_groups_next(&chain->groups, &inner_us);
    return inner_us < outer_us ? inner_us : outer_us;
}

/* Lets the time of an inner group go on to what it has to do next. */
static bool advance_inner(struct chain *chain, const struct prepared *prepared,
                          struct chain_group *group, int64_t due_us, struct operator_firing *out)
{
    const struct chain_inner *inner = group->inner;
    struct made made = {.known_us = nested_passed_by_us(&inner->rule, due_us)};
    struct digest value = group->value;
    bool found = inner->type->advance(chain_group_memory(group), &inner->rule, due_us, out);
    if (found) {
        made.event = nested_shown_event(out);
        made.event.input = inner->input;
        made.event.value = value;
        made.event.count = 1;
        out->done_us = due_us - 1; /* the outer correlation comes behind it */
    }
    int64_t shown_us = out->shown_us;
    uint64_t shown_sequence = out->shown_sequence;
    chain_groups_changed(&chain->groups, group);
    if (!found || !take(chain, prepared, &made, out)) {
        return false;
    }
    out->shown_us = shown_us;
    out->shown_sequence = shown_sequence;
    out->closed_us = made.known_us;
    return true;
}

static bool advance_outer(struct chain *chain, const struct prepared *prepared, int64_t due_us,
                          struct operator_firing *out)
{
    bool fires = prepared->type->advance(chain->outer, &prepared->outer, due_us, out);
    if (fires) {
        show_maker(chain, out);
    }
    settle_outer(chain, prepared);
    return fires;
}

static bool chain_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                          struct operator_firing *out)
{
    struct chain *chain = memory;
    const struct prepared *prepared = prepared_of(rule);
    bool fires = false;
    for (;;) {
        int64_t inner_us;
        int64_t outer_us = outer_due_us(chain, prepared);
        struct chain_group *group = chain_groups_next(&chain->groups, &inner_us);
        if (group && inner_us <= watermark_us && inner_us <= outer_us) {
            fires = advance_inner(chain, prepared, group, inner_us, out);
        } else if (chain->outer && outer_us <= watermark_us) {
            fires = advance_outer(chain, prepared, outer_us, out);
        } else {
            return false;
        }
        if (fires) {
            return true;
        }
        nested_begin(out);
    }
}

static int64_t chain_shows_from_us(const void *memory, const struct correlation *rule)
{
    const struct chain *chain = memory;
    int64_t inner_us = chain_groups_show_from_us(&chain->groups);
    int64_t outer_us = compound_findings_shows_from_us(&chain->kept);
    (void)rule;
    return inner_us < outer_us ? inner_us : outer_us;
}

static bool chain_is_learning(const void *memory, const struct correlation *rule,
                              int64_t watermark_us)
{
    const struct chain *chain = memory;
    const struct prepared *prepared = prepared_of(rule);
    bool learns = chain->outer && prepared->type->is_learning &&
                  prepared->type->is_learning(chain->outer, &prepared->outer, watermark_us);
    for (uint32_t i = 0; i < chain->groups.count && !learns; i++) {
        const struct chain_group *group = chain->groups.places[i].group;
        const struct operator_type *type = group->inner->type;
        learns = type->is_learning && type->is_learning(chain_group_memory(group),
                                                        &group->inner->rule, watermark_us);
    }
    return learns;
}

/* -- memory */

static size_t chain_bytes(const void *memory)
{
    const struct chain *chain = memory;
    size_t outer = chain->outer ? chain->type->memory_size + chain->type->bytes(chain->outer) : 0;
    return chain->groups.bytes + outer + compound_findings_bytes(&chain->kept);
}

static void save_group(const struct chain_group *group, struct buf *out)
{
    pack_u32(out, group->inner->number);
    pack_digest(out, &group->key);
    pack_digest(out, &group->value);
    group->inner->type->save(chain_group_memory(group), &group->inner->rule, out);
}

/* Groups from the one that was still for longest. */
static void chain_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct chain *chain = memory;
    const struct prepared *prepared = prepared_of(rule);
    pack_u32(out, chain->groups.count);
    for (const struct chain_group *group = chain->groups.oldest; group; group = group->newer) {
        save_group(group, out);
    }
    pack_u8(out, chain->outer != NULL);
    if (chain->outer) {
        prepared->type->save(chain->outer, &prepared->outer, out);
        compound_findings_save(&chain->kept, out);
    }
}

static void load_group(struct chain *chain, const struct correlation *rule, uint32_t source_count,
                       struct unpacker *from)
{
    uint32_t number = unpack_u32(from);
    struct digest key = unpack_digest(from);
    struct digest value = unpack_digest(from);
    unpack_expect(from, number < rule->inner_count);
    if (from->failed) {
        return;
    }
    uint64_t forgotten;
    const struct chain_inner *inner = &prepared_of(rule)->inners[number];
    unpack_expect(from, !chain_groups_find(&chain->groups, inner, &key));
    if (from->failed) {
        return;
    }
    struct chain_group *group = chain_groups_add(&chain->groups, inner, &key, &forgotten);
    group->value = value;
    inner->type->load(chain_group_memory(group), &inner->rule, source_count, from);
    unpack_expect(from, !from->failed && inner->type->due_us(chain_group_memory(group),
                                                             &inner->rule) != INT64_MAX);
    if (!from->failed) {
        chain_groups_changed(&chain->groups, group);
    }
}

/* Where the outer correlation may show an event there is one. */
static void load_outer(struct chain *chain, const struct prepared *prepared, uint32_t source_count,
                       struct unpacker *from)
{
    make_outer(chain, prepared);
    prepared->type->load(chain->outer, &prepared->outer, source_count, from);
    compound_findings_load(&chain->kept, prepared->shows, source_count, from);
    if (from->failed) {
        return;
    }
    bool pending = true;
    for (size_t i = 0; i < chain->kept.count; i++) {
        pending = pending && chain->kept.items[i].pending;
    }
    bool shows = prepared->shows && prepared->type->shows_from_us(chain->outer, &prepared->outer) <
                                        INT64_MAX;
    unpack_expect(from, pending && shows == (chain->kept.count > 0) &&
                            outer_due_us(chain, prepared) != INT64_MAX);
}

static void chain_load(void *memory, const struct correlation *rule, uint32_t source_count,
                       struct unpacker *from)
{
    struct chain *chain = memory;
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count <= CHAIN_GROUPS_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        load_group(chain, rule, source_count, from);
    }
    uint8_t used = unpack_u8(from);
    unpack_expect(from, used <= 1);
    if (used == 1 && !from->failed) {
        load_outer(chain, prepared_of(rule), source_count, from);
    }
}

static void chain_release(void *memory)
{
    struct chain *chain = memory;
    chain_groups_release(&chain->groups);
    drop_outer(chain);
    compound_findings_release(&chain->kept);
}

const struct operator_type chain_operator = {
    .memory_size = sizeof(struct chain),
    .prepare = chain_prepare,
    .late_us = chain_late_us,
    .apply = chain_apply,
    .due_us = chain_due_us,
    .advance = chain_advance,
    .shows_from_us = chain_shows_from_us,
    .is_learning = chain_is_learning,
    .bytes = chain_bytes,
    .save = chain_save,
    .load = chain_load,
    .release = chain_release,
};
