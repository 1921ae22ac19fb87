/* aws_signer.h: Signature Version 4 by headers. Signs exactly the headers that it is given.
 * Source: AWS General Reference, "Create a signed AWS API request". */
#ifndef AWS_AWS_SIGNER_H
#define AWS_AWS_SIGNER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hmac.h"

enum { AWS_SHA256_HEX_SIZE = 65, AWS_TIME_SIZE = 17 };

struct aws_header {
    struct span name; /* in any case */
    struct span value;
};

/* A request as it goes over the wire. */
struct aws_signable {
    struct span method;
    struct span path;  /* percent-encoded, begins with '/' */
    struct span query; /* without '?'; may be empty */
    const struct aws_header *headers; /* Host and X-Amz-Date among them */
    size_t header_count;
    struct span body_hash; /* aws_sha256_hex of the body */
    bool path_is_final;    /* S3: the path is not encoded a second time, nor are dots removed */
    bool keep_dots;        /* leaves "." and "//" in the path */
};

/* Where a signature is good: a day, a region, a service. */
struct aws_scope {
    int64_t time_us;
    struct span region;
    struct span service;
};

/* Lower-case hex of SHA-256, with a NUL. */
void aws_sha256_hex(struct span bytes, char out[AWS_SHA256_HEX_SIZE]);
/* "20150830T123600Z", with a NUL; the first 8 bytes are the day. */
void aws_time_format(int64_t time_us, char out[AWS_TIME_SIZE]);

/* The key that signs, by secret and scope: costs four hashes, so callers keep it for its day. */
void aws_signing_key(struct span secret, const struct aws_scope *scope,
                     unsigned char out[HMAC_BYTES]);

/* The three steps, each appended to *out; `arena` is for what is sorted. For tests apart from
 * aws_sign_authorization, which runs them all. */
void aws_sign_canonical(const struct aws_signable *request, struct arena *arena, struct buf *out);
void aws_sign_string(struct span canonical, const struct aws_scope *scope, struct buf *out);
void aws_sign_signature(const unsigned char key[HMAC_BYTES], struct span string,
                        char out[AWS_SHA256_HEX_SIZE]);

/* Appends the value of the Authorization header. */
void aws_sign_authorization(const struct aws_signable *request, const struct aws_scope *scope,
                            struct span access_key_id, const unsigned char key[HMAC_BYTES],
                            struct buf *out);

#endif
