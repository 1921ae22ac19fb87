/* kafka_error.h: librdkafka's error codes by what is to be done; inside this folder only. */
#ifndef KAFKA_KAFKA_ERROR_H
#define KAFKA_KAFKA_ERROR_H

#include "kafka/kafka_problem.h"

#include <librdkafka/rdkafka.h>

enum kafka_trouble kafka_error_trouble(rd_kafka_resp_err_t error);
/* detail: what librdkafka said besides; NULL: its name of the error. */
struct kafka_problem kafka_error_problem(rd_kafka_resp_err_t error, const char *detail);
/* Records are missing behind it: librdkafka goes on behind a batch whose checksum is wrong. */
static inline bool kafka_error_leaves_gap(enum kafka_trouble trouble)
{
    return trouble == KAFKA_CORRUPT || trouble == KAFKA_OUT_OF_RANGE;
}
/* A problem that we name ourselves; a text that is too long is cut. */
struct kafka_problem kafka_error_text(enum kafka_trouble trouble, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same of a call's error, which is freed; NULL: all is fine. */
struct kafka_problem kafka_error_take(rd_kafka_error_t *error);

#endif
