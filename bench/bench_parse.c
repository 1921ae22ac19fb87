/* Measures how many records a second dynamodb_decode reads, beside jansson on the same records.
 *
 *   bench_parse FILE [PASSES]
 *
 * FILE: records, one a line (tests/tools/generate_changes). It is read into memory first. Passes of
 * the two parsers alternate in one process; medians of thread CPU time are compared, so that a busy
 * machine changes both. Jansson builds its tree and frees it, with duplicate keys rejected. */
#include "records.h"

#include "model/dynamodb.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PASSES_DEFAULT = 5, PASSES_MAX = 99, BATCH_RECORDS = 1024 };

static double thread_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Reads every record; the sum keeps the work from being left out and must not change. */
static size_t pass_own(const struct records *records, struct arena *arena)
{
    size_t attributes = 0;
    for (size_t i = 0; i < records->count; i++) {
        struct change change;
        struct json_error error;
        if (i % BATCH_RECORDS == 0) {
            arena_reset(arena);
        }
        if (dynamodb_decode(records->lines[i], RECORD_FORMAT_AUTO, arena, &error, &change) !=
            STATUS_OK) {
            fprintf(stderr, "record %zu, byte %zu: %s\n", i + 1, error.offset, error.reason);
            exit(1);
        }
        attributes += change.old_image.count + change.new_image.count;
    }
    return attributes;
}

static void measure(const struct records *records, size_t passes)
{
    double own[PASSES_MAX];
    double jansson[PASSES_MAX];
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < passes; i++) {
        double start = thread_seconds();
        size_t sum = pass_own(records, arena);
        double middle = thread_seconds();
        size_t sum_jansson = records_parse_jansson(records);
        own[i] = middle - start;
        jansson[i] = thread_seconds() - middle;
        if (sum != sum_jansson) {
            fprintf(stderr, "attributes: %zu, jansson %zu\n", sum, sum_jansson);
            exit(1);
        }
    }
    arena_free(&arena);
    double own_median = records_median(own, passes);
    double jansson_median = records_median(jansson, passes);
    printf("%zu records of %zu bytes, median of %zu passes\n", records->count,
           records->bytes / (records->count ? records->count : 1), passes);
    records_print_rate("deltaward", records, own_median);
    records_print_rate("jansson", records, jansson_median);
    printf("ratio      %10.1f\n", jansson_median / own_median);
}

int main(int argc, char **argv)
{
    long passes = argc > 2 ? strtol(argv[2], NULL, 10) : PASSES_DEFAULT;
    if (argc < 2 || passes < 1 || passes > PASSES_MAX) {
        fputs("usage: bench_parse FILE [PASSES]\n", stderr);
        return 2;
    }
    struct records records = records_read(argv[1]);
    measure(&records, (size_t)passes);
    records_deinit(&records);
    return 0;
}
