/* aws_arn.c: cuts at the first five colons; the resource may hold more. */
#include "aws/aws_arn.h"

enum { ACCOUNT_DIGITS = 12 };

static bool cut_field(struct span *rest, struct span *field)
{
    const char *colon = rest->len ? memchr(rest->ptr, ':', rest->len) : NULL;
    if (!colon) {
        return false;
    }
    *field = span_of(rest->ptr, (size_t)(colon - rest->ptr));
    *rest = span_of(colon + 1, rest->len - field->len - 1);
    return true;
}

static bool is_label(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
            return false;
        }
    }
    return true;
}

static bool is_account(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len == 0 || text.len == ACCOUNT_DIGITS;
}

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

bool aws_arn_parse(struct span text, struct aws_arn *out)
{
    struct aws_arn arn;
    struct span prefix;
    if (!cut_field(&text, &prefix) || !span_equals(prefix, SPAN("arn")) ||
        !cut_field(&text, &arn.partition) || !cut_field(&text, &arn.service) ||
        !cut_field(&text, &arn.region) || !cut_field(&text, &arn.account)) {
        return false;
    }
    arn.resource = text;
    if (arn.partition.len == 0 || arn.service.len == 0 || arn.resource.len == 0 ||
        !is_label(arn.partition) || !is_label(arn.service) || !is_label(arn.region) ||
        !is_account(arn.account) || !is_printable(arn.resource)) {
        return false;
    }
    *out = arn;
    return true;
}
