/* aws_error.c: the table of error codes. Sources: the service models and retry rules that botocore
 * ships, and the API references of Kinesis, SNS, EventBridge and STS. */
#include "aws/aws_error.h"

#include "aws/aws_xml.h"
#include "model/json.h"

static const struct {
    const char *code;
    enum aws_failure failure;
} codes[] = {
    {"AccessDenied", AWS_DENIED},
    {"AccessDeniedException", AWS_DENIED},
    {"AuthFailure", AWS_DENIED},
    {"AuthorizationError", AWS_DENIED},
    {"AuthorizationErrorException", AWS_DENIED},
    {"BandwidthLimitExceeded", AWS_THROTTLED},
    {"ConcurrentAccess", AWS_THROTTLED},
    {"EC2ThrottledException", AWS_THROTTLED},
    {"EndpointDisabled", AWS_INVALID},
    {"ExpiredIteratorException", AWS_EXPIRED},
    {"ExpiredNextTokenException", AWS_EXPIRED},
    {"ExpiredToken", AWS_DENIED},
    {"ExpiredTokenException", AWS_DENIED},
    {"IDPCommunicationError", AWS_TRANSIENT},
    {"IncompleteSignature", AWS_DENIED},
    {"InternalError", AWS_TRANSIENT},
    {"InternalErrorException", AWS_TRANSIENT},
    {"InternalException", AWS_TRANSIENT},
    {"InternalFailure", AWS_TRANSIENT},
    {"InternalFailureException", AWS_TRANSIENT},
    {"InternalServerError", AWS_TRANSIENT},
    {"InvalidAccessKeyId", AWS_DENIED},
    {"InvalidArgumentException", AWS_INVALID},
    {"InvalidClientTokenId", AWS_DENIED},
    {"InvalidIdentityToken", AWS_DENIED},
    {"InvalidParameter", AWS_INVALID},
    {"InvalidParameterException", AWS_INVALID},
    {"InvalidParameterValue", AWS_INVALID},
    {"InvalidSignatureException", AWS_DENIED},
    {"KMSAccessDenied", AWS_KMS},
    {"KMSAccessDeniedException", AWS_KMS},
    {"KMSDisabled", AWS_KMS},
    {"KMSDisabledException", AWS_KMS},
    {"KMSInvalidState", AWS_KMS},
    {"KMSInvalidStateException", AWS_KMS},
    {"KMSNotFound", AWS_KMS},
    {"KMSNotFoundException", AWS_KMS},
    {"KMSOptInRequired", AWS_KMS},
    {"KMSThrottling", AWS_THROTTLED},
    {"KMSThrottlingException", AWS_THROTTLED},
    {"LimitExceededException", AWS_THROTTLED},
    {"MalformedDetail", AWS_INVALID},
    {"MissingAuthenticationToken", AWS_DENIED},
    {"MissingAuthenticationTokenException", AWS_DENIED},
    {"NotAuthorized", AWS_DENIED},
    {"NotAuthorizedForSource", AWS_DENIED},
    {"NotFound", AWS_NOT_FOUND},
    {"NotFoundException", AWS_NOT_FOUND},
    {"OptInRequired", AWS_DENIED},
    {"PriorRequestNotComplete", AWS_THROTTLED},
    {"ProvisionedThroughputExceededException", AWS_THROTTLED},
    {"RequestExpired", AWS_DENIED},
    {"RequestLimitExceeded", AWS_THROTTLED},
    {"RequestThrottled", AWS_THROTTLED},
    {"RequestThrottledException", AWS_THROTTLED},
    {"RequestTimeTooSkewed", AWS_DENIED},
    {"RequestTimeout", AWS_TRANSIENT},
    {"RequestTimeoutException", AWS_TRANSIENT},
    {"ResourceInUseException", AWS_THROTTLED},
    {"ResourceNotFoundException", AWS_NOT_FOUND},
    {"ServiceUnavailable", AWS_TRANSIENT},
    {"ServiceUnavailableException", AWS_TRANSIENT},
    {"SignatureDoesNotMatch", AWS_DENIED},
    {"SlowDown", AWS_THROTTLED},
    {"ThrottledException", AWS_THROTTLED},
    {"Throttling", AWS_THROTTLED},
    {"ThrottlingException", AWS_THROTTLED},
    {"TooManyRequestsException", AWS_THROTTLED},
    {"TransactionInProgressException", AWS_THROTTLED},
    {"UnrecognizedClientException", AWS_DENIED},
    {"ValidationError", AWS_INVALID},
    {"ValidationException", AWS_INVALID},
};

enum aws_failure aws_error_classify(struct span code, int http_status)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (span_equals(code, span_view(codes[i].code))) {
            return codes[i].failure;
        }
    }
    switch (http_status) {
    case 401:
    case 403:
    case 407: return AWS_DENIED;
    case 404: return AWS_NOT_FOUND;
    case 408: return AWS_TRANSIENT;
    case 413: return AWS_INVALID;
    case 429: return AWS_THROTTLED;
    default: return http_status >= 500 ? AWS_TRANSIENT : AWS_OTHER;
    }
}

bool aws_error_is_expired_token(struct span code)
{
    return span_equals(code, SPAN("ExpiredToken")) ||
           span_equals(code, SPAN("ExpiredTokenException"));
}

bool aws_error_is_skew(struct span code)
{
    static const char *const skewed[] = {"RequestTimeTooSkewed", "InvalidSignatureException",
                                         "SignatureDoesNotMatch", "RequestExpired", "AuthFailure",
                                         "RequestInTheFuture"};
    for (size_t i = 0; i < sizeof skewed / sizeof *skewed; i++) {
        if (span_equals(code, span_view(skewed[i]))) {
            return true;
        }
    }
    return false;
}

struct span aws_error_code(struct span type)
{
    const char *hash = type.len ? memrchr(type.ptr, '#', type.len) : NULL;
    if (hash) {
        type = span_of(hash + 1, type.len - (size_t)(hash + 1 - type.ptr));
    }
    const char *colon = type.len ? memchr(type.ptr, ':', type.len) : NULL;
    return colon ? span_of(type.ptr, (size_t)(colon - type.ptr)) : type;
}

static struct span member_text(const struct value *object, const char *name)
{
    const struct value *member = value_map_get(object, span_view(name));
    return member && member->kind == VALUE_STRING ? member->text : SPAN("");
}

static struct aws_error_text read_json(struct span body, struct arena *arena)
{
    struct aws_error_text error = {SPAN(""), SPAN("")};
    struct json_error why;
    struct value value;
    if (json_read(body, JSON_NUMBERS_CEL, arena, &why, &value) != STATUS_OK ||
        value.kind != VALUE_MAP) {
        return error;
    }
    error.code = member_text(&value, "__type");
    error.code = aws_error_code(error.code.len ? error.code : member_text(&value, "code"));
    error.message = member_text(&value, "message");
    error.message = error.message.len ? error.message : member_text(&value, "Message");
    return error;
}

/* <ErrorResponse><Error>, or (moto) <ErrorResponse><Errors><Error>. */
static void note_xml(void *context, struct span path, struct span text)
{
    struct aws_error_text *error = context;
    bool in_error = span_starts_with(path, SPAN("ErrorResponse/Error/")) ||
                    span_starts_with(path, SPAN("ErrorResponse/Errors/Error/"));
    if (in_error && span_ends_with(path, SPAN("/Error/Code"))) {
        error->code = text;
    } else if (in_error && span_ends_with(path, SPAN("/Error/Message"))) {
        error->message = text;
    }
}

static struct aws_error_text read_xml(struct span body, struct arena *arena)
{
    struct aws_error_text error = {SPAN(""), SPAN("")};
    if (aws_xml_read(body, arena, note_xml, &error) != STATUS_OK) {
        return (struct aws_error_text){SPAN(""), SPAN("")};
    }
    return error;
}

struct aws_error_text aws_error_read(struct span body, enum aws_protocol protocol,
                                     struct arena *arena)
{
    return protocol == AWS_QUERY ? read_xml(body, arena) : read_json(body, arena);
}
