/* log.c: a line is one write under one lock, so that lines of processes and of threads do not mix;
 * what is held back is counted for each event. */
#include "base/log.h"

#include "base/check.h"
#include "base/json_writer.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIELDS_MAX = 16 };

/* How often one event was told in the current period. */
struct rate {
    struct log_event event; /* a copy: the caller's need not outlive its call */
    uint64_t period;
    unsigned told;
    uint64_t held_back;
};

struct log {
    struct log_options options;
    struct span name;
    pthread_mutex_t lock; /* over all that follows */
    struct buf line;
    struct rate rates[LOG_EVENTS_MAX];
};

const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};
const char *const log_format_names[] = {"text", "json", NULL};

static bool find_name(const char *const *names, struct span name, size_t *out)
{
    for (size_t i = 0; names[i]; i++) {
        if (span_equals(span_view(names[i]), name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool log_level_parse(struct span name, enum log_level *out)
{
    size_t at = 0;
    bool found = find_name(log_level_names, name, &at);
    *out = found ? (enum log_level)at : *out;
    return found;
}

bool log_format_parse(struct span name, enum log_format *out)
{
    size_t at = 0;
    bool found = find_name(log_format_names, name, &at);
    *out = found ? (enum log_format)at : *out;
    return found;
}

struct log *log_new(const struct log_options *options)
{
    struct log *log = calloc(1, sizeof *log);
    if (!log) {
        check_memory_exhausted(sizeof *log);
    }
    log->options = *options;
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

void log_configure(struct log *log, enum log_level level, enum log_format format,
                   struct span name)
{
    log->name = name;
    log->options.level = level;
    log->options.format = format;
}

enum log_format log_format_of(const struct log *log)
{
    return log->options.format;
}

static struct span cut(struct span text)
{
    size_t length = text.len;
    if (length > LOG_FIELD_BYTES_MAX) {
        length = LOG_FIELD_BYTES_MAX;
        while (length > 0 && ((unsigned char)text.ptr[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    return span_of(text.ptr, length);
}

static void write_json(struct log *log, const struct log_event *event,
                       const struct log_field *fields, size_t count)
{
    char time[CLOCK_TEXT_SIZE];
    struct json_writer writer = json_writer_to(&log->line);
    json_open_object(&writer);
    json_key(&writer, "time");
    json_write_string(&writer, clock_format(clock_now_us(log->options.clock), time));
    if (log->name.len) {
        json_key(&writer, "name");
        json_write_string(&writer, log->name);
    }
    json_key(&writer, "level");
    json_write_string(&writer, span_view(log_level_names[event->level]));
    json_key(&writer, "event");
    json_write_string(&writer, span_view(event->name));
    json_key(&writer, "message");
    json_write_string(&writer, span_view(event->text));
    for (size_t i = 0; i < count; i++) {
        json_key(&writer, fields[i].key);
        if (fields[i].text.ptr) {
            json_write_string(&writer, cut(fields[i].text));
        } else {
            json_write_int(&writer, fields[i].number);
        }
    }
    json_close_object(&writer);
}

/* "deltaward: warning: text (key value, key value)"; texts with white space are quoted as JSON. */
static void write_text(struct log *log, const struct log_event *event,
                       const struct log_field *fields, size_t count)
{
    buf_printf(&log->line, "deltaward: %s%s%s",
               event->level == LOG_INFO ? "" : log_level_names[event->level],
               event->level == LOG_INFO ? "" : ": ", event->text);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&log->line, "%s%s ", i ? ", " : " (", fields[i].key);
        if (fields[i].text.ptr) {
            struct json_writer writer = json_writer_to(&log->line);
            json_write_string(&writer, cut(fields[i].text));
        } else {
            buf_printf(&log->line, "%" PRId64, fields[i].number);
        }
    }
    buf_append(&log->line, count ? SPAN(")") : SPAN(""));
}

static void write_line(struct log *log, const struct log_event *event,
                       const struct log_field *fields, size_t count)
{
    buf_clear(&log->line);
    if (log->options.format == LOG_JSON) {
        write_json(log, event, fields, count);
    } else {
        write_text(log, event, fields, count);
    }
    buf_append_char(&log->line, '\n');
    ssize_t written = write(log->options.descriptor, log->line.ptr, log->line.len);
    (void)written; /* there is no other place to complain at */
}

static bool may_tell(struct log *log, const struct log_event *event)
{
    struct rate *rate = &log->rates[event->number];
    uint64_t period = clock_monotonic_ns() / (LOG_PERIOD_SECONDS * UINT64_C(1000000000));
    if (period != rate->period) {
        rate->period = period;
        rate->told = 0;
    }
    /* kept for log_free, which tells of lines that were held back to the end */
    rate->event = *event;
    if (rate->told == LOG_BURST) {
        rate->held_back++;
        return false;
    }
    rate->told++;
    return true;
}

/* Under the lock. */
static void tell(struct log *log, const struct log_event *event, const struct log_field *fields,
                 size_t count)
{
    struct log_field all[FIELDS_MAX + 1];
    if (!may_tell(log, event)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = fields[i];
    }
    struct rate *rate = &log->rates[event->number];
    if (rate->held_back) {
        all[count++] = log_number("held_back", (int64_t)rate->held_back);
        rate->held_back = 0;
    }
    write_line(log, event, all, count);
}

void log_write(struct log *log, const struct log_event *event, const struct log_field *fields,
               size_t count)
{
    check(event->number < LOG_EVENTS_MAX && count <= FIELDS_MAX);
    if (event->level <= log->options.level) {
        pthread_mutex_lock(&log->lock);
        tell(log, event, fields, count);
        pthread_mutex_unlock(&log->lock);
    }
}

void log_free(struct log **log)
{
    struct log *ended = *log;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < LOG_EVENTS_MAX; i++) {
        struct rate *rate = &ended->rates[i];
        if (rate->held_back) {
            struct log_field field = log_number("held_back", (int64_t)rate->held_back);
            write_line(ended, &rate->event, &field, 1);
        }
    }
    buf_deinit(&ended->line);
    pthread_mutex_destroy(&ended->lock);
    free(ended);
    *log = NULL;
}
