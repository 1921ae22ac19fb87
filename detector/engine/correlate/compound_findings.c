/* compound_findings.c: a short sorted list. */
#include "engine/correlate/compound_findings.h"

#include "base/check.h"

#include <stdlib.h>

/* Of one time the one that was found first comes first. */
static bool comes_before(const struct compound_finding *a, const struct compound_finding *b)
{
    return a->known_us < b->known_us;
}

static void reserve(struct compound_findings *findings)
{
    if (findings->count < findings->capacity) {
        return;
    }
    size_t capacity = findings->capacity ? 2 * findings->capacity : 1;
    struct compound_finding *items = realloc(findings->items, capacity * sizeof *items);
    if (!items) {
        check_memory_exhausted(capacity * sizeof *items);
    }
    findings->items = items;
    findings->capacity = capacity;
}

void compound_findings_drop(struct compound_findings *findings, size_t count)
{
    if (count) {
        findings->count -= count;
        memmove(findings->items, findings->items + count,
                findings->count * sizeof *findings->items);
    }
}

uint64_t compound_findings_add(struct compound_findings *findings,
                               const struct compound_finding *finding)
{
    uint64_t forgotten = 0;
    if (findings->count == COMPOUND_FINDINGS_MAX) {
        compound_findings_drop(findings, 1);
        forgotten = 1;
    }
    reserve(findings);
    size_t place = findings->count;
    while (place > 0 && comes_before(finding, &findings->items[place - 1])) {
        place--;
    }
    memmove(&findings->items[place + 1], &findings->items[place],
            (findings->count - place) * sizeof *findings->items);
    findings->items[place] = *finding;
    findings->count++;
    return forgotten;
}

const struct compound_finding *compound_findings_before(const struct compound_findings *findings,
                                                        int64_t time_us)
{
    size_t place = findings->count;
    while (place > 0 && findings->items[place - 1].known_us > time_us) {
        place--;
    }
    return place ? &findings->items[place - 1] : NULL;
}

struct compound_finding *compound_findings_pending(const struct compound_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].pending) {
            return &findings->items[i];
        }
    }
    return NULL;
}

void compound_findings_looked(struct compound_findings *findings, int64_t time_us)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct compound_finding *finding = &findings->items[i];
        finding->pending = finding->pending && finding->known_us != time_us;
    }
}

int64_t compound_findings_shows_from_us(const struct compound_findings *findings)
{
    int64_t from_us = INT64_MAX;
    for (size_t i = 0; i < findings->count; i++) {
        const struct compound_finding *finding = &findings->items[i];
        if (finding->pending && finding->last.time_us < from_us) {
            from_us = finding->last.time_us;
        }
    }
    return from_us;
}

size_t compound_findings_bytes(const struct compound_findings *findings)
{
    return findings->count * sizeof *findings->items; /* not the room: a state taken up has less */
}

void compound_findings_save(const struct compound_findings *findings, struct buf *out)
{
    pack_u32(out, (uint32_t)findings->count);
    for (size_t i = 0; i < findings->count; i++) {
        const struct compound_finding *finding = &findings->items[i];
        pack_i64(out, finding->known_us);
        pack_i64(out, finding->from_us);
        pack_u64(out, finding->count);
        pack_decimal(out, finding->value);
        pack_u8(out, finding->approximate);
        pack_u8(out, finding->pending);
        pack_i64(out, finding->last.time_us);
        pack_u64(out, finding->last.sequence);
        pack_u64(out, finding->last.offset);
        pack_digest(out, &finding->last.finding);
        pack_u32(out, finding->last.source);
        pack_u32(out, finding->last.count);
    }
}

static struct compound_finding load_one(struct unpacker *from, uint8_t *approximate,
                                        uint8_t *pending)
{
    struct compound_finding finding = {.known_us = unpack_i64(from)};
    finding.from_us = unpack_i64(from);
    finding.count = unpack_u64(from);
    finding.value = unpack_decimal(from);
    *approximate = unpack_u8(from);
    *pending = unpack_u8(from);
    finding.approximate = *approximate == 1;
    finding.pending = *pending == 1;
    finding.last.time_us = unpack_i64(from);
    finding.last.sequence = unpack_u64(from);
    finding.last.offset = unpack_u64(from);
    finding.last.finding = unpack_digest(from);
    finding.last.source = unpack_u32(from);
    finding.last.count = unpack_u32(from);
    return finding;
}

void compound_findings_load(struct compound_findings *findings, bool waits, uint32_t source_count,
                            struct unpacker *from)
{
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count <= COMPOUND_FINDINGS_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        uint8_t approximate = 0;
        uint8_t pending = 0;
        struct compound_finding finding = load_one(from, &approximate, &pending);
        bool ordered = i == 0 || !comes_before(&finding, &findings->items[i - 1]);
        unpack_expect(from, ordered && approximate <= 1 && pending <= (waits ? 1 : 0) &&
                                finding.last.source < source_count);
        if (!from->failed) {
            (void)compound_findings_add(findings, &finding);
        }
    }
}

void compound_findings_release(struct compound_findings *findings)
{
    free(findings->items);
    *findings = (struct compound_findings){0};
}
