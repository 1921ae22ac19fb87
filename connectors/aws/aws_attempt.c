/* aws_attempt.c: builds, signs, sends, reads. */
#include "aws/aws_attempt.h"

#include "aws/aws_error.h"
#include "aws/aws_xml.h"
#include "base/check.h"
#include "model/json.h"

#include <stdio.h>

enum { CONNECT_TIMEOUT_MS = 5 * 1000, HEADERS_MAX = 6, TARGET_SIZE = 128 };

void aws_answer_deinit(struct aws_answer *answer)
{
    buf_deinit(&answer->body);
    buf_deinit(&answer->text);
    *answer = (struct aws_answer){0};
}

void aws_answer_fail(struct aws_answer *answer, enum aws_failure failure, struct span code,
                     struct span message, struct span request_id)
{
    struct buf text = {0};
    buf_append(&text, code);
    buf_append(&text, message);
    buf_append(&text, request_id);
    buf_deinit(&answer->text);
    answer->text = text;
    answer->failure = failure;
    answer->code = span_of(text.ptr, code.len);
    answer->message = span_of(text.ptr + code.len, message.len);
    answer->request_id = span_of(text.ptr + code.len + message.len, request_id.len);
}

/* The headers of a call, and the texts that they view. */
struct head {
    struct aws_header headers[HEADERS_MAX];
    size_t count;
    char time[AWS_TIME_SIZE];
    char target[TARGET_SIZE];
    struct buf authorization;
};

static void add(struct head *head, const char *name, struct span value)
{
    check(head->count < HEADERS_MAX);
    head->headers[head->count++] = (struct aws_header){span_view(name), value};
}

static struct span content_type(enum aws_protocol protocol)
{
    switch (protocol) {
    case AWS_JSON_1_0: return SPAN("application/x-amz-json-1.0");
    case AWS_JSON_1_1: return SPAN("application/x-amz-json-1.1");
    case AWS_QUERY: return SPAN("application/x-www-form-urlencoded; charset=utf-8");
    }
    return SPAN("");
}

/* Every header that is signed. */
static void add_headers(const struct aws_attempt *attempt, struct head *head)
{
    add(head, "Host", attempt->endpoint->host);
    add(head, "Content-Type", content_type(attempt->row->protocol));
    if (attempt->row->target) {
        int length = snprintf(head->target, sizeof head->target, "%s.%s", attempt->row->target,
                              attempt->request->operation);
        check(length > 0 && length < TARGET_SIZE);
        add(head, "X-Amz-Target", span_view(head->target));
    }
    if (attempt->keys) {
        aws_time_format(attempt->time_us, head->time);
        add(head, "X-Amz-Date", span_view(head->time));
        if (attempt->keys->token.len) {
            add(head, "X-Amz-Security-Token", buf_view(&attempt->keys->token));
        }
    }
}

static void sign(const struct aws_attempt *attempt, struct span body, struct head *head)
{
    char hash[AWS_SHA256_HEX_SIZE];
    unsigned char key[HMAC_BYTES];
    const struct aws_scope scope = {attempt->time_us, attempt->endpoint->region,
                                    span_view(attempt->row->signing_name)};
    aws_sha256_hex(body, hash);
    if (attempt->signing_key) {
        memcpy(key, attempt->signing_key, sizeof key);
    } else {
        aws_signing_key(buf_view(&attempt->keys->secret), &scope, key);
    }
    const struct aws_signable signable = {
        .method = SPAN("POST"),
        .path = attempt->endpoint->path,
        .headers = head->headers,
        .header_count = head->count,
        .body_hash = span_view(hash),
    };
    aws_sign_authorization(&signable, &scope, buf_view(&attempt->keys->access_key_id), key,
                           &head->authorization);
    add(head, "Authorization", buf_view(&head->authorization));
}

/* Query services take operation and version in the form. */
static struct span build_body(const struct aws_attempt *attempt, struct buf *memory)
{
    const struct aws_request *request = attempt->request;
    if (attempt->row->protocol != AWS_QUERY) {
        return request->body;
    }
    buf_printf(memory, "Action=%s&Version=%s%s", request->operation, attempt->row->version,
               request->body.len ? "&" : "");
    buf_append(memory, request->body);
    return buf_view(memory);
}

static enum status exchange(const struct aws_attempt *attempt, struct aws_answer *answer,
                            struct aws_http_answer *http)
{
    const struct aws_request *request = attempt->request;
    int64_t timeout = request->timeout_ms ? request->timeout_ms : AWS_TIMEOUT_MS;
    size_t bytes = request->answer_bytes_max ? request->answer_bytes_max : AWS_ANSWER_BYTES;
    struct buf form = {0};
    struct head head = {.count = 0};
    struct span body = build_body(attempt, &form);
    add_headers(attempt, &head);
    if (attempt->keys) {
        sign(attempt, body, &head);
    }
    const struct aws_http_request sent = {
        .method = "POST",
        .url = attempt->endpoint->url,
        .headers = head.headers,
        .header_count = head.count,
        .body = body,
        .timeout_ms = timeout,
        .connect_timeout_ms = timeout < CONNECT_TIMEOUT_MS ? timeout : CONNECT_TIMEOUT_MS,
        .answer_bytes_max = bytes,
    };
    enum status status = aws_http_exchange(attempt->http, &sent, &answer->body, http);
    buf_deinit(&head.authorization);
    buf_deinit(&form);
    return status;
}

static void pass_over(void *context, struct span path, struct span text)
{
    (void)context;
    (void)path;
    (void)text;
}

/* JSON services answer some calls with nothing at all. */
static bool is_well_formed(enum aws_protocol protocol, struct span body)
{
    struct arena *arena = arena_new(0);
    struct json_error error;
    struct value value;
    bool fine = protocol == AWS_QUERY
                    ? aws_xml_read(body, arena, pass_over, NULL) == STATUS_OK
                    : body.len == 0 ||
                          json_read(body, JSON_NUMBERS_CEL, arena, &error, &value) == STATUS_OK;
    arena_free(&arena);
    return fine;
}

static enum status read_success(const struct aws_attempt *attempt, struct aws_answer *answer,
                                const struct aws_http_answer *http)
{
    const struct aws_request *request = attempt->request;
    struct span body = buf_view(&answer->body);
    struct span id = span_view(http->request_id);
    bool fine = request->read ? request->read(request->context, body)
                              : is_well_formed(attempt->row->protocol, body);
    if (!fine) {
        buf_clear(&answer->body);
        aws_answer_fail(answer, AWS_TRANSIENT, SPAN("MalformedAnswer"),
                        SPAN("the answer is malformed or cut short"), id);
        return STATUS_IO;
    }
    aws_answer_fail(answer, AWS_FINE, SPAN(""), SPAN(""), id);
    return STATUS_OK;
}

static enum status read_refusal(const struct aws_attempt *attempt, struct aws_answer *answer,
                                const struct aws_http_answer *http)
{
    struct arena *arena = arena_new(4096);
    struct aws_error_text error = aws_error_read(buf_view(&answer->body), attempt->row->protocol,
                                                 arena);
    if (!error.code.len) {
        error.code = aws_error_code(span_view(http->error_type));
    }
    if (!error.message.len) {
        error.message = arena_printf(arena, "HTTP status %d%s%.*s", http->status,
                                     error.code.len ? ": " : "", SPAN_ARG(error.code));
    }
    aws_answer_fail(answer, aws_error_classify(error.code, http->status), error.code,
                    error.message, span_view(http->request_id));
    arena_free(&arena);
    return STATUS_IO;
}

enum status aws_attempt_run(const struct aws_attempt *attempt, struct aws_answer *answer,
                            int64_t *date_us)
{
    struct aws_http_answer http;
    enum status status = exchange(attempt, answer, &http);
    answer->http_status = http.status;
    answer->retry_after_ms = http.retry_after_ms;
    *date_us = http.date_us;
    if (status != STATUS_OK) {
        buf_clear(&answer->body);
        aws_answer_fail(answer, status == STATUS_LIMIT ? AWS_OTHER : AWS_TRANSIENT, SPAN(""),
                        span_view(http.problem), span_view(http.request_id));
        return status;
    }
    return http.status / 100 == 2 ? read_success(attempt, answer, &http)
                                  : read_refusal(attempt, answer, &http);
}
