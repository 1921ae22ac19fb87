/* aws_provider_sts.c: roles, assumed with other keys or with a web identity token. */
#include "aws/aws_attempt.h"
#include "aws/aws_error.h"
#include "aws/aws_file.h"
#include "aws/aws_form.h"
#include "aws/aws_provider.h"
#include "aws/aws_retry.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    STS_ATTEMPTS = 3,
    STS_TIMEOUT_MS = 10 * 1000,
    SESSION_NAME_MIN = 2,
    SESSION_NAME_MAX = 64,
    DURATION_MIN_S = 900,
    DURATION_MAX_S = 43200,
    TOKEN_BYTES_MAX = 64 * 1024,
};

/* What a role is assumed with. */
struct role {
    const char *operation;
    struct span arn;
    struct span session_name;
    struct span external_id;
    struct span duration;
    struct span token_file;    /* web identity */
    const struct aws_keys *keys; /* else */
};

/* `[\w+=,.@-]{2,64}` */
static bool is_session_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || !strchr("_+=,.@-", c))) {
            return false;
        }
    }
    return name.len >= SESSION_NAME_MIN && name.len <= SESSION_NAME_MAX;
}

static enum status check_role(struct aws_search *search, struct role *role)
{
    if (!role->session_name.len) {
        role->session_name = arena_printf(search->arena, "deltaward-%" PRId64,
                                          aws_transport_now_us(search->transport) / 1000000);
    }
    if (!is_session_name(role->session_name)) {
        return aws_search_fail(search, STATUS_INVALID,
                               "the role session name \"%.*s\" is not 2 to 64 of A-Z a-z 0-9 "
                               "_+=,.@-", SPAN_ARG(role->session_name));
    }
    unsigned long seconds = role->duration.len ? strtoul(role->duration.ptr, NULL, 10) : 0;
    if (role->duration.len && (seconds < DURATION_MIN_S || seconds > DURATION_MAX_S)) {
        return aws_search_fail(search, STATUS_INVALID,
                               "duration_seconds of the AWS profile \"%.*s\" is not %d to %d",
                               SPAN_ARG(search->profile), DURATION_MIN_S, DURATION_MAX_S);
    }
    return STATUS_OK;
}

/* The token is read for each attempt: it is rotated. */
static enum status build_form(struct aws_search *search, const struct role *role, struct buf *form)
{
    aws_form_add(form, "RoleArn", role->arn);
    aws_form_add(form, "RoleSessionName", role->session_name);
    if (role->external_id.len) {
        aws_form_add(form, "ExternalId", role->external_id);
    }
    if (role->duration.len) {
        aws_form_add(form, "DurationSeconds", role->duration);
    }
    if (role->token_file.len) {
        struct buf token = {0};
        enum status status = aws_file_read(role->token_file.ptr, TOKEN_BYTES_MAX, &token);
        if (status != STATUS_OK) {
            buf_deinit(&token);
            return aws_search_fail(search, STATUS_IO, "cannot read the web identity token %.*s",
                                   SPAN_ARG(role->token_file));
        }
        aws_form_add(form, "WebIdentityToken", span_trim(buf_view(&token)));
        aws_wipe(&token);
    }
    return STATUS_OK;
}

/* One call to STS. *again: a repeat makes sense. */
static enum status ask_sts(struct aws_search *search, const struct role *role,
                           struct aws_answer *answer, bool *again)
{
    struct aws_transport *transport = search->transport;
    struct buf form = {0};
    int64_t date_us = 0;
    enum status status = build_form(search, role, &form);
    *again = false;
    if (status == STATUS_OK) {
        const struct aws_request request = {.service = AWS_STS, .operation = role->operation,
                                            .body = buf_view(&form),
                                            .timeout_ms = STS_TIMEOUT_MS};
        const struct aws_attempt attempt = {
            .http = aws_transport_http(transport),
            .row = aws_service_row(AWS_STS),
            .endpoint = &search->config->endpoints[AWS_STS],
            .request = &request,
            .keys = role->keys,
            .time_us = aws_transport_now_us(transport),
        };
        status = aws_attempt_run(&attempt, answer, &date_us);
        bool skewed = aws_error_is_skew(answer->code) &&
                      aws_transport_learn(transport, attempt.time_us, date_us);
        bool stale = role->token_file.len && (aws_error_is_expired_token(answer->code) ||
                                              span_equals(answer->code,
                                                          SPAN("InvalidIdentityToken")));
        bool passing = aws_failure_is_passing(answer->failure);
        *again = skewed || stale || passing;
        if (status == STATUS_IO) {
            status = passing ? STATUS_IO : STATUS_INVALID;
            aws_search_fail(search, status, "%s of %.*s failed: %.*s", role->operation,
                            SPAN_ARG(role->arn), SPAN_ARG(answer->message));
        }
    }
    aws_wipe(&form);
    return status;
}

static enum status assume(struct aws_search *search, struct role *role, struct aws_keys *out)
{
    struct aws_answer answer = {.attempts = 0};
    enum status status = check_role(search, role);
    bool again = status == STATUS_OK;
    for (unsigned i = 1; again; i++) {
        status = ask_sts(search, role, &answer, &again);
        again = again && i < STS_ATTEMPTS;
        if (again && !aws_transport_wait_ms(search->transport,
                                            aws_retry_wait_ms(answer.failure, i, 0,
                                                              arc4random()))) {
            status = STATUS_CLOSED;
            again = false;
        }
    }
    if (status == STATUS_OK) {
        status = aws_keys_from_sts(buf_view(&answer.body), role->operation, out);
        if (status != STATUS_OK) {
            aws_search_fail(search, STATUS_IO, "%s of %.*s brought no credentials",
                            role->operation, SPAN_ARG(role->arn));
            status = STATUS_IO;
        }
    }
    aws_wipe(&answer.body);
    aws_answer_deinit(&answer);
    return status;
}

/* -- a profile's role_arn with the keys of another */

/* credential_source names a provider. */
static enum status keys_of_source(struct aws_search *search, struct span name,
                                  struct aws_keys *out)
{
    static const struct {
        const char *name;
        aws_provider_fn provider;
    } sources[] = {
        {"Environment", aws_provider_environment},
        {"EcsContainer", aws_provider_container},
        {"Ec2InstanceMetadata", aws_provider_instance},
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (span_equals(name, span_view(sources[i].name))) {
            enum status status = sources[i].provider(search, out);
            return status != STATUS_NOT_FOUND
                       ? status
                       : aws_search_fail(search, STATUS_INVALID,
                                         "the AWS profile \"%.*s\" takes its credentials from %s, "
                                         "where none are", SPAN_ARG(search->profile),
                                         sources[i].name);
        }
    }
    return aws_search_fail(search, STATUS_INVALID,
                           "the AWS profile \"%.*s\" has an unknown credential_source: "
                           "Environment, EcsContainer or Ec2InstanceMetadata is needed",
                           SPAN_ARG(search->profile));
}

enum status aws_provider_role(struct aws_search *search, struct aws_keys *out)
{
    struct span source_profile = aws_search_get(search, "source_profile");
    struct span source = aws_search_get(search, "credential_source");
    struct aws_keys keys = {.generation = 0};
    struct role role = {
        .operation = "AssumeRole",
        .arn = aws_search_get(search, "role_arn"),
        .session_name = aws_search_get(search, "role_session_name"),
        .external_id = aws_search_get(search, "external_id"),
        .duration = aws_search_get(search, "duration_seconds"),
        .keys = &keys,
    };
    if (!role.arn.len || aws_search_get(search, "web_identity_token_file").len) {
        return STATUS_NOT_FOUND;
    }
    if (!source_profile.len == !source.len) {
        return aws_search_fail(search, STATUS_INVALID,
                               "the AWS profile \"%.*s\" has a role_arn and needs either "
                               "source_profile or credential_source", SPAN_ARG(search->profile));
    }
    if (aws_search_get(search, "mfa_serial").len) {
        return aws_search_fail(search, STATUS_INVALID,
                               "the AWS profile \"%.*s\" asks for an MFA code, which a service "
                               "cannot give", SPAN_ARG(search->profile));
    }
    enum status status = source.len ? keys_of_source(search, source, &keys)
                                    : aws_provider_of_profile(search, source_profile, &keys);
    if (status == STATUS_OK) {
        status = assume(search, &role, out);
    }
    aws_keys_deinit(&keys);
    return status;
}

/* -- IRSA: a token of Kubernetes in a file */

enum status aws_provider_web_identity(struct aws_search *search, struct aws_keys *out)
{
    struct role role = {
        .operation = "AssumeRoleWithWebIdentity",
        .arn = aws_search_variable(search, "AWS_ROLE_ARN"),
        .session_name = aws_search_variable(search, "AWS_ROLE_SESSION_NAME"),
        .token_file = aws_search_variable(search, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    };
    if (!role.token_file.len) {
        role.token_file = aws_search_get(search, "web_identity_token_file");
        role.arn = aws_search_get(search, "role_arn");
        role.session_name = aws_search_get(search, "role_session_name");
    }
    if (!role.token_file.len) {
        return STATUS_NOT_FOUND;
    }
    if (!role.arn.len) {
        return aws_search_fail(search, STATUS_INVALID,
                               "there is a web identity token, but no AWS_ROLE_ARN");
    }
    return assume(search, &role, out);
}
