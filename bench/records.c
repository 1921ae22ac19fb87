#include "records.h"

#include "base/buf.h"
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>

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
    struct records records = {.text = text, .bytes = text.len};
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

struct records records_read(const char *path)
{
    return split(read_file(path));
}

void records_deinit(struct records *records)
{
    free(records->lines);
    free((void *)(uintptr_t)records->text.ptr);
    *records = (struct records){0};
}

static size_t member_count(const struct oracle_node *object, struct span name)
{
    const struct oracle_node *member = oracle_member(object, name.ptr, name.len);
    return member ? oracle_count(member) : 0;
}

size_t records_parse_jansson(const struct records *records)
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

double records_median(double *seconds, size_t count)
{
    qsort(seconds, count, sizeof *seconds, compare_seconds);
    return seconds[count / 2];
}

void records_print_rate(const char *name, const struct records *records, double seconds)
{
    printf("%-10s %10.0f records/s  %7.0f ns/record  %6.0f MB/s\n", name,
           (double)records->count / seconds, seconds * 1e9 / (double)records->count,
           (double)records->bytes / seconds / 1e6);
}
