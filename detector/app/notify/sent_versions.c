/* sent_versions.c: a table of sets: an id is a digest, so that its first bytes spread evenly. */
#include "app/notify/sent_versions.h"

#include "base/check.h"

#include <stdlib.h>

struct entry {
    struct digest id;
    uint64_t log_sequence;
    uint32_t ordinal;
    uint32_t noted; /* when, by `clock`; 0: empty */
};

struct sent_versions {
    uint32_t clock; /* of notes; wraps around, which only lets a set forget another one first */
    struct entry entries[SENT_VERSIONS_SETS][SENT_VERSIONS_WAYS];
};

struct sent_versions *sent_versions_new(void)
{
    struct sent_versions *versions = calloc(1, sizeof *versions);
    if (!versions) {
        check_memory_exhausted(sizeof *versions);
    }
    return versions;
}

void sent_versions_free(struct sent_versions **versions)
{
    free(*versions);
    *versions = NULL;
}

static size_t set_of(const struct digest *id)
{
    uint32_t number = 0;
    memcpy(&number, id->bytes, sizeof number);
    return number % SENT_VERSIONS_SETS;
}

static bool is_newer(const struct alert *alert, const struct entry *entry)
{
    return alert->log_sequence > entry->log_sequence ||
           (alert->log_sequence == entry->log_sequence && alert->ordinal > entry->ordinal);
}

static bool is_of(const struct entry *entry, const struct alert *alert)
{
    return entry->noted && digest_equals(&entry->id, &alert->id);
}

/* The alert's entry, else the one of its set that was noted first. */
static struct entry *place_of(struct entry *set, const struct alert *alert)
{
    struct entry *oldest = set;
    for (size_t way = 0; way < SENT_VERSIONS_WAYS; way++) {
        if (is_of(&set[way], alert)) {
            return &set[way];
        }
        if (set[way].noted < oldest->noted) {
            oldest = &set[way];
        }
    }
    return oldest;
}

void sent_versions_note(struct sent_versions *versions, const struct alert *alert)
{
    struct entry *entry = place_of(versions->entries[set_of(&alert->id)], alert);
    versions->clock = versions->clock == UINT32_MAX ? 1 : versions->clock + 1;
    if (!is_of(entry, alert) || is_newer(alert, entry)) {
        entry->id = alert->id;
        entry->log_sequence = alert->log_sequence;
        entry->ordinal = alert->ordinal;
    }
    entry->noted = versions->clock;
}

static const struct entry *find(const struct sent_versions *versions, const struct alert *alert)
{
    const struct entry *set = versions->entries[set_of(&alert->id)];
    for (size_t way = 0; way < SENT_VERSIONS_WAYS; way++) {
        if (is_of(&set[way], alert)) {
            return &set[way];
        }
    }
    return NULL;
}

bool sent_versions_hold(const struct sent_versions *versions, const struct alert *alert)
{
    const struct entry *entry = find(versions, alert);
    return entry && !is_newer(alert, entry);
}

bool sent_versions_passed(const struct sent_versions *versions, const struct alert *alert)
{
    const struct entry *entry = find(versions, alert);
    bool is_same = entry && entry->log_sequence == alert->log_sequence &&
                   entry->ordinal == alert->ordinal;
    return entry && !is_same && !is_newer(alert, entry);
}
