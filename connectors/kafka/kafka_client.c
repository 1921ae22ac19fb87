/* kafka_client.c: lines and errors of librdkafka go to the listener, in the thread that serves the
 * queue. Whether brokers answer is heard from their threads. */
#include "kafka/kafka_client.h"

void kafka_client_tell(struct kafka_client *client, enum kafka_event event, int severity,
                       struct span text)
{
    const struct kafka_notice notice = {.event = event, .severity = severity, .text = text};
    if (client->listener.tell) {
        client->listener.tell(client->listener.context, &notice);
    }
}

/* Facility CONFWARN says that a property is of another kind of client: those are passed over. */
static void on_line(const rd_kafka_t *handle, int severity, const char *facility,
                    const char *text)
{
    struct kafka_client *client = rd_kafka_opaque(handle);
    if (client && strcmp(facility, "CONFWARN") != 0) {
        kafka_client_tell(client, KAFKA_EVENT_LINE, severity, span_view(text));
    }
}

/* Tells it unless it was told since a broker answered last. */
static void tell_once(struct kafka_client *client, enum kafka_event event, bool *told,
                      const char *reason)
{
    const struct kafka_notice notice = {.event = event,
                                        .severity = 3,
                                        .begins = !client->away && !client->refused,
                                        .text = span_view(reason)};
    if (*told) {
        return;
    }
    *told = true;
    if (notice.begins) {
        atomic_store(&client->answered, false);
    }
    if (client->listener.tell) {
        client->listener.tell(client->listener.context, &notice);
    }
}

/* A handshake fails for many reasons; a certificate that is not trusted is for a person to mend. */
static bool is_refusal(rd_kafka_resp_err_t error, const char *reason)
{
    return kafka_error_trouble(error) == KAFKA_DENIED ||
           (error == RD_KAFKA_RESP_ERR__SSL && strstr(reason, "certificate"));
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    struct kafka_client *client = opaque;
    rd_kafka_resp_err_t error = (rd_kafka_resp_err_t)code;
    (void)handle;
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        tell_once(client, KAFKA_EVENT_AWAY, &client->away, reason);
    } else if (is_refusal(error, reason)) {
        client->refusal = kafka_error_text(KAFKA_DENIED, "%s", reason);
        tell_once(client, KAFKA_EVENT_REFUSED, &client->refused, reason);
    } else if (kafka_error_trouble(error) != KAFKA_AWAY) {
        kafka_client_tell(client, KAFKA_EVENT_FAILED, 3, span_view(reason));
    } /* else a single broker is away, which librdkafka tells in a line and mends */
}

/* Requests that only prepare a connection: their answers do not tell that the broker serves us. */
static bool is_greeting(int16_t key)
{
    enum { SASL_HANDSHAKE = 17, API_VERSIONS = 18, SASL_AUTHENTICATE = 36 };
    return key == SASL_HANDSHAKE || key == API_VERSIONS || key == SASL_AUTHENTICATE;
}

static rd_kafka_resp_err_t on_response(rd_kafka_t *handle, int socket, const char *broker,
                                       int32_t broker_id, int16_t key, int16_t version,
                                       int32_t correlation, size_t size, int64_t rtt,
                                       rd_kafka_resp_err_t error, void *opaque)
{
    struct kafka_client *client = opaque;
    (void)handle, (void)socket, (void)broker, (void)broker_id, (void)version;
    (void)correlation, (void)size, (void)rtt;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && !is_greeting(key)) {
        atomic_store_explicit(&client->answered, true, memory_order_relaxed);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *handle, const rd_kafka_conf_t *conf, void *opaque,
                                  char *reason, size_t reason_size)
{
    (void)conf, (void)reason, (void)reason_size;
    return rd_kafka_interceptor_add_on_response_received(handle, "deltaward", on_response,
                                                         opaque);
}

static rd_kafka_queue_t *main_queue(rd_kafka_t *handle, enum kafka_kind kind)
{
    if (kind == KAFKA_CONSUMES) {
        rd_kafka_poll_set_consumer(handle);
        return rd_kafka_queue_get_consumer(handle);
    }
    return rd_kafka_queue_get_main(handle);
}

enum status kafka_client_init(struct kafka_client *client, rd_kafka_conf_t *conf,
                              enum kafka_kind kind, const struct kafka_settings *settings,
                              void *owner, struct kafka_problem *problem)
{
    char reason[KAFKA_PROBLEM_TEXT_MAX] = "";
    rd_kafka_type_t type = kind & (KAFKA_CONSUMES | KAFKA_READS) ? RD_KAFKA_CONSUMER
                                                                 : RD_KAFKA_PRODUCER;
    *client = (struct kafka_client){
        .listener = settings->listener, .clock = settings->clock, .owner = owner,
        .idles = !(kind & KAFKA_CONSUMES)};
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, on_line);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_interceptor_add_on_new(conf, "deltaward", on_new, client);
    client->handle = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client->handle) {
        rd_kafka_conf_destroy(conf);
        *problem = kafka_error_text(KAFKA_SETTING, "kafka: %s", reason);
        return STATUS_INVALID;
    }
    client->main = main_queue(client->handle, kind);
    rd_kafka_set_log_queue(client->handle, NULL);
    return STATUS_OK;
}

void kafka_client_deinit(struct kafka_client *client)
{
    rd_kafka_queue_destroy(client->main);
    rd_kafka_destroy_flags(client->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    client->handle = NULL;
}

/* librdkafka connects again when it needs a broker: a client without work would believe for minutes
 * that all are away. What the answer says does not matter: on_response hears it. A member of a
 * group has heartbeats to send, and what a broker that just came up knows of topics could make it
 * join anew. */
static void ask_for_broker(struct kafka_client *client)
{
    enum { PAUSE_NS = 1000000000, WAIT_MS = 100 };
    uint64_t now_ns = clock_monotonic_ns();
    const struct rd_kafka_metadata *metadata = NULL;
    if (!client->idles || now_ns - client->asked_ns < PAUSE_NS) {
        return;
    }
    client->asked_ns = now_ns;
    if (rd_kafka_metadata(client->handle, 0, NULL, &metadata, WAIT_MS) ==
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
    }
}

void kafka_client_listen(struct kafka_client *client)
{
    if (!client->away && !client->refused) {
        return;
    }
    if (!atomic_load_explicit(&client->answered, memory_order_relaxed)) {
        ask_for_broker(client);
        return;
    }
    client->away = false;
    client->refused = false;
    kafka_client_tell(client, KAFKA_EVENT_BACK, 6, SPAN(""));
}

struct kafka_problem kafka_client_fatal(const struct kafka_client *client)
{
    char reason[KAFKA_PROBLEM_TEXT_MAX] = "";
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    rd_kafka_resp_err_t error = rd_kafka_fatal_error(client->handle, reason, sizeof reason);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        problem = kafka_error_problem(error, reason);
        if (problem.trouble != KAFKA_FENCED) {
            problem.trouble = KAFKA_FATAL;
        }
    }
    return problem;
}
