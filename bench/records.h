/* records.h: what the measurements share: records in memory, jansson's way through them, rates. */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include "base/span.h"

/* Records, one a line; the lines are views of `text`. */
struct records {
    struct span text;
    struct span *lines;
    size_t count;
    size_t bytes;
};

/* Reads a file into memory. Ends the program when it cannot. */
struct records records_read(const char *path);
void records_deinit(struct records *records);

/* Builds jansson's tree of each record, duplicate keys refused, and frees it. The sum of attributes
 * in both images. Ends the program when it refuses one. */
size_t records_parse_jansson(const struct records *records);

/* The median; sorts the seconds. */
double records_median(double *seconds, size_t count);
/* "name  records/s  ns/record  MB/s". */
void records_print_rate(const char *name, const struct records *records, double seconds);

#endif
