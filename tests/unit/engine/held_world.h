/* held_world.h: an engine whose policy waits for the rows of a lookup (grace). */
#ifndef HELD_WORLD_H
#define HELD_WORLD_H

#include "fixture.h"

#define LOOKUP \
    "apiVersion: deltaward/v1\nkind: Lookup\nid: allowed\nsource: {file: a.csv}\nkey: id\n" \
    "columns: {id: string}\ngrace: 60s\n---\n"
#define POLICY "apiVersion: deltaward/v1\nkind: Policy\nid: %s\nseverity: high\nsuppression: none\n"
/* "guarded" waits for a row; "plain" asks no lookup. */
#define GUARDED \
    LOOKUP "apiVersion: deltaward/v1\nkind: Policy\nid: guarded\nseverity: high\n" \
    "match: {tables: [t]}\nsuppression: none\n" \
    "condition: \"!lookup('allowed', keys.id).hasValue()\"\n"
#define PLAIN \
    "---\napiVersion: deltaward/v1\nkind: Policy\nid: plain\nseverity: low\n" \
    "match: {tables: [t]}\nsuppression: none\ncondition: new.n > 1\n"

enum { SECOND_MS = 1000 };
static const int64_t held_start_us = INT64_C(1767225600000000);

/* The rows of the lookup are others from now on, a JSON list; as a reload of them does it. */
void held_set_rows(struct fixture *fixture, const char *text);
/* An engine with these policies and a lookup without rows. */
void held_begin(struct fixture *fixture, const char *policies);
/* One record of an item, so many seconds after the start, and a batch of it. */
void held_run_at(struct fixture *fixture, const char *id, const char *image, int64_t second);
/* So many matches, and conditions without a value, came of the last batch. */
void held_assert_signals(const struct fixture *fixture, size_t count);

#endif
