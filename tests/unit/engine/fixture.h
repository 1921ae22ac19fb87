/* fixture.h: an engine over policies given as text, fed with records given as text. */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include "engine/batch.h"

struct fixture {
    struct arena *arena;
    struct plan *plan;
    struct lookup_set *lookups;
    struct engine *engine;
    struct engine_source source;
    const char *table;        /* of the records added next; "t" */
    struct store_batch batch; /* what the last run gave */
    struct source_record records[SOURCE_BATCH_RECORDS_MAX];
    size_t count;             /* records not yet run */
    uint64_t offset;
};

/* The policies are YAML. Rows of lookups, where there are any, belong to the plan's lookups in
 * order. The clock stands still. Ends the test when the policies have mistakes. */
void fixture_init(struct fixture *fixture, const char *policies, const struct lookup_rows *rows,
                  size_t threads);
void fixture_deinit(struct fixture *fixture);
/* The clock that stands still. */
struct clock fixture_clock(void);

/* Adds a record: the change of the item {"id": ID} of the table between two images in DynamoDB's
 * JSON (NULL: none), created `time_ms` after the start of 2026. */
void fixture_add(struct fixture *fixture, const char *id, const char *before, const char *after,
                 int64_t time_ms);
/* Adds a record as it stands. */
void fixture_add_bytes(struct fixture *fixture, struct span bytes);
/* Runs what was added as one batch. */
void fixture_run(struct fixture *fixture);

/* One alert as JSON, in the fixture's arena. */
struct span fixture_alert_json(const struct fixture *fixture, size_t index);
/* A policy's counter in the last batch. */
uint64_t fixture_count(const struct fixture *fixture, const char *policy, const char *counter);

#endif
