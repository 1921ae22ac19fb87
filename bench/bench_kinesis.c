/* Reads a stream with the Kinesis source and looks at every byte, nothing else: fetching, decoding
 * and cutting alone.
 *
 *   bench_kinesis URL RECORDS
 *
 * The endpoint is that of bench/kinesis_pages.py, which knows no limits: the source's pace is none.
 * Prints "records CPU-seconds seconds". */
#include "seconds.h"

#include "base/check.h"
#include "kinesis/kinesis_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 1000, NOTHING_MAX = 30 };

static const struct kinesis_pace no_pace = {
    .bytes_per_second = INT64_C(1) << 40,
    .throttled_max_ms = 1,
    .failed_max_ms = 1,
    .list_ms = 60 * 1000,
    .list_again_ms = 60 * 1000,
};

static enum status begin(void *context, struct span part, struct arena *arena, struct span *out)
{
    (void)context;
    (void)part;
    (void)arena;
    (void)out;
    return STATUS_NOT_FOUND;
}

/* Reads so many records; the sum keeps the work from being left out. */
static uint64_t read_records(struct source *source, uint64_t wanted, size_t *bytes)
{
    uint64_t records = 0;
    unsigned nothing = 0;
    while (records < wanted && nothing < NOTHING_MAX) {
        struct source_batch batch;
        enum status status = source->ops->read(source, WAIT_MS, &batch);
        check(status == STATUS_OK || status == STATUS_AGAIN);
        nothing = status == STATUS_OK ? 0 : nothing + 1;
        for (size_t i = 0; status == STATUS_OK && i < batch.count; i++) {
            *bytes += batch.records[i].bytes.len;
        }
        records += status == STATUS_OK ? batch.count : 0;
    }
    return records;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bench_kinesis URL RECORDS\n", stderr);
        return 2;
    }
    struct arena *arena = arena_new(0);
    struct span problem = {0};
    struct aws_client *client = NULL;
    const struct aws_options aws = {.endpoint_url = span_view(argv[1])};
    if (aws_client_new(&aws, arena, &problem, &client) != STATUS_OK) {
        fprintf(stderr, "bench_kinesis: %.*s\n", SPAN_ARG(problem));
        return 2;
    }
    const struct kinesis_source_options options = {
        .name = SPAN("bench"),
        .stream = SPAN("arn:aws:kinesis:eu-central-1:123456789012:stream/bench"),
        .client = client,
        .threads = 1,
        .clock = clock_system(),
        .pace = &no_pace,
    };
    const struct source_memory memory = {.position = begin};
    struct source *source = kinesis_source_new(&options);
    size_t bytes = 0;
    double cpu = seconds_cpu();
    double wall = seconds_wall();
    check(source->ops->open(source, &memory) == STATUS_OK);
    uint64_t records = read_records(source, strtoull(argv[2], NULL, 10), &bytes);
    printf("%" PRIu64 " %.3f %.3f\n", records, seconds_cpu() - cpu, seconds_wall() - wall);
    source->ops->free(source);
    aws_client_free(&client);
    arena_free(&arena);
    return bytes > 0 ? 0 : 1;
}
