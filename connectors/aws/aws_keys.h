/* aws_keys.h: one set of credentials, and the documents that carry one. Inside this layer only. */
#ifndef AWS_AWS_KEYS_H
#define AWS_AWS_KEYS_H

#include "base/buf.h"
#include "base/status.h"

/* In place; zero-initialised is none. */
struct aws_keys {
    struct buf access_key_id;
    struct buf secret;
    struct buf token;    /* empty for long-lived keys */
    int64_t expiry_us;   /* 0: never */
    uint64_t generation; /* counts refreshes; tells two sets apart */
};

/* buf_deinit for texts that hold secrets: the memory is overwritten first. */
void aws_wipe(struct buf *text);
/* Overwrites the secrets and gives the memory back. */
void aws_keys_deinit(struct aws_keys *keys);
/* Replaces *to by a copy. */
void aws_keys_copy(const struct aws_keys *from, struct aws_keys *to);
/* Replaces *keys. False when id or secret is empty, or a text is not printable: as a header it
 * would be another request. */
bool aws_keys_set(struct aws_keys *keys, struct span access_key_id, struct span secret,
                  struct span token);

/* From {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken", "Expiration"}, as
 * credential_process, the container endpoint and the metadata service give them. STATUS_INVALID:
 * it is something else; *reason (static text) says what. */
MUST_USE enum status aws_keys_from_json(struct span json, struct aws_keys *out,
                                        const char **reason);
/* From the Credentials element of an STS answer. */
MUST_USE enum status aws_keys_from_sts(struct span xml, const char *operation,
                                       struct aws_keys *out);

#endif
