/* kinesis_call.c: writes requests, makes each call once (who reads repeats in its own time), and
 * says what a failure means. */
#include "kinesis/kinesis_call.h"

#include "base/json_writer.h"

#include <inttypes.h>
#include <stdio.h>

/* A clock that is ahead of Kinesis's must not cost records: what "latest" meant some time ago is
 * taken to be a minute earlier, and a few records may come that were there already. */
enum { LATEST_MARGIN_MS = 60 * 1000, MS_PER_SECOND = 1000, LIST_PAGES_MAX = 1000 };

void kinesis_call_init(struct kinesis_call *call, struct aws_client *client, struct span stream)
{
    *call = (struct kinesis_call){.client = client, .stream = stream};
}

void kinesis_call_deinit(struct kinesis_call *call)
{
    aws_answer_deinit(&call->answer);
    buf_deinit(&call->request);
    buf_deinit(&call->problem);
}

static bool is_arn(struct span stream)
{
    return span_starts_with(stream, SPAN("arn:"));
}

static struct json_writer begin_request(struct kinesis_call *call)
{
    buf_clear(&call->request);
    struct json_writer writer = json_writer_to(&call->request);
    json_open_object(&writer);
    return writer;
}

static void write_text(struct json_writer *writer, const char *key, struct span text)
{
    json_key(writer, key);
    json_write_string(writer, text);
}

static void write_stream(struct kinesis_call *call, struct json_writer *writer)
{
    write_text(writer, is_arn(call->stream) ? "StreamARN" : "StreamName", call->stream);
}

/* What somebody can do about it. */
static const char *hint_of(enum aws_failure failure)
{
    if (failure == AWS_DENIED) {
        return "; allow kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords on the "
               "stream for this identity";
    }
    if (failure == AWS_NOT_FOUND) {
        return "; check the stream's name, its region and account";
    }
    if (failure == AWS_KMS) {
        return "; enable the key of the stream and allow kms:Decrypt on it; until then its records "
               "wait, none is passed over";
    }
    return "";
}

static void note_problem(struct kinesis_call *call, const char *operation)
{
    const struct aws_answer *answer = &call->answer;
    buf_clear(&call->problem);
    buf_printf(&call->problem, "%s: %.*s%s%.*s%s", operation, SPAN_ARG(answer->code),
               answer->code.len ? ": " : "", SPAN_ARG(answer->message), hint_of(answer->failure));
}

static enum kinesis_outcome outcome_of(const struct kinesis_call *call, enum status status)
{
    if (status == STATUS_CLOSED) {
        return KINESIS_CANCELLED;
    }
    if (status == STATUS_LIMIT) {
        return KINESIS_TOO_LONG;
    }
    switch (call->answer.failure) {
    case AWS_FINE: return KINESIS_FINE;
    case AWS_THROTTLED: return KINESIS_THROTTLED;
    case AWS_EXPIRED: return KINESIS_EXPIRED;
    case AWS_INVALID: return KINESIS_UNSUITABLE;
    case AWS_KMS: return KINESIS_KEY_REFUSED;
    case AWS_DENIED:
    case AWS_NOT_FOUND: return KINESIS_REFUSED;
    case AWS_TRANSIENT:
    case AWS_OTHER: break;
    }
    return KINESIS_FAILED;
}

/* Bodies are read once, by whoever asked: a page of records is long. */
static bool leave_to_caller(void *context, struct span body)
{
    (void)context;
    (void)body;
    return true;
}

static enum kinesis_outcome ask(struct kinesis_call *call, const char *operation)
{
    const struct aws_request request = {
        .service = AWS_KINESIS,
        .operation = operation,
        .body = buf_view(&call->request),
        .timeout_ms = KINESIS_CALL_TIMEOUT_MS,
        .attempts_max = 1,
        .answer_bytes_max = AWS_ANSWER_BYTES_PAGE,
        .read = leave_to_caller,
    };
    enum status status = aws_call(call->client, &request, &call->answer);
    if (status == STATUS_OK) {
        return KINESIS_FINE;
    }
    note_problem(call, operation);
    return outcome_of(call, status);
}

/* An answer that was 2xx and cannot be read. */
static enum kinesis_outcome fail_answer(struct kinesis_call *call, const char *operation,
                                        const char *reason)
{
    buf_clear(&call->problem);
    buf_printf(&call->problem, "%s: the answer is malformed: %s", operation, reason);
    return KINESIS_FAILED;
}

static void write_time(struct json_writer *writer, int64_t time_ms)
{
    char text[32];
    int64_t at_ms = time_ms > 0 ? time_ms : 0;
    int length = snprintf(text, sizeof text, "%" PRId64 ".%03d", at_ms / MS_PER_SECOND,
                          (int)(at_ms % MS_PER_SECOND));
    write_text(writer, "ShardIteratorType", SPAN("AT_TIMESTAMP"));
    json_key(writer, "Timestamp");
    json_write_raw(writer, span_of(text, (size_t)length));
}

static void write_begin(struct json_writer *writer, const struct kinesis_begin *begin)
{
    const struct kinesis_position *position = begin->position;
    if (begin->rewind) {
        write_text(writer, "ShardIteratorType", SPAN("TRIM_HORIZON"));
        return;
    }
    switch (position->place) {
    case KINESIS_PLACE_TIME: write_time(writer, position->time_ms); break;
    case KINESIS_PLACE_LATEST:
        if (begin->fresh) {
            write_text(writer, "ShardIteratorType", SPAN("LATEST"));
        } else {
            write_time(writer, position->time_ms - LATEST_MARGIN_MS);
        }
        break;
    case KINESIS_PLACE_RECORD:
        write_text(writer, "ShardIteratorType",
                   position->within ? SPAN("AT_SEQUENCE_NUMBER") : SPAN("AFTER_SEQUENCE_NUMBER"));
        write_text(writer, "StartingSequenceNumber", kinesis_position_sequence(position));
        break;
    case KINESIS_PLACE_BEGINNING:
    case KINESIS_PLACE_END: write_text(writer, "ShardIteratorType", SPAN("TRIM_HORIZON")); break;
    }
}

enum kinesis_outcome kinesis_call_iterator(struct kinesis_call *call,
                                           const struct kinesis_begin *begin, struct buf *out)
{
    struct json_writer writer = begin_request(call);
    const char *reason = NULL;
    struct span iterator;
    write_stream(call, &writer);
    write_text(&writer, "ShardId", begin->shard);
    write_begin(&writer, begin);
    json_close_object(&writer);
    enum kinesis_outcome outcome = ask(call, "GetShardIterator");
    if (outcome != KINESIS_FINE) {
        return outcome;
    }
    struct arena *arena = arena_new(0);
    if (kinesis_read_iterator(buf_view(&call->answer.body), arena, &reason, &iterator) ==
        STATUS_OK) {
        buf_clear(out);
        buf_append(out, iterator);
    } else {
        outcome = fail_answer(call, "GetShardIterator", reason);
    }
    arena_free(&arena);
    return outcome;
}

enum kinesis_outcome kinesis_call_records(struct kinesis_call *call, struct span iterator,
                                          int limit, struct kinesis_room room,
                                          struct kinesis_page *out)
{
    struct json_writer writer = begin_request(call);
    const char *reason = NULL;
    write_text(&writer, "ShardIterator", iterator);
    json_key(&writer, "Limit");
    json_write_int(&writer, limit);
    if (is_arn(call->stream)) {
        write_stream(call, &writer);
    }
    json_close_object(&writer);
    enum kinesis_outcome outcome = ask(call, "GetRecords");
    if (outcome != KINESIS_FINE) {
        return outcome;
    }
    /* the page keeps the body; the next answer is read into the memory of an older page */
    struct buf old = *room.body;
    *room.body = call->answer.body;
    call->answer.body = old;
    return kinesis_read_page(room.body, room.arena, &reason, out) == STATUS_OK
               ? KINESIS_FINE
               : fail_answer(call, "GetRecords", reason);
}

static void write_list_request(struct kinesis_call *call, struct span next_token)
{
    struct json_writer writer = begin_request(call);
    if (next_token.len) {
        write_text(&writer, "NextToken", next_token);
    } else {
        write_stream(call, &writer);
    }
    json_close_object(&writer);
}

enum kinesis_outcome kinesis_call_list(struct kinesis_call *call, struct arena *arena,
                                       struct kinesis_listing *out)
{
    struct kinesis_listing listing = {.arena = arena};
    const char *reason = NULL;
    for (unsigned page = 0; page == 0 || listing.next_token.len; page++) {
        write_list_request(call, listing.next_token);
        enum kinesis_outcome outcome = ask(call, "ListShards");
        if (outcome != KINESIS_FINE) {
            return outcome == KINESIS_UNSUITABLE ? KINESIS_REFUSED : outcome;
        }
        if (page == LIST_PAGES_MAX) {
            return fail_answer(call, "ListShards", "it has no last page");
        }
        if (kinesis_read_listing(buf_view(&call->answer.body), &reason, &listing) != STATUS_OK) {
            return fail_answer(call, "ListShards", reason);
        }
    }
    *out = listing;
    return KINESIS_FINE;
}
