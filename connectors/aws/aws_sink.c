/* aws_sink.c: packs, calls, and tells what became of each alert. A request that is refused as a
 * whole is sent again entry by entry, so that one alert the service will never take does not take
 * its neighbours with it. */
#include "aws/aws_sink.h"

#include "aws/aws_error.h"
#include "base/check.h"

#include <stdlib.h>

struct aws_sink {
    struct sink sink; /* first: a sink is cast to what it is */
    struct buf name;
    const struct aws_sink_face *face;
    void *context;
    struct aws_client *client;
    struct arena *arena; /* of one send: entries, results, reasons */
    const void *entries[SINK_ANSWERS_MAX];
    size_t sizes[SINK_ANSWERS_MAX];
    struct sink_answer answers[SINK_ANSWERS_MAX];
    struct buf body;
    struct aws_answer answer;
    struct buf problem;
};

/* Where the answer to a request is read into. */
struct reading {
    struct aws_sink *sink;
    size_t count;
    struct aws_entry_result *results;
};

static struct aws_sink *sink_of(struct sink *sink)
{
    return (struct aws_sink *)sink;
}

enum sink_verdict aws_sink_verdict(enum aws_failure failure)
{
    switch (failure) {
    case AWS_FINE: return SINK_SENT;
    case AWS_THROTTLED:
    case AWS_TRANSIENT: return SINK_LATER;
    case AWS_INVALID: return SINK_REFUSED;
    case AWS_DENIED:
    case AWS_NOT_FOUND:
    case AWS_EXPIRED:
    case AWS_KMS:
    case AWS_OTHER: return SINK_BLOCKED; /* not known is not refused: somebody looks */
    }
    return SINK_BLOCKED;
}

enum sink_verdict aws_sink_verdict_of_entry(const struct aws_entry_result *result)
{
    if (result->taken) {
        return SINK_SENT;
    }
    enum aws_failure failure = aws_error_classify(result->code, 0);
    if (failure == AWS_OTHER || failure == AWS_FINE) {
        return result->at_fault ? SINK_REFUSED : SINK_LATER;
    }
    return aws_sink_verdict(failure);
}

static enum status aws_sink_open(struct sink *base, const struct sink_cursor *cursor,
                                 struct sink_cursor *out)
{
    (void)base;
    *out = (struct sink_cursor){.alert_sequence = cursor->alert_sequence};
    return STATUS_OK;
}

static struct span reason_of(struct aws_sink *sink, struct span code, struct span message)
{
    bool named = code.len > 0;
    return arena_printf(sink->arena, "%.*s%s%.*s", SPAN_ARG(code),
                        named && message.len ? ": " : "", SPAN_ARG(message));
}

static void answer_all(struct aws_sink *sink, size_t from, size_t count, struct sink_answer answer)
{
    for (size_t i = from; i < from + count; i++) {
        sink->answers[i] = answer;
    }
}

static void answer_each(struct aws_sink *sink, size_t from, const struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct aws_entry_result *result = &reading->results[i];
        struct sink_answer *answer = &sink->answers[from + i];
        *answer = (struct sink_answer){.verdict = aws_sink_verdict_of_entry(result)};
        if (!result->taken) {
            answer->reason = reason_of(sink, result->code, result->message);
        }
    }
}

static bool read_body(void *context, struct span body)
{
    struct reading *reading = context;
    struct aws_sink *sink = reading->sink;
    memset(reading->results, 0, reading->count * sizeof *reading->results);
    return sink->face->read(sink->context, body, reading->count, sink->arena, reading->results);
}

/* One request; what it came to. */
static enum aws_failure call(struct aws_sink *sink, size_t from, size_t count)
{
    struct reading reading = {
        .sink = sink,
        .count = count,
        .results = arena_array(sink->arena, count, sizeof *reading.results),
    };
    buf_clear(&sink->body);
    const char *operation =
        sink->face->write(sink->context, sink->entries + from, count, &sink->body);
    const struct aws_request request = {
        .service = sink->face->service,
        .operation = operation,
        .body = buf_view(&sink->body),
        .timeout_ms = AWS_SINK_TIMEOUT_MS,
        .attempts_max = AWS_SINK_ATTEMPTS,
        .read = read_body,
        .context = &reading,
    };
    if (aws_call(sink->client, &request, &sink->answer) == STATUS_OK) {
        answer_each(sink, from, &reading);
        return AWS_FINE;
    }
    enum aws_failure failure = sink->answer.failure;
    answer_all(sink, from, count,
               (struct sink_answer){
                   .verdict = aws_sink_verdict(failure),
                   .reason = reason_of(sink, sink->answer.code, sink->answer.message),
                   .retry_after_ms = sink->answer.retry_after_ms,
               });
    return failure;
}

/* How many entries from here fit into one request: at least one. */
static size_t fitting(const struct aws_sink *sink, size_t from, size_t end)
{
    size_t bytes = sink->sizes[from];
    size_t count = 1;
    while (from + count < end && bytes + sink->sizes[from + count] <= sink->face->bytes_max) {
        bytes += sink->sizes[from + count];
        count++;
    }
    return count;
}

/* False once the service takes nothing at present: what follows is not tried. */
static bool call_or_part(struct aws_sink *sink, size_t from, size_t count)
{
    enum aws_failure failure = call(sink, from, count);
    if (count > 1 && (failure == AWS_INVALID || failure == AWS_OTHER)) {
        bool goes_on = true;
        for (size_t i = 0; i < count && goes_on; i++) {
            goes_on = call_or_part(sink, from + i, 1);
        }
        return goes_on;
    }
    return failure == AWS_FINE || failure == AWS_INVALID;
}

static void call_all(struct aws_sink *sink, size_t count)
{
    bool goes_on = true;
    size_t from = 0;
    while (from < count && goes_on) {
        size_t taken = fitting(sink, from, count);
        goes_on = call_or_part(sink, from, taken);
        from += taken;
    }
    for (; from < count; from++) {
        sink->answers[from] = sink->answers[from - 1];
    }
}

static enum status aws_sink_send(struct sink *base, const struct alert *alerts, size_t count,
                                 struct sink_cursor *out)
{
    struct aws_sink *sink = sink_of(base);
    check(count > 0 && count <= SINK_ANSWERS_MAX);
    arena_reset(sink->arena);
    buf_clear(&sink->problem);
    for (size_t i = 0; i < count; i++) {
        sink->entries[i] =
            sink->face->render(sink->context, &alerts[i], sink->arena, &sink->sizes[i]);
        sink->answers[i] = (struct sink_answer){.verdict = SINK_LATER};
    }
    call_all(sink, count);
    for (size_t i = 0; i < count; i++) {
        if (sink->answers[i].verdict != SINK_SENT) {
            buf_append(&sink->problem, sink->answers[i].reason);
            return STATUS_AGAIN;
        }
    }
    *out = (struct sink_cursor){.alert_sequence = alerts[count - 1].sequence};
    return STATUS_OK;
}

static struct sink_answer aws_sink_answer(const struct sink *base, size_t i)
{
    check(i < SINK_ANSWERS_MAX);
    return ((const struct aws_sink *)base)->answers[i];
}

static void aws_sink_cancel(struct sink *base)
{
    aws_client_cancel(sink_of(base)->client);
}

static struct span aws_sink_problem(const struct sink *base)
{
    return buf_view(&((const struct aws_sink *)base)->problem);
}

static void aws_sink_free(struct sink *base)
{
    struct aws_sink *sink = sink_of(base);
    sink->face->free(sink->context);
    aws_client_free(&sink->client);
    aws_answer_deinit(&sink->answer);
    arena_free(&sink->arena);
    buf_deinit(&sink->name);
    buf_deinit(&sink->body);
    buf_deinit(&sink->problem);
    free(sink);
}

struct sink *aws_sink_new(struct span name, const struct aws_sink_face *face, void *context,
                          struct aws_client *client)
{
    static const struct sink_ops ops = {
        .open = aws_sink_open,
        .send = aws_sink_send,
        .answer = aws_sink_answer,
        .cancel = aws_sink_cancel,
        .problem = aws_sink_problem,
        .free = aws_sink_free,
    };
    struct aws_sink *sink = calloc(1, sizeof *sink);
    if (!sink) {
        check_memory_exhausted(sizeof *sink);
    }
    buf_append(&sink->name, name);
    sink->face = face;
    sink->context = context;
    sink->client = client;
    sink->arena = arena_new(0);
    sink->sink = (struct sink){.ops = &ops, .name = buf_view(&sink->name)};
    return &sink->sink;
}
