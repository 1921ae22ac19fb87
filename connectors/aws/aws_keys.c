/* aws_keys.c: keys in memory, and out of JSON and XML. */
#include "aws/aws_keys.h"

#include "aws/aws_xml.h"
#include "base/clock.h"
#include "model/json.h"

#include <openssl/crypto.h>

void aws_wipe(struct buf *text)
{
    if (text->ptr) {
        OPENSSL_cleanse(text->ptr, text->capacity);
    }
    buf_deinit(text);
}

void aws_keys_deinit(struct aws_keys *keys)
{
    aws_wipe(&keys->access_key_id);
    aws_wipe(&keys->secret);
    aws_wipe(&keys->token);
    *keys = (struct aws_keys){0};
}

void aws_keys_copy(const struct aws_keys *from, struct aws_keys *to)
{
    aws_keys_deinit(to);
    buf_append(&to->access_key_id, buf_view(&from->access_key_id));
    buf_append(&to->secret, buf_view(&from->secret));
    buf_append(&to->token, buf_view(&from->token));
    to->expiry_us = from->expiry_us;
    to->generation = from->generation;
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

bool aws_keys_set(struct aws_keys *keys, struct span access_key_id, struct span secret,
                  struct span token)
{
    if (!access_key_id.len || !secret.len || !is_printable(access_key_id) ||
        !is_printable(token)) {
        return false;
    }
    aws_keys_deinit(keys);
    buf_append(&keys->access_key_id, access_key_id);
    buf_append(&keys->secret, secret);
    buf_append(&keys->token, token);
    return true;
}

static struct span text_of(const struct value *object, const char *name)
{
    const struct value *member = value_map_get(object, span_view(name));
    return member && member->kind == VALUE_STRING ? member->text : SPAN("");
}

static const char *read_object(const struct value *object, struct aws_keys *out)
{
    struct span expiration = text_of(object, "Expiration");
    struct span token = text_of(object, "SessionToken");
    int64_t expiry_us = 0;
    if (!token.len) {
        token = text_of(object, "Token");
    }
    if (expiration.len && !clock_parse(expiration, &expiry_us)) {
        return "Expiration is no time";
    }
    if (!aws_keys_set(out, text_of(object, "AccessKeyId"), text_of(object, "SecretAccessKey"),
                      token)) {
        return "AccessKeyId or SecretAccessKey is missing or malformed";
    }
    out->expiry_us = expiry_us;
    return NULL;
}

enum status aws_keys_from_json(struct span json, struct aws_keys *out, const char **reason)
{
    struct arena *arena = arena_new(4096);
    struct json_error error;
    struct value value;
    const char *why = "it is no JSON object";
    if (json_read(json, JSON_NUMBERS_CEL, arena, &error, &value) == STATUS_OK &&
        value.kind == VALUE_MAP) {
        why = read_object(&value, out);
    }
    arena_free(&arena);
    if (!why) {
        return STATUS_OK;
    }
    *reason = why;
    return STATUS_INVALID;
}

/* What an STS answer's Credentials element holds. */
struct sts_credentials {
    struct span prefix; /* "AssumeRoleResponse/AssumeRoleResult/Credentials/" */
    struct span access_key_id;
    struct span secret;
    struct span token;
    struct span expiration;
};

static void note(void *context, struct span path, struct span text)
{
    struct sts_credentials *found = context;
    if (!span_starts_with(path, found->prefix)) {
        return;
    }
    struct span name = span_of(path.ptr + found->prefix.len, path.len - found->prefix.len);
    if (span_equals(name, SPAN("AccessKeyId"))) {
        found->access_key_id = text;
    } else if (span_equals(name, SPAN("SecretAccessKey"))) {
        found->secret = text;
    } else if (span_equals(name, SPAN("SessionToken"))) {
        found->token = text;
    } else if (span_equals(name, SPAN("Expiration"))) {
        found->expiration = text;
    }
}

enum status aws_keys_from_sts(struct span xml, const char *operation, struct aws_keys *out)
{
    struct arena *arena = arena_new(4096);
    struct sts_credentials found = {
        .prefix = arena_printf(arena, "%sResponse/%sResult/Credentials/", operation, operation)};
    int64_t expiry_us = 0;
    enum status status = aws_xml_read(xml, arena, note, &found);
    if (status == STATUS_OK &&
        (!clock_parse(found.expiration, &expiry_us) ||
         !aws_keys_set(out, found.access_key_id, found.secret, found.token))) {
        status = STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        out->expiry_us = expiry_us;
    }
    arena_free(&arena);
    return status;
}
