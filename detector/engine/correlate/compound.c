/* compound.c: each part has a memory of its own and leaves findings, which hold for a while from
 * the time on at which they were known. What is required is looked at where a finding begins:
 * nothing else can make it true. Where findings can make it false too, that waits for the
 * watermark. */
#include "engine/correlate/compound.h"

#include "engine/correlate/compound_findings.h"
#include "engine/correlate/nested.h"

#include <stdlib.h>

/* What is made of a rule once. */
struct prepared {
    struct require *require;
    const struct operator_type *types[CORRELATION_PARTS_MAX];
    bool shows; /* alerts at the watermark are possible */
    struct operator_part figures[CORRELATION_PARTS_MAX]; /* as of the last look */
};

struct part {
    const struct operator_type *type;
    void *memory;
    struct compound_findings findings;
};

/* `parts` is NULL before the first event. */
struct compound {
    struct part *parts;
    uint32_t part_count;
};

static const struct correlation *rule_of(const struct correlation *rule, uint32_t part)
{
    return &rule->parts[part].rule;
}

static void *compound_prepare(const struct correlation *rule, operator_lookup lookup,
                              struct slab *slab, struct arena *arena)
{
    (void)slab;
    struct prepared *prepared = arena_alloc(arena, sizeof *prepared);
    *prepared = (struct prepared){.shows = rule->waits};
    for (uint32_t i = 0; i < rule->part_count; i++) {
        prepared->types[i] = lookup(rule_of(rule, i));
        if (!prepared->types[i]) {
            return NULL;
        }
        prepared->shows = prepared->shows || nested_shows(prepared->types[i], rule_of(rule, i));
    }
    prepared->require = require_new(rule, arena);
    return prepared->require ? prepared : NULL;
}

static struct prepared *prepared_of(const struct correlation *rule)
{
    return rule->prepared;
}

static void make_parts(struct compound *compound, const struct correlation *rule)
{
    if (compound->parts) {
        return;
    }
    compound->parts = nested_allocate(rule->part_count, sizeof *compound->parts);
    compound->part_count = rule->part_count;
    for (uint32_t i = 0; i < rule->part_count; i++) {
        compound->parts[i].type = prepared_of(rule)->types[i];
        compound->parts[i].memory = nested_allocate(1, compound->parts[i].type->memory_size);
    }
}

/* -- what holds at a time */

static int64_t end_us(const struct correlation *rule, uint32_t part, int64_t known_us)
{
    int64_t end;
    return __builtin_add_overflow(known_us, rule->parts[part].within_us, &end) ? INT64_MAX : end;
}

/* The finding by which a part holds at a time; NULL: it does not. */
static const struct compound_finding *holding(const struct compound *compound,
                                              const struct correlation *rule, uint32_t part,
                                              int64_t time_us)
{
    const struct compound_finding *last =
        compound_findings_before(&compound->parts[part].findings, time_us);
    return last && time_us < end_us(rule, part, last->known_us) ? last : NULL;
}

static void insert_event(struct operator_firing *out, const struct operator_event *event)
{
    size_t place = out->listed;
    while (place > 0 && out->events[place - 1].time_us > event->time_us) {
        out->events[place] = out->events[place - 1];
        place--;
    }
    out->events[place] = *event;
    out->listed++;
}

/* Tells of the findings that hold, each by its last event. */
static void tell(const struct compound *compound, const struct correlation *rule, int64_t time_us,
                 struct operator_firing *out)
{
    out->parts = prepared_of(rule)->figures;
    out->event_count = out->listed = 0;
    out->from_us = time_us;
    out->to_us = time_us;
    out->value = decimal_from_int(0);
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct compound_finding *finding = holding(compound, rule, i, time_us);
        if (!finding) {
            continue;
        }
        out->event_count += finding->count;
        out->from_us = finding->from_us < out->from_us ? finding->from_us : out->from_us;
        out->approximate |= finding->approximate;
        out->value = decimal_from_uint(out->event_count);
        insert_event(out, &finding->last);
    }
}

/* What is required holds at the time: *out tells why. */
static bool holds_at(const struct compound *compound, const struct correlation *rule,
                     int64_t time_us, struct operator_firing *out)
{
    struct operator_part *figures = prepared_of(rule)->figures;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct compound_finding *finding = holding(compound, rule, i, time_us);
        figures[i] = (struct operator_part){0};
        if (finding) {
            figures[i] = (struct operator_part){
                true, finding->count, finding->value, finding->from_us};
        }
    }
    if (!require_holds(prepared_of(rule)->require, figures)) {
        return false;
    }
    tell(compound, rule, time_us, out);
    return true;
}

/* A new finding of a part: what is required may hold where it begins, or where findings of others
 * begin while it holds. */
static bool holds_by(const struct compound *compound, const struct correlation *rule, uint32_t part,
                     int64_t known_us, struct operator_firing *out)
{
    int64_t until_us = end_us(rule, part, known_us);
    if (holds_at(compound, rule, known_us, out)) {
        return true;
    }
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct compound_findings *others = &compound->parts[i].findings;
        for (size_t k = 0; i != part && k < others->count; k++) {
            int64_t begin_us = others->items[k].known_us;
            if (begin_us > known_us && begin_us < until_us &&
                holds_at(compound, rule, begin_us, out)) {
                return true;
            }
        }
    }
    return false;
}

/* -- events */

static int64_t compound_late_us(const struct correlation *rule, const struct operator_event *event)
{
    uint32_t local;
    uint32_t part;
    const struct correlation *own = correlation_of_input(rule, event->input, &local, &part);
    struct operator_event inside = *event;
    inside.input = local;
    int64_t own_us = prepared_of(rule)->types[part]->late_us(own, &inside);
    int64_t looked_us = rule->waits ? nested_passed_us(rule, event->time_us) : INT64_MAX;
    return looked_us < own_us ? looked_us : own_us;
}

static void add_finding(struct compound *compound, const struct correlation *rule, uint32_t part,
                        int64_t known_us, const struct operator_event *last,
                        struct operator_firing *out)
{
    const struct compound_finding finding = {
        .known_us = known_us,
        .from_us = out->from_us,
        .count = out->event_count,
        .value = out->value,
        .approximate = out->approximate,
        .pending = rule->waits,
        .last = *last,
    };
    out->forgotten += compound_findings_add(&compound->parts[part].findings, &finding);
}

static bool compound_apply(void *memory, const struct correlation *rule,
                           const struct operator_event *event, struct operator_firing *out)
{
    struct compound *compound = memory;
    struct operator_event inside = *event;
    uint32_t number;
    make_parts(compound, rule);
    const struct correlation *own =
        correlation_of_input(rule, event->input, &inside.input, &number);
    struct part *part = &compound->parts[number];
    bool found = part->type->apply(part->memory, own, &inside, out);
    out->not_shown = false; /* by the part; the whole may show it */
    if (!found) {
        return false;
    }
    int64_t known_us = out->to_us;
    add_finding(compound, rule, number, known_us, event, out);
    return !rule->waits && holds_by(compound, rule, number, known_us, out);
}

/* -- time */

/* The part that is due first, at *due_us; part_count and INT64_MAX: none. */
static uint32_t next_part(const struct compound *compound, const struct correlation *rule,
                          int64_t *due_us)
{
    uint32_t next = compound->part_count;
    *due_us = INT64_MAX;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct part *part = &compound->parts[i];
        int64_t part_due_us = part->type->due_us(part->memory, rule_of(rule, i));
        if (part_due_us < *due_us) {
            *due_us = part_due_us;
            next = i;
        }
    }
    return next;
}

/* The finding to be looked at first, at watermark *due_us; NULL and INT64_MAX: none. */
static struct compound_finding *next_pending(const struct compound *compound,
                                             const struct correlation *rule, int64_t *due_us)
{
    struct compound_finding *next = NULL;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        struct compound_finding *pending =
            compound_findings_pending(&compound->parts[i].findings);
        if (pending && (!next || pending->known_us < next->known_us)) {
            next = pending;
        }
    }
    *due_us = next ? nested_passed_us(rule, next->known_us) : INT64_MAX;
    return next;
}

/* The watermark at which the oldest finding of all parts can count no more. */
static int64_t forget_due_us(const struct compound *compound, const struct correlation *rule)
{
    int64_t due_us = INT64_MAX;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct compound_findings *findings = &compound->parts[i].findings;
        if (findings->count) {
            int64_t end = correlation_end_us(rule, findings->items[0].known_us);
            due_us = end < due_us ? end : due_us;
        }
    }
    return due_us;
}

static int64_t compound_due_us(const void *memory, const struct correlation *rule)
{
    const struct compound *compound = memory;
    int64_t part_us;
    int64_t pending_us;
    int64_t forget_us = forget_due_us(compound, rule);
    (void)next_part(compound, rule, &part_us);
    (void)next_pending(compound, rule, &pending_us);
    int64_t due_us = part_us < pending_us ? part_us : pending_us;
    return due_us < forget_us ? due_us : forget_us;
}

/* Lets the time of one part go on to what it has to do next. */
static bool advance_part(struct compound *compound, const struct correlation *rule, uint32_t number,
                         int64_t due_us, struct operator_firing *out)
{
    struct part *part = &compound->parts[number];
    const struct correlation *own = rule_of(rule, number);
    int64_t known_us = nested_passed_by_us(rule, due_us);
    if (!part->type->advance(part->memory, own, due_us, out)) {
        return false;
    }
    struct operator_event shown = nested_shown_event(out);
    add_finding(compound, rule, number, known_us, &shown, out);
    bool fires = !rule->waits && holds_by(compound, rule, number, known_us, out);
    out->to_us = shown.time_us;
    return fires;
}

static bool look_at(struct compound *compound, const struct correlation *rule,
                    struct compound_finding *finding, struct operator_firing *out)
{
    for (uint32_t i = 0; i < compound->part_count; i++) {
        compound_findings_looked(&compound->parts[i].findings, finding->known_us);
    }
    if (!holds_at(compound, rule, finding->known_us, out)) {
        return false;
    }
    out->shown_us = finding->last.time_us;
    out->shown_sequence = finding->last.sequence;
    out->to_us = finding->last.time_us;
    return true;
}

static void forget(struct compound *compound, const struct correlation *rule, int64_t watermark_us)
{
    for (uint32_t i = 0; i < compound->part_count; i++) {
        struct compound_findings *findings = &compound->parts[i].findings;
        size_t gone = 0;
        while (gone < findings->count && !findings->items[gone].pending &&
               correlation_end_us(rule, findings->items[gone].known_us) <= watermark_us) {
            gone++;
        }
        compound_findings_drop(findings, gone);
    }
}

/* Step by step in the order of time, so that what is looked at knows all that came before it. */
static bool compound_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                             struct operator_firing *out)
{
    struct compound *compound = memory;
    bool fires = false;
    for (;;) {
        int64_t part_us;
        int64_t pending_us;
        uint32_t part = next_part(compound, rule, &part_us);
        struct compound_finding *pending = next_pending(compound, rule, &pending_us);
        if (part_us <= watermark_us && part_us <= pending_us) {
            fires = advance_part(compound, rule, part, part_us, out);
        } else if (pending_us <= watermark_us) {
            fires = look_at(compound, rule, pending, out);
        } else {
            break;
        }
        if (fires) {
            return true;
        }
        nested_begin(out);
    }
    forget(compound, rule, watermark_us);
    return false;
}

static int64_t compound_shows_from_us(const void *memory, const struct correlation *rule)
{
    const struct compound *compound = memory;
    int64_t from_us = INT64_MAX - 1;
    if (!prepared_of(rule)->shows) {
        return INT64_MAX;
    }
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct part *part = &compound->parts[i];
        int64_t own_us = part->type->shows_from_us
                             ? part->type->shows_from_us(part->memory, rule_of(rule, i))
                             : INT64_MAX;
        int64_t pending_us = compound_findings_shows_from_us(&part->findings);
        own_us = pending_us < own_us ? pending_us : own_us;
        from_us = own_us < from_us ? own_us : from_us;
    }
    return from_us;
}

static bool compound_is_learning(const void *memory, const struct correlation *rule,
                                 int64_t watermark_us)
{
    const struct compound *compound = memory;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct part *part = &compound->parts[i];
        if (part->type->is_learning &&
            part->type->is_learning(part->memory, rule_of(rule, i), watermark_us)) {
            return true;
        }
    }
    return false;
}

/* -- memory */

static size_t compound_bytes(const void *memory)
{
    const struct compound *compound = memory;
    size_t bytes = compound->part_count * sizeof *compound->parts;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        const struct part *part = &compound->parts[i];
        bytes += part->type->memory_size + part->type->bytes(part->memory) +
                 compound_findings_bytes(&part->findings);
    }
    return bytes;
}

/* A part without events is told by a zero: operators save nothing else than a memory with some. */
static void compound_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct compound *compound = memory;
    for (uint32_t i = 0; i < rule->part_count; i++) {
        const struct part *part = &compound->parts[i];
        bool used = part->type->due_us(part->memory, rule_of(rule, i)) != INT64_MAX;
        pack_u8(out, used);
        if (used) {
            part->type->save(part->memory, rule_of(rule, i), out);
        }
        compound_findings_save(&part->findings, out);
    }
}

static void compound_load(void *memory, const struct correlation *rule, uint32_t source_count,
                          struct unpacker *from)
{
    struct compound *compound = memory;
    make_parts(compound, rule);
    for (uint32_t i = 0; i < rule->part_count && !from->failed; i++) {
        struct part *part = &compound->parts[i];
        const struct correlation *own = rule_of(rule, i);
        uint8_t used = unpack_u8(from);
        unpack_expect(from, used <= 1);
        if (used == 1 && !from->failed) {
            part->type->load(part->memory, own, source_count, from);
            unpack_expect(from, part->type->due_us(part->memory, own) != INT64_MAX);
        }
        compound_findings_load(&part->findings, rule->waits, source_count, from);
    }
}

static void compound_release(void *memory)
{
    struct compound *compound = memory;
    for (uint32_t i = 0; i < compound->part_count; i++) {
        struct part *part = &compound->parts[i];
        part->type->release(part->memory);
        free(part->memory);
        compound_findings_release(&part->findings);
    }
    free(compound->parts);
}

const struct operator_type compound_operator = {
    .memory_size = sizeof(struct compound),
    .prepare = compound_prepare,
    .late_us = compound_late_us,
    .apply = compound_apply,
    .due_us = compound_due_us,
    .advance = compound_advance,
    .shows_from_us = compound_shows_from_us,
    .is_learning = compound_is_learning,
    .bytes = compound_bytes,
    .save = compound_save,
    .load = compound_load,
    .release = compound_release,
};
