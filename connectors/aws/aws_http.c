/* aws_http.c: the pool of lines, and what libcurl is told. */
#include "aws/aws_http.h"

#include "base/check.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

/* Slower than this for half of an exchange's time: given up. */
enum { LOW_SPEED_BYTES = 128, POLL_MS = 1000 };

struct line {
    CURLM *multi;
    CURL *easy;
    bool busy;
    struct line *next;
};

struct aws_http {
    pthread_mutex_t mutex; /* guards the lines and their `busy` */
    struct line *lines;
    atomic_bool cancelled;
    char *ca_file; /* NULL: the system's */
};

/* One exchange under way. */
struct exchange {
    const struct aws_http_request *request;
    struct buf *body;
    struct aws_http_answer *answer;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];
    bool too_long;
};

struct aws_http *aws_http_new(struct span ca_file)
{
    struct aws_http *http = calloc(1, sizeof *http);
    if (!http) {
        check_memory_exhausted(sizeof *http);
    }
    check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); /* counted, and thread-safe */
    check(pthread_mutex_init(&http->mutex, NULL) == 0);
    if (ca_file.len) {
        http->ca_file = strndup(ca_file.ptr, ca_file.len);
        check(http->ca_file != NULL);
    }
    return http;
}

void aws_http_free(struct aws_http **http)
{
    if (!*http) {
        return;
    }
    struct line *line = (*http)->lines;
    while (line) {
        struct line *next = line->next;
        check(!line->busy);
        curl_easy_cleanup(line->easy);
        curl_multi_cleanup(line->multi);
        free(line);
        line = next;
    }
    pthread_mutex_destroy(&(*http)->mutex);
    free((*http)->ca_file);
    free(*http);
    *http = NULL;
    curl_global_cleanup();
}

void aws_http_cancel(struct aws_http *http)
{
    atomic_store(&http->cancelled, true);
    pthread_mutex_lock(&http->mutex);
    for (struct line *line = http->lines; line; line = line->next) {
        curl_multi_wakeup(line->multi);
    }
    pthread_mutex_unlock(&http->mutex);
}

static struct line *line_new(void)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line) {
        check_memory_exhausted(sizeof *line);
    }
    line->multi = curl_multi_init();
    line->easy = curl_easy_init();
    if (!line->multi || !line->easy) {
        check_memory_exhausted(0);
    }
    return line;
}

/* There are as many lines as threads ever called at the same time. */
static struct line *take_line(struct aws_http *http)
{
    pthread_mutex_lock(&http->mutex);
    struct line *line = http->lines;
    while (line && line->busy) {
        line = line->next;
    }
    if (!line) {
        line = line_new();
        line->next = http->lines;
        http->lines = line;
    }
    line->busy = true;
    pthread_mutex_unlock(&http->mutex);
    return line;
}

static void give_line(struct aws_http *http, struct line *line)
{
    curl_easy_reset(line->easy);
    pthread_mutex_lock(&http->mutex);
    line->busy = false;
    pthread_mutex_unlock(&http->mutex);
}

/* -- what comes back */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t len = size * count;
    if (len > exchange->request->answer_bytes_max - exchange->body->len) {
        exchange->too_long = true;
        return 0;
    }
    buf_append(exchange->body, span_of(bytes, len));
    return len;
}

static void copy_text(struct span value, char out[AWS_HTTP_NAME_SIZE])
{
    size_t len = value.len < AWS_HTTP_NAME_SIZE ? value.len : AWS_HTTP_NAME_SIZE - 1;
    memcpy(out, value.ptr, len);
    out[len] = '\0';
}

/* Digits alone; false for others and for what does not fit. */
static bool read_number(struct span text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > (max - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *out = number;
    return text.len > 0;
}

static void note_header(struct aws_http_answer *answer, struct span name, struct span value)
{
    uint64_t number;
    char text[AWS_HTTP_NAME_SIZE];
    if (span_equals_nocase(name, SPAN("x-amzn-requestid")) ||
        span_equals_nocase(name, SPAN("x-amz-request-id"))) {
        copy_text(value, answer->request_id);
    } else if (span_equals_nocase(name, SPAN("x-amzn-errortype"))) {
        copy_text(value, answer->error_type);
    } else if (span_equals_nocase(name, SPAN("x-amz-crc32"))) {
        answer->has_crc = read_number(value, UINT32_MAX, &number);
        answer->crc = answer->has_crc ? (uint32_t)number : 0;
    } else if (span_equals_nocase(name, SPAN("retry-after"))) {
        answer->retry_after_ms = read_number(value, 86400, &number) ? (int64_t)number * 1000 : 0;
    } else if (span_equals_nocase(name, SPAN("date"))) {
        copy_text(value, text);
        time_t date = curl_getdate(text, NULL);
        answer->date_us = date > 0 ? (int64_t)date * 1000000 : 0;
    }
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    struct span line = span_of(bytes, size * count);
    const char *colon = memchr(line.ptr, ':', line.len);
    if (span_starts_with(line, SPAN("HTTP/"))) {
        *exchange->answer = (struct aws_http_answer){0}; /* behind a "100 Continue" or a proxy's */
    } else if (colon) {
        size_t len = (size_t)(colon - line.ptr);
        note_header(exchange->answer, span_trim(span_of(line.ptr, len)),
                    span_trim(span_of(colon + 1, line.len - len - 1)));
    }
    return size * count;
}

/* -- what is sent */

static struct curl_slist *append_line(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer) {
        check_memory_exhausted(strlen(line));
    }
    return longer;
}

static struct curl_slist *build_headers(const struct aws_http_request *request)
{
    /* libcurl's own additions, which nobody signed */
    struct curl_slist *list = append_line(append_line(NULL, "Expect:"), "Accept:");
    bool has_type = false;
    struct buf line = {0};
    for (size_t i = 0; i < request->header_count; i++) {
        const struct aws_header *header = &request->headers[i];
        buf_clear(&line);
        buf_printf(&line, "%.*s: %.*s", SPAN_ARG(header->name), SPAN_ARG(header->value));
        list = append_line(list, line.ptr);
        has_type |= span_equals_nocase(header->name, SPAN("content-type"));
    }
    buf_deinit(&line);
    return has_type ? list : append_line(list, "Content-Type:");
}

static void set_request(CURL *easy, struct exchange *exchange)
{
    const struct aws_http_request *request = exchange->request;
    bool has_body = strcmp(request->method, "POST") == 0;
    curl_easy_setopt(easy, CURLOPT_URL, request->url.ptr);
    if (has_body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.len ? request->body.ptr : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    } else if (strcmp(request->method, "GET") != 0) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "deltaward");
    if (request->direct) {
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    }
}

static void set_limits(CURL *easy, const struct aws_http_request *request)
{
    int64_t slow_s = request->timeout_ms / 2000;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name look-up ends by itself, later */
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)(slow_s > 0 ? slow_s : 1));
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

static void set_answer(CURL *easy, struct exchange *exchange)
{
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
}

/* -- the exchange */

/* Runs until it is done; false when it was cancelled. */
static bool drive(struct aws_http *http, struct line *line, CURLcode *result)
{
    int running = 1;
    curl_multi_add_handle(line->multi, line->easy);
    while (running && !atomic_load(&http->cancelled)) {
        curl_multi_perform(line->multi, &running);
        if (running) {
            curl_multi_poll(line->multi, NULL, 0, POLL_MS, NULL);
        }
    }
    int left = 0;
    struct CURLMsg *message = curl_multi_info_read(line->multi, &left);
    bool done = message && message->msg == CURLMSG_DONE;
    if (done) {
        *result = message->data.result;
    }
    curl_multi_remove_handle(line->multi, line->easy);
    return done;
}

static bool crc_is_right(const struct aws_http_answer *answer, struct span body)
{
    return !answer->has_crc ||
           crc32_z(crc32_z(0, NULL, 0), (const unsigned char *)body.ptr, body.len) == answer->crc;
}

static enum status judge(struct exchange *exchange, CURLcode result)
{
    char *problem = exchange->answer->problem;
    if (exchange->too_long) {
        snprintf(problem, AWS_HTTP_PROBLEM_SIZE, "the answer is longer than %zu bytes",
                 exchange->request->answer_bytes_max);
        return STATUS_LIMIT;
    }
    if (result != CURLE_OK) {
        snprintf(problem, AWS_HTTP_PROBLEM_SIZE, "%s",
                 exchange->error[0] ? exchange->error : curl_easy_strerror(result));
        return STATUS_IO;
    }
    if (!crc_is_right(exchange->answer, buf_view(exchange->body))) {
        snprintf(problem, AWS_HTTP_PROBLEM_SIZE, "the answer's CRC32 is wrong");
        return STATUS_IO;
    }
    return STATUS_OK;
}

enum status aws_http_exchange(struct aws_http *http, const struct aws_http_request *request,
                              struct buf *body, struct aws_http_answer *out)
{
    struct exchange exchange = {.request = request, .body = body, .answer = out,
                                .headers = build_headers(request)};
    struct line *line = take_line(http);
    enum status status = STATUS_CLOSED;
    CURLcode result = CURLE_OK;
    long code = 0;
    *out = (struct aws_http_answer){0};
    buf_clear(body);
    set_request(line->easy, &exchange);
    set_limits(line->easy, request);
    set_answer(line->easy, &exchange);
    if (http->ca_file) {
        curl_easy_setopt(line->easy, CURLOPT_CAINFO, http->ca_file);
    }
    if (drive(http, line, &result)) {
        curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &code);
        status = judge(&exchange, result);
    } else {
        snprintf(out->problem, sizeof out->problem, "cancelled");
    }
    out->status = (int)code;
    give_line(http, line);
    curl_slist_free_all(exchange.headers);
    return status;
}
