/* undelivered.h: what sinks refused for good, as records of a topic: one refusal a record, and a
 * mark once it was sent again (recovery-rules.md, rule 18). */
#ifndef APP_UNDELIVERED_H
#define APP_UNDELIVERED_H

#include "base/status.h"
#include "kafka/kafka_problem.h"
#include "kafka/kafka_settings.h"
#include "model/alert.h"

/* One record. */
struct undelivered {
    struct span sink;
    struct span reason;         /* of a refusal */
    int64_t at_us;              /* wall clock */
    const struct alert *alert;  /* NULL: the record of the topic of alerts is none; `text` is it */
    struct span text;
    bool redelivered;           /* a mark: the sink has this version of the alert now */
};

struct undelivered_writer;

/* Connects in the background. `topic` ends in NUL. STATUS_INVALID: a setting is wrong. */
MUST_USE enum status undelivered_open(const struct kafka_settings *settings, struct span topic,
                                      struct kafka_problem *problem,
                                      struct undelivered_writer **out);
void undelivered_close(struct undelivered_writer **writer);

/* Queues one record. STATUS_AGAIN: the queue is full. STATUS_LIMIT: too large however it is cut.
 * STATUS_CLOSED: close it and open another one. */
MUST_USE enum status undelivered_put(struct undelivered_writer *writer,
                                     const struct undelivered *record);
/* Waits until all that was put is durable. STATUS_AGAIN: not within wait_ms. STATUS_IO: some is not
 * and will not be: put all again. STATUS_CLOSED: as above. */
MUST_USE enum status undelivered_settle(struct undelivered_writer *writer, int wait_ms);
/* What went wrong last. */
struct span undelivered_problem(const struct undelivered_writer *writer);

#endif
