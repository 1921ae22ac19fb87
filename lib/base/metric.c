/* metric.c: series are found and made under a lock, and never move or go; their numbers are atomics
 * that are read one by one, so that a reading is not one moment, but each number was true. */
#include "base/metric.h"

#include "base/check.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHAINS = 64 }; /* of series of one row that are told apart by the hash of their values */

struct metric {
    const struct metric_row *row;
    struct metric *next;        /* of the row, in the order made */
    struct metric *next_chained;
    uint64_t hash;
    char *labels;               /* "{policy=\"a\"}" without braces; "" when there are none */
    atomic_bool hidden;
    atomic_uint_fast64_t count; /* of a counter */
    atomic_uint_fast64_t bits;  /* of a gauge, of a histogram's sum: a double */
    atomic_uint_fast64_t buckets[METRIC_BOUNDS_MAX + 1];
};

/* What belongs to one row. */
struct family {
    struct metric *first;
    struct metric *last;
    struct metric *chains[CHAINS];
    size_t count;
};

struct metrics {
    const struct metric_row *rows;
    size_t count;
    pthread_mutex_t lock; /* over families and their lists */
    struct family *families;
    atomic_uint_fast64_t overflowed;
};

static void *zeroed(size_t count, size_t size_bytes)
{
    void *memory = calloc(count, size_bytes);
    if (!memory) {
        check_memory_exhausted(count * size_bytes);
    }
    return memory;
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static size_t label_count(const struct metric_row *row)
{
    size_t count = 0;
    while (count < METRIC_LABELS_MAX && row->labels[count]) {
        count++;
    }
    return count;
}

static void check_row(const struct metric_row *row)
{
    check(row->name && row->text && row->bound_count <= METRIC_BOUNDS_MAX);
    for (const char *c = row->name; *c; c++) {
        check((*c >= 'a' && *c <= 'z') || *c == '_' || (c > row->name && *c >= '0' && *c <= '9'));
    }
    bool total = span_ends_with(span_view(row->name), SPAN("_total"));
    check(total == (row->type == METRIC_COUNTER));
    check((row->type == METRIC_HISTOGRAM) == (row->bound_count > 0));
    for (size_t i = 1; i < row->bound_count; i++) {
        check(row->bounds[i - 1] < row->bounds[i]);
    }
}

struct metrics *metrics_new(const struct metric_row *rows, size_t count)
{
    struct metrics *metrics = zeroed(1, sizeof *metrics);
    metrics->rows = rows;
    metrics->count = count;
    metrics->families = zeroed(count ? count : 1, sizeof *metrics->families);
    pthread_mutex_init(&metrics->lock, NULL);
    for (size_t i = 0; i < count; i++) {
        check_row(&rows[i]);
        if (label_count(&rows[i]) == 0) {
            (void)metric_of(metrics, i);
        }
    }
    return metrics;
}

void metrics_free(struct metrics **metrics)
{
    struct metrics *ended = *metrics;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->count; i++) {
        for (struct metric *series = ended->families[i].first; series;) {
            struct metric *next = series->next;
            free(series->labels);
            free(series);
            series = next;
        }
    }
    pthread_mutex_destroy(&ended->lock);
    free(ended->families);
    free(ended);
    *metrics = NULL;
}

/* A label's value as the format wants it: UTF-8, with three characters escaped. */
static void write_value(struct span value, struct buf *out)
{
    size_t length = value.len < METRIC_VALUE_BYTES_MAX ? value.len : METRIC_VALUE_BYTES_MAX;
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t width = span_decode_utf8(value, at, &code);
        char c = value.ptr[at];
        if (at + width > length) {
            return; /* a character that the cut would tear */
        }
        if (width == 0) {
            buf_append_char(out, '?');
        } else if (c == '\\' || c == '"') {
            buf_printf(out, "\\%c", c);
        } else if (c == '\n') {
            buf_append(out, SPAN("\\n"));
        } else {
            buf_append(out, span_of(value.ptr + at, width));
        }
        at += width ? width : 1;
    }
}

static void write_labels(const struct metric_row *row, const struct span *values, struct buf *out)
{
    for (size_t i = 0; i < label_count(row); i++) {
        buf_printf(out, "%s%s=\"", i ? "," : "", row->labels[i]);
        write_value(values[i], out);
        buf_append_char(out, '"');
    }
}

static struct metric *find(const struct family *family, uint64_t hash, struct span labels)
{
    struct metric *series = family->chains[hash % CHAINS];
    while (series && (series->hash != hash || !span_equals(span_view(series->labels), labels))) {
        series = series->next_chained;
    }
    return series;
}

static struct metric *add(struct family *family, const struct metric_row *row, uint64_t hash,
                          struct span labels)
{
    struct metric *series = zeroed(1, sizeof *series);
    series->row = row;
    series->hash = hash;
    series->labels = zeroed(labels.len + 1, 1);
    if (labels.len) {
        memcpy(series->labels, labels.ptr, labels.len);
    }
    series->next_chained = family->chains[hash % CHAINS];
    family->chains[hash % CHAINS] = series;
    *(family->last ? &family->last->next : &family->first) = series;
    family->last = series;
    family->count++;
    return series;
}

/* Under the lock. labels: the written ones, which are replaced when there is no more room. */
static struct metric *find_or_add(struct metrics *metrics, size_t row, struct buf *labels)
{
    static const struct span others[] = {{"other", 5}, {"other", 5}, {"other", 5}};
    const struct metric_row *told = &metrics->rows[row];
    struct family *family = &metrics->families[row];
    uint64_t hash = span_hash(buf_view(labels));
    struct metric *found = find(family, hash, buf_view(labels));
    if (!found && family->count >= (told->series_max ? told->series_max : METRIC_SERIES_MAX)) {
        atomic_fetch_add_explicit(&metrics->overflowed, 1, memory_order_relaxed);
        buf_clear(labels);
        write_labels(told, others, labels);
        hash = span_hash(buf_view(labels));
        found = find(family, hash, buf_view(labels));
    }
    return found ? found : add(family, told, hash, buf_view(labels));
}

struct metric *metric_series(struct metrics *metrics, size_t row, const struct span *values)
{
    if (!metrics) {
        return NULL;
    }
    check(row < metrics->count);
    struct buf labels = {0};
    write_labels(&metrics->rows[row], values, &labels);
    pthread_mutex_lock(&metrics->lock);
    struct metric *series = find_or_add(metrics, row, &labels);
    pthread_mutex_unlock(&metrics->lock);
    buf_deinit(&labels);
    return series;
}

static void show(struct metric *series)
{
    if (atomic_load_explicit(&series->hidden, memory_order_relaxed)) {
        atomic_store_explicit(&series->hidden, false, memory_order_relaxed);
    }
}

void metric_add(struct metric *series, uint64_t more)
{
    if (!series) {
        return;
    }
    check(series->row->type == METRIC_COUNTER);
    atomic_fetch_add_explicit(&series->count, more, memory_order_relaxed);
    show(series);
}

void metric_set(struct metric *series, double value)
{
    if (!series) {
        return;
    }
    if (series->row->type == METRIC_COUNTER) {
        atomic_store_explicit(&series->count, (uint64_t)value, memory_order_relaxed);
    } else {
        check(series->row->type == METRIC_GAUGE);
        atomic_store_explicit(&series->bits, bits_of(value), memory_order_relaxed);
    }
    show(series);
}

void metric_observe(struct metric *series, double value)
{
    if (!series) {
        return;
    }
    check(series->row->type == METRIC_HISTOGRAM);
    size_t at = 0;
    while (at < series->row->bound_count && !(value <= series->row->bounds[at])) {
        at++;
    }
    atomic_fetch_add_explicit(&series->buckets[at], 1, memory_order_relaxed);
    uint_fast64_t old = atomic_load_explicit(&series->bits, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&series->bits, &old,
                                                  bits_of(double_of(old) + value),
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    show(series);
}

void metric_hide(struct metric *series)
{
    if (series) {
        atomic_store_explicit(&series->hidden, true, memory_order_relaxed);
    }
}

uint64_t metrics_overflowed(const struct metrics *metrics)
{
    return metrics ? atomic_load_explicit(&metrics->overflowed, memory_order_relaxed) : 0;
}

static void write_double(double value, struct buf *out)
{
    if (isnan(value)) {
        buf_append(out, SPAN("NaN"));
    } else if (isinf(value)) {
        buf_append(out, value > 0 ? SPAN("+Inf") : SPAN("-Inf"));
    } else {
        buf_printf(out, "%.15g", value);
    }
}

/* "name_suffix{labels,le=\"bound\"} "; bound may be NULL. */
static void write_name(const struct metric *series, const char *suffix, const char *bound,
                       struct buf *out)
{
    bool has_labels = series->labels[0];
    buf_printf(out, "%s%s", series->row->name, suffix);
    if (has_labels || bound) {
        buf_printf(out, "{%s%s", series->labels, has_labels && bound ? "," : "");
        if (bound) {
            buf_printf(out, "le=\"%s\"", bound);
        }
        buf_append_char(out, '}');
    }
    buf_append_char(out, ' ');
}

static void write_histogram(const struct metric *series, struct buf *out)
{
    uint64_t sum = 0;
    for (size_t i = 0; i <= series->row->bound_count; i++) {
        char bound[32] = "+Inf";
        if (i < series->row->bound_count) {
            snprintf(bound, sizeof bound, "%g", series->row->bounds[i]);
        }
        sum += atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
        write_name(series, "_bucket", bound, out);
        buf_printf(out, "%" PRIu64 "\n", sum);
    }
    write_name(series, "_sum", NULL, out);
    write_double(double_of(atomic_load_explicit(&series->bits, memory_order_relaxed)), out);
    buf_append_char(out, '\n');
    write_name(series, "_count", NULL, out);
    buf_printf(out, "%" PRIu64 "\n", sum);
}

static void write_series(const struct metric *series, struct buf *out)
{
    switch (series->row->type) {
    case METRIC_HISTOGRAM:
        write_histogram(series, out);
        return;
    case METRIC_GAUGE:
        write_name(series, "", NULL, out);
        write_double(double_of(atomic_load_explicit(&series->bits, memory_order_relaxed)), out);
        break;
    case METRIC_COUNTER:
    default:
        write_name(series, "", NULL, out);
        buf_printf(out, "%" PRIu64, atomic_load_explicit(&series->count, memory_order_relaxed));
    }
    buf_append_char(out, '\n');
}

static void write_family(const struct metric_row *row, const struct family *family,
                         struct buf *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->text, row->name,
               types[row->type]);
    for (const struct metric *series = family->first; series; series = series->next) {
        if (!atomic_load_explicit(&series->hidden, memory_order_relaxed)) {
            write_series(series, out);
        }
    }
}

void metrics_write(struct metrics *metrics, struct buf *out)
{
    if (!metrics) {
        return;
    }
    pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < metrics->count; i++) {
        write_family(&metrics->rows[i], &metrics->families[i], out);
    }
    pthread_mutex_unlock(&metrics->lock);
}
