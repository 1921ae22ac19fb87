/* case_writer.h: writes random pieces of JSON, some of them wrong. */
#ifndef DIFFERENTIAL_CASE_WRITER_H
#define DIFFERENTIAL_CASE_WRITER_H

#include "base/buf.h"
#include "random.h"

enum { DEPTH_SMALL = 4 };

struct writer {
    struct random *random;
    struct buf *out;
};

static inline bool chance(struct writer *w, unsigned percent)
{
    return random_chance(w->random, percent);
}

static inline size_t below(struct writer *w, size_t bound)
{
    return random_below(w->random, bound);
}

static inline void put(struct writer *w, const char *text)
{
    buf_append(w->out, span_view(text));
}

/* White space now and then. */
void space(struct writer *w);
void put_string(struct writer *w);
/* A known word; one letter of it as an escape now and then. */
void put_word(struct writer *w, const char *word);
void put_digits(struct writer *w, size_t count);
void put_number(struct writer *w);
/* A member name. Among `width` members, some are the same. */
void put_name(struct writer *w, size_t width);
/* Any value; depth: how many more levels may open. */
void put_value(struct writer *w, int depth);
/* A change record. */
void put_record(struct writer *w);

#endif
