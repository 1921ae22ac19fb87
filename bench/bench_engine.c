/* Measures how many records a second the engine takes through evaluate and decide (no store, no
 * sink), beside a program that only parses the same lines with jansson.
 *
 *   bench_engine FILE POLICIES [PASSES]
 *
 * FILE: records, one a line (tests/tools/generate_changes, or `deltaward demo --keep`); POLICIES: a
 * file or folder. The records are read into memory first. Passes at 1 and 2 threads and of jansson
 * alternate in one process, medians of wall time are compared; each pass has an engine of its own.
 */
#include "engine/batch.h"
#include "records.h"

#include <stdio.h>
#include <stdlib.h>

enum { PASSES_DEFAULT = 5, PASSES_MAX = 99, THREADS_MAX = 2 };

struct subject {
    struct records records;
    struct plan *plan;
    struct lookup_set *lookups;
};

static void print_diags(const struct diag_list *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        struct buf text = {0};
        diag_render(&diags->items[i], false, &text);
        fputs(text.ptr, stderr);
        buf_deinit(&text);
    }
}

static void load(struct subject *subject, const char *path)
{
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    const struct span paths[] = {span_view(path)};
    const struct plan_options options = {.mask_key = SPAN("bench")};
    if (plan_load(paths, 1, &options, &diags, &subject->plan) != STATUS_OK ||
        lookup_set_load(subject->plan, NULL, &diags, &subject->lookups) != STATUS_OK) {
        print_diags(&diags);
        exit(2);
    }
    arena_free(&arena);
}

/* The next records as one batch: as many as a source gives at once. */
static struct source_batch next_batch(const struct records *records, size_t from,
                                      struct source_record *room)
{
    size_t bytes = 0;
    size_t count = 0;
    while (from + count < records->count && count < SOURCE_BATCH_RECORDS_MAX &&
           bytes < SOURCE_BATCH_BYTES_MAX) {
        struct span line = records->lines[from + count];
        room[count] = (struct source_record){
            .bytes = line, .offset = (uint64_t)(line.ptr - records->text.ptr)};
        bytes += line.len;
        count++;
    }
    return (struct source_batch){.records = room, .count = count, .position = SPAN("")};
}

static struct engine_totals pass_engine(const struct subject *subject, size_t threads)
{
    static struct source_record room[SOURCE_BATCH_RECORDS_MAX];
    const struct engine_options options = {.threads = threads, .clock = clock_system()};
    struct engine *engine = engine_new(&options, subject->plan, subject->lookups);
    struct engine_source source = {.name = SPAN("bench"), .watermark_us = INT64_MIN};
    for (size_t from = 0; from < subject->records.count;) {
        struct store_batch out;
        struct source_batch batch = next_batch(&subject->records, from, room);
        engine_run(engine, &source, &batch, &out);
        source.watermark_us = out.watermark_us;
        from += batch.count;
    }
    struct engine_totals totals = engine_totals(engine);
    engine_free(&engine);
    return totals;
}

static double seconds_since(uint64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / 1e9;
}

static void print_totals(const struct engine_totals *totals, size_t policies)
{
    printf("%zu policies: %llu evaluated, %llu quarantined, %llu signals, %llu alerts opened\n",
           policies, (unsigned long long)totals->ledger.evaluated,
           (unsigned long long)totals->ledger.quarantined, (unsigned long long)totals->signals,
           (unsigned long long)totals->decided.opened);
}

static void measure(const struct subject *subject, size_t passes)
{
    static double seconds[THREADS_MAX + 1][PASSES_MAX]; /* [0]: jansson */
    double medians[THREADS_MAX + 1];
    struct engine_totals totals = {0};
    for (size_t i = 0; i < passes; i++) {
        uint64_t start_ns = clock_monotonic_ns();
        (void)records_parse_jansson(&subject->records);
        seconds[0][i] = seconds_since(start_ns);
        for (size_t threads = 1; threads <= THREADS_MAX; threads++) {
            start_ns = clock_monotonic_ns();
            totals = pass_engine(subject, threads);
            seconds[threads][i] = seconds_since(start_ns);
        }
    }
    for (size_t i = 0; i <= THREADS_MAX; i++) {
        medians[i] = records_median(seconds[i], passes);
    }
    print_totals(&totals, subject->plan->policy_count);
    printf("%zu records of %zu bytes, median of %zu passes\n", subject->records.count,
           subject->records.bytes / subject->records.count, passes);
    records_print_rate("jansson", &subject->records, medians[0]);
    records_print_rate("1 thread", &subject->records, medians[1]);
    records_print_rate("2 threads", &subject->records, medians[2]);
    printf("ratio to jansson: %.1f with 1 thread, %.1f with 2\n", medians[0] / medians[1],
           medians[0] / medians[2]);
}

int main(int argc, char **argv)
{
    long passes = argc > 3 ? strtol(argv[3], NULL, 10) : PASSES_DEFAULT;
    if (argc < 3 || passes < 1 || passes > PASSES_MAX) {
        fputs("usage: bench_engine FILE POLICIES [PASSES]\n", stderr);
        return 2;
    }
    struct subject subject = {.records = records_read(argv[1])};
    if (subject.records.count == 0) {
        fprintf(stderr, "bench_engine: %s holds no record\n", argv[1]);
        return 2;
    }
    load(&subject, argv[2]);
    measure(&subject, (size_t)passes);
    lookup_set_unref(&subject.lookups);
    plan_unref(&subject.plan);
    records_deinit(&subject.records);
    return 0;
}
