/* aws_credentials.c: keys in memory. */
#include "aws/aws_credentials.h"

#include <openssl/crypto.h>

static void wipe(struct buf *text)
{
    if (text->ptr) {
        OPENSSL_cleanse(text->ptr, text->capacity);
    }
    buf_deinit(text);
}

void aws_keys_deinit(struct aws_keys *keys)
{
    wipe(&keys->access_key_id);
    wipe(&keys->secret);
    wipe(&keys->token);
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

enum status aws_keys_from_environment(const struct aws_environment *environment,
                                      struct aws_keys *out)
{
    struct span id = aws_environment_get(environment, "AWS_ACCESS_KEY_ID");
    struct span secret = aws_environment_get(environment, "AWS_SECRET_ACCESS_KEY");
    if (!id.len || !secret.len) {
        return STATUS_NOT_FOUND;
    }
    aws_keys_deinit(out);
    buf_append(&out->access_key_id, id);
    buf_append(&out->secret, secret);
    buf_append(&out->token, aws_environment_get(environment, "AWS_SESSION_TOKEN"));
    out->generation = 1;
    return STATUS_OK;
}
