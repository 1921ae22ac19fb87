/* aws_provider_http.c: credentials that the platform hands out over HTTP: ECS tasks and EKS Pod
 * Identity, EC2 instances (IMDSv2 alone: version 1 answers to whoever can be made to ask). */
#include "aws/aws_file.h"
#include "aws/aws_provider.h"

#include <stdlib.h>

enum {
    ANSWER_BYTES_MAX = 64 * 1024,
    TOKEN_BYTES_MAX = 64 * 1024,
    CONTAINER_TIMEOUT_MS = 2000,
    CONTAINER_ATTEMPTS = 3,
    CONTAINER_WAIT_MS = 1000,
    INSTANCE_TIMEOUT_MS = 1000,
};

static const int64_t minute_us = (int64_t)60 * 1000000;

/* One exchange with a service of the platform. */
struct ask {
    const char *method;
    struct span url;
    struct aws_header header; /* an empty value: none */
    int64_t timeout_ms;
};

/* Any proxy is passed by: it could not reach these addresses, and should not see their answers.
 * STATUS_IO: no answer, or another status than 200; *why, in the arena, says which. */
static enum status fetch(struct aws_search *search, const struct ask *ask, struct buf *body,
                         struct span *why)
{
    struct aws_http_answer answer;
    const struct aws_http_request request = {
        .method = ask->method,
        .url = ask->url,
        .headers = &ask->header,
        .header_count = ask->header.value.len > 0,
        .timeout_ms = ask->timeout_ms,
        .connect_timeout_ms = ask->timeout_ms,
        .answer_bytes_max = ANSWER_BYTES_MAX,
        .direct = true,
    };
    enum status status = aws_http_exchange(aws_transport_http(search->transport), &request, body,
                                           &answer);
    if (status == STATUS_OK && answer.status == 200) {
        return STATUS_OK;
    }
    *why = status == STATUS_OK ? arena_printf(search->arena, "HTTP status %d", answer.status)
                               : arena_copy(search->arena, span_view(answer.problem));
    return status == STATUS_CLOSED ? STATUS_CLOSED : STATUS_IO;
}

static enum status read_keys(struct aws_search *search, const char *origin, struct buf *body,
                             struct aws_keys *out)
{
    const char *reason = "";
    enum status status = aws_keys_from_json(buf_view(body), out, &reason);
    if (status != STATUS_OK) {
        return aws_search_fail(search, STATUS_IO, "%s gave no credentials: %s", origin, reason);
    }
    return STATUS_OK;
}

/* -- containers */

static struct span host_of(struct span url)
{
    const char *begin = (const char *)memmem(url.ptr, url.len, "://", 3) + 3;
    size_t len = 0;
    size_t left = url.len - (size_t)(begin - url.ptr);
    bool bracket = left > 0 && begin[0] == '[';
    while (len < left && begin[len] != '/' && begin[len] != '?' &&
           (bracket ? len == 0 || begin[len - 1] != ']' : begin[len] != ':')) {
        len++;
    }
    return span_of(begin, len);
}

static bool is_loopback_v4(struct span host)
{
    unsigned dots = 0;
    for (size_t i = 0; i < host.len; i++) {
        bool digit = host.ptr[i] >= '0' && host.ptr[i] <= '9';
        dots += host.ptr[i] == '.';
        if (!digit && host.ptr[i] != '.') {
            return false;
        }
    }
    return dots == 3 && span_starts_with(host, SPAN("127."));
}

/* Over plain HTTP credentials may only come from this machine or its platform. */
static bool is_allowed(struct span url)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
                                        "localhost", "[::1]"};
    if (span_starts_with(url, SPAN("https://"))) {
        return true;
    }
    if (!span_starts_with(url, SPAN("http://"))) {
        return false;
    }
    struct span host = host_of(url);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        if (span_equals_nocase(host, span_view(hosts[i]))) {
            return true;
        }
    }
    return is_loopback_v4(host);
}

/* Printable, and without what would make two of one URL: white space, a user name. */
static bool is_clean_url(struct span url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || url.ptr[i] == '@' || url.ptr[i] == '\\') {
            return false;
        }
    }
    return true;
}

static enum status container_url(struct aws_search *search, struct span *out)
{
    struct span relative = aws_search_variable(search, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct span full = aws_search_variable(search, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative.len && !full.len) {
        return STATUS_NOT_FOUND;
    }
    struct span url = relative.len ? arena_printf(search->arena, "http://169.254.170.2%.*s%.*s",
                                                  relative.ptr[0] == '/' ? 0 : 1, "/",
                                                  SPAN_ARG(relative))
                                   : arena_copy(search->arena, full);
    if (!is_clean_url(url) || !is_allowed(url)) {
        return aws_search_fail(search, STATUS_INVALID,
                               "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http of "
                               "169.254.170.2, 169.254.170.23, [fd00:ec2::23] or this machine");
    }
    *out = url;
    return STATUS_OK;
}

/* The token is read each time: EKS rotates its file. */
static enum status container_token(struct aws_search *search, struct span *out)
{
    struct span path = aws_search_variable(search, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    struct span token = aws_search_variable(search, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct buf text = {0};
    if (path.len) {
        if (aws_file_read(path.ptr, TOKEN_BYTES_MAX, &text) != STATUS_OK) {
            buf_deinit(&text);
            return aws_search_fail(search, STATUS_IO, "cannot read the token of the container "
                                   "credentials, %.*s", SPAN_ARG(path));
        }
        token = arena_copy(search->arena, span_trim(buf_view(&text)));
        aws_wipe(&text);
    }
    for (size_t i = 0; i < token.len; i++) {
        if ((unsigned char)token.ptr[i] < ' ') {
            return aws_search_fail(search, STATUS_INVALID,
                                   "the token of the container credentials holds control "
                                   "characters");
        }
    }
    *out = token;
    return STATUS_OK;
}

enum status aws_provider_container(struct aws_search *search, struct aws_keys *out)
{
    struct ask ask = {.method = "GET", .header.name = SPAN("Authorization"),
                      .timeout_ms = CONTAINER_TIMEOUT_MS};
    struct buf body = {0};
    struct span why = SPAN("");
    enum status status = container_url(search, &ask.url);
    for (unsigned i = 1; status == STATUS_OK; i++) {
        status = container_token(search, &ask.header.value);
        if (status != STATUS_OK) {
            break;
        }
        status = fetch(search, &ask, &body, &why);
        if (status != STATUS_IO) {
            break;
        }
        aws_search_fail(search, status, "the container's credentials endpoint failed: %.*s",
                        SPAN_ARG(why));
        if (i < CONTAINER_ATTEMPTS) {
            status = aws_transport_wait_ms(search->transport, CONTAINER_WAIT_MS) ? STATUS_OK
                                                                                 : STATUS_CLOSED;
        }
    }
    if (status == STATUS_OK) {
        status = read_keys(search, "the container's credentials endpoint", &body, out);
    }
    aws_wipe(&body);
    return status;
}

/* -- instances */

static struct span metadata_base(struct aws_search *search)
{
    struct span base = aws_search_variable(search, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    struct span mode = aws_search_variable(search, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    if (!base.len) {
        base = aws_search_get(search, "ec2_metadata_service_endpoint");
    }
    if (!mode.len) {
        mode = aws_search_get(search, "ec2_metadata_service_endpoint_mode");
    }
    if (!base.len) {
        base = span_equals_nocase(mode, SPAN("IPv6")) ? SPAN("http://[fd00:ec2::254]")
                                                      : SPAN("http://169.254.169.254");
    }
    return span_ends_with(base, SPAN("/")) ? span_of(base.ptr, base.len - 1) : base;
}

/* GETs base/latest/meta-data/iam/security-credentials/NAME. */
static enum status get_metadata(struct aws_search *search, struct span token, struct span name,
                                struct buf *body, struct span *why)
{
    const struct ask ask = {
        .method = "GET",
        .url = arena_printf(search->arena, "%.*s/latest/meta-data/iam/security-credentials/%.*s",
                            SPAN_ARG(metadata_base(search)), SPAN_ARG(name)),
        .header = {SPAN("X-aws-ec2-metadata-token"), token},
        .timeout_ms = INSTANCE_TIMEOUT_MS,
    };
    return fetch(search, &ask, body, why);
}

static enum status get_token(struct aws_search *search, struct buf *body, struct span *token,
                             struct span *why)
{
    const struct ask ask = {
        .method = "PUT",
        .url = arena_printf(search->arena, "%.*s/latest/api/token",
                            SPAN_ARG(metadata_base(search))),
        .header = {SPAN("X-aws-ec2-metadata-token-ttl-seconds"), SPAN("21600")},
        .timeout_ms = INSTANCE_TIMEOUT_MS,
    };
    enum status status = fetch(search, &ask, body, why);
    *token = arena_copy(search->arena, span_trim(buf_view(body)));
    return status;
}

/* The first word: the only role that an instance has. */
static struct span first_line(struct arena *arena, struct span text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] > ' ' && text.ptr[len] <= '~') {
        len++;
    }
    return arena_copy(arena, span_of(text.ptr, len));
}

/* The service may hand out credentials that end within the hour of their renewal (an outage of its
 * own). They are stretched, as botocore does, rather than asked for again with each call. */
static void stretch(struct aws_search *search, struct aws_keys *keys)
{
    int64_t now_us = aws_transport_now_us(search->transport);
    int64_t jitter_us = (2 + (int64_t)arc4random_uniform(8)) * minute_us;
    if (keys->expiry_us && keys->expiry_us - now_us < 15 * minute_us) {
        keys->expiry_us = now_us + 15 * minute_us + jitter_us;
    }
}

static enum status ask_instance(struct aws_search *search, struct buf *body, struct aws_keys *out,
                                struct span *why)
{
    struct span token;
    enum status status = get_token(search, body, &token, why);
    if (status == STATUS_OK) {
        status = get_metadata(search, token, SPAN(""), body, why);
    }
    if (status == STATUS_OK) {
        struct span role = first_line(search->arena, buf_view(body));
        status = get_metadata(search, token, role, body, why);
    }
    if (status == STATUS_OK) {
        status = read_keys(search, "the instance's metadata service", body, out);
    }
    return status;
}

enum status aws_provider_instance(struct aws_search *search, struct aws_keys *out)
{
    struct buf body = {0};
    struct span why = SPAN("");
    if (aws_environment_is_true(&search->config->environment, "AWS_EC2_METADATA_DISABLED")) {
        return STATUS_NOT_FOUND;
    }
    enum status status = ask_instance(search, &body, out, &why);
    if (status == STATUS_OK) {
        stretch(search, out);
    } else if (status == STATUS_IO && why.len) {
        aws_search_fail(search, status,
                        "no AWS credentials were found: not in the environment, in the profile "
                        "\"%.*s\", from a web identity or a container, and the instance's "
                        "metadata service does not give any: %.*s",
                        SPAN_ARG(search->config->profile), SPAN_ARG(why));
    }
    aws_wipe(&body);
    return status;
}
