/* aws_credentials.h: the keys that sign, wherever they come from. Inside this layer only. */
#ifndef AWS_AWS_CREDENTIALS_H
#define AWS_AWS_CREDENTIALS_H

#include "aws/aws_environment.h"
#include "base/buf.h"
#include "base/status.h"

/* One set of keys. In place; zero-initialised is none. */
struct aws_keys {
    struct buf access_key_id;
    struct buf secret;
    struct buf token;    /* empty for long-lived keys */
    int64_t expiry_us;   /* 0: never */
    uint64_t generation; /* counts refreshes; tells two sets apart */
};

/* Overwrites the secrets and gives the memory back. */
void aws_keys_deinit(struct aws_keys *keys);
/* Replaces *to by a copy. */
void aws_keys_copy(const struct aws_keys *from, struct aws_keys *to);

/* From AWS_ACCESS_KEY_ID and its like. STATUS_NOT_FOUND: not set. */
MUST_USE enum status aws_keys_from_environment(const struct aws_environment *environment,
                                               struct aws_keys *out);

#endif
