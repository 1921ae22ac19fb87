/* log.h: one line an event on a file descriptor: what the program tells its operator. Events stand
 * in tables; a line carries numbers and names, never the values of a change. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clock.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format {
    LOG_TEXT, /* for a person at a terminal */
    LOG_JSON, /* one object a line */
};

/* At most LOG_BURST lines of one event in LOG_PERIOD_SECONDS; the next line that is let through
 * says how many were held back ("held_back"). */
enum { LOG_BURST = 20, LOG_PERIOD_SECONDS = 10, LOG_EVENTS_MAX = 256, LOG_FIELD_BYTES_MAX = 1024 };

/* One row of an event table. `number` is its place there, below LOG_EVENTS_MAX. */
struct log_event {
    unsigned number;
    enum log_level level;
    const char *name; /* "policies_reloaded": stable, searched for */
    const char *text; /* the same for a person */
};

struct log_field {
    const char *key;
    struct span text; /* ptr NULL: the number counts */
    int64_t number;
};
static inline struct log_field log_text(const char *key, struct span text)
{
    return (struct log_field){.key = key, .text = text.ptr ? text : SPAN("")};
}
static inline struct log_field log_number(const char *key, int64_t number)
{
    return (struct log_field){.key = key, .number = number};
}

struct log_options {
    int descriptor;
    enum log_level level; /* less important lines are left out */
    enum log_format format;
    struct clock clock;
};

struct log;
/* On the heap. The options are copied; the descriptor stays the caller's, and open until
 * log_free. */
struct log *log_new(const struct log_options *options);
/* Says what is still held back. */
void log_free(struct log **log);
/* Once the configuration is known, which is read when the log is needed already; before there are
 * other threads. `name` stands in each line of JSON ("name") unless it is empty; it must outlive
 * the log. */
void log_configure(struct log *log, enum log_level level, enum log_format format,
                   struct span name);

enum log_format log_format_of(const struct log *log);

/* Writes one line with one write(2). Any thread; it may wait for another one's write. Texts longer
 * than LOG_FIELD_BYTES_MAX are cut. A line that cannot be written is lost. */
void log_write(struct log *log, const struct log_event *event, const struct log_field *fields,
               size_t count);

/* "error", "warning", "info", "debug"; NULL-ended, for option tables. */
extern const char *const log_level_names[];
extern const char *const log_format_names[];
/* The place of a name among the above; false for another text. */
bool log_level_parse(struct span name, enum log_level *out);
bool log_format_parse(struct span name, enum log_format *out);

#endif
