/* Measures how many records a second dynamodb_decode reads, beside jansson on the same records.
 *
 *   bench_parse FILE [PASSES]
 *
 * FILE: records, one a line (tests/tools/generate_changes). It is read into memory first. Passes of
 * the two parsers alternate in one process; medians of thread CPU time are compared, so that a busy
 * machine changes both. Jansson builds its tree and frees it, with duplicate keys rejected. */
#include "model/dynamodb.h"
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PASSES_DEFAULT = 5, PASSES_MAX = 99, BATCH_RECORDS = 1024 };

struct records {
    struct span *lines;
    size_t count;
    size_t bytes;
};

static double thread_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct span read_file(const char *path)
{
    struct buf text = {0};
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(3);
    }
    for (size_t got = 1; got > 0;) {
        buf_reserve(&text, 1 << 20);
        got = fread(text.ptr + text.len, 1, 1 << 20, file);
        text.len += got;
    }
    fclose(file);
    return buf_view(&text);
}

static struct records split(struct span text)
{
    struct records records = {.bytes = text.len};
    size_t capacity = 0;
    while (text.len > 0) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t length = newline ? (size_t)(newline - text.ptr) : text.len;
        if (records.count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            records.lines = realloc(records.lines, capacity * sizeof *records.lines);
            if (!records.lines) {
                exit(3);
            }
        }
        records.lines[records.count++] = span_of(text.ptr, length);
        size_t step = length + (newline != NULL);
        text = span_of(text.ptr + step, text.len - step);
    }
    return records;
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

static size_t member_count(const struct oracle_node *object, struct span name)
{
    const struct oracle_node *member = oracle_member(object, name.ptr, name.len);
    return member ? oracle_count(member) : 0;
}

static size_t pass_jansson(const struct records *records)
{
    size_t attributes = 0;
    for (size_t i = 0; i < records->count; i++) {
        struct span line = records->lines[i];
        enum oracle_refusal refusal;
        struct oracle_node *root = oracle_load(line.ptr, line.len, &refusal);
        if (!root) {
            fprintf(stderr, "jansson refuses record %zu\n", i + 1);
            exit(1);
        }
        const struct oracle_node *dynamodb = oracle_member(root, "dynamodb", 8);
        attributes += member_count(dynamodb, SPAN("OldImage"));
        attributes += member_count(dynamodb, SPAN("NewImage"));
        oracle_free(root);
    }
    return attributes;
}

static int compare_seconds(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *seconds, size_t count)
{
    qsort(seconds, count, sizeof *seconds, compare_seconds);
    return seconds[count / 2];
}

static void print_rate(const char *name, const struct records *records, double seconds)
{
    printf("%-10s %10.0f records/s  %7.0f ns/record  %6.0f MB/s\n", name,
           (double)records->count / seconds, seconds * 1e9 / (double)records->count,
           (double)records->bytes / seconds / 1e6);
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
        size_t sum_jansson = pass_jansson(records);
        own[i] = middle - start;
        jansson[i] = thread_seconds() - middle;
        if (sum != sum_jansson) {
            fprintf(stderr, "attributes: %zu, jansson %zu\n", sum, sum_jansson);
            exit(1);
        }
    }
    arena_free(&arena);
    double own_median = median(own, passes);
    double jansson_median = median(jansson, passes);
    printf("%zu records of %zu bytes, median of %zu passes\n", records->count,
           records->bytes / (records->count ? records->count : 1), passes);
    print_rate("deltaward", records, own_median);
    print_rate("jansson", records, jansson_median);
    printf("ratio      %10.1f\n", jansson_median / own_median);
}

int main(int argc, char **argv)
{
    long passes = argc > 2 ? strtol(argv[2], NULL, 10) : PASSES_DEFAULT;
    if (argc < 2 || passes < 1 || passes > PASSES_MAX) {
        fputs("usage: bench_parse FILE [PASSES]\n", stderr);
        return 2;
    }
    struct span text = read_file(argv[1]);
    struct records records = split(text);
    measure(&records, (size_t)passes);
    free(records.lines);
    free((void *)(uintptr_t)text.ptr);
    return 0;
}
