/* kafka_problem.c: what error codes of librdkafka and of brokers mean for us. */
#include "kafka/kafka_error.h"

#include <stdarg.h>
#include <stdio.h>

struct row {
    rd_kafka_resp_err_t error;
    enum kafka_trouble trouble;
};

/* What is not named here is tried again by librdkafka, or comes back when the broker does. */
static const struct row rows[] = {
    {RD_KAFKA_RESP_ERR_NO_ERROR, KAFKA_FINE},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_SECURITY_DISABLED, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, KAFKA_DENIED},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, KAFKA_UNKNOWN_TOPIC},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, KAFKA_UNKNOWN_TOPIC},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, KAFKA_UNKNOWN_TOPIC},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID, KAFKA_UNKNOWN_TOPIC},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, KAFKA_UNKNOWN_TOPIC},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, KAFKA_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, KAFKA_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, KAFKA_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, KAFKA_TOO_LARGE},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, KAFKA_OUT_OF_RANGE},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, KAFKA_OUT_OF_RANGE},
    {RD_KAFKA_RESP_ERR__LOG_TRUNCATION, KAFKA_OUT_OF_RANGE},
    {RD_KAFKA_RESP_ERR__BAD_MSG, KAFKA_CORRUPT},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, KAFKA_CORRUPT},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, KAFKA_CORRUPT},
    {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, KAFKA_NOT_MEMBER},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, KAFKA_FENCED},
    {RD_KAFKA_RESP_ERR_UNRELEASED_INSTANCE_ID, KAFKA_FENCED},
    {RD_KAFKA_RESP_ERR__FENCED, KAFKA_FENCED},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, KAFKA_FENCED},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR_INVALID_REQUEST, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, KAFKA_SETTING},
    {RD_KAFKA_RESP_ERR__FATAL, KAFKA_FATAL},
    {RD_KAFKA_RESP_ERR__INCONSISTENT, KAFKA_FATAL},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, KAFKA_FATAL},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, KAFKA_FATAL},
    {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, KAFKA_FATAL},
};

enum kafka_trouble kafka_error_trouble(rd_kafka_resp_err_t error)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].error == error) {
            return rows[i].trouble;
        }
    }
    return KAFKA_AWAY;
}

struct kafka_problem kafka_error_problem(rd_kafka_resp_err_t error, const char *detail)
{
    struct kafka_problem problem = {.trouble = kafka_error_trouble(error)};
    if (problem.trouble != KAFKA_FINE) {
        snprintf(problem.text, sizeof problem.text, "%s",
                 detail && detail[0] ? detail : rd_kafka_err2str(error));
    }
    return problem;
}

struct kafka_problem kafka_error_text(enum kafka_trouble trouble, const char *format, ...)
{
    struct kafka_problem problem = {.trouble = trouble};
    va_list args;
    va_start(args, format);
    vsnprintf(problem.text, sizeof problem.text, format, args);
    va_end(args);
    return problem;
}

struct kafka_problem kafka_error_take(rd_kafka_error_t *error)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (error) {
        problem = kafka_error_problem(rd_kafka_error_code(error), rd_kafka_error_string(error));
        problem.trouble = rd_kafka_error_is_fatal(error) ? KAFKA_FATAL : problem.trouble;
        rd_kafka_error_destroy(error);
    }
    return problem;
}

struct span kafka_problem_hint(enum kafka_trouble trouble)
{
    switch (trouble) {
    case KAFKA_DENIED:
        return SPAN("check the credentials in kafka.properties and the access rights of this user");
    case KAFKA_UNKNOWN_TOPIC:
        return SPAN("`deltaward topics create` makes the topics");
    case KAFKA_TOO_LARGE:
        return SPAN("raise max.message.bytes of the topic");
    case KAFKA_OUT_OF_RANGE:
        return SPAN("records were deleted before they were read: raise retention.ms of the topic");
    case KAFKA_FENCED:
        return SPAN("another process has the same detect.instance: give each a name of its own");
    case KAFKA_SETTING:
        return SPAN("see kafka.properties in the configuration");
    case KAFKA_CORRUPT:
        return SPAN("the log of the broker is damaged; restore the partition from a replica");
    case KAFKA_FINE:
    case KAFKA_AWAY:
    case KAFKA_NOT_MEMBER:
    case KAFKA_FATAL:
        break;
    }
    return SPAN("");
}
