/* aws_signer.c: canonical request, string to sign, signature. */
#include "aws/aws_signer.h"

#include "aws/aws_form.h"
#include "base/check.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct span algorithm = {"AWS4-HMAC-SHA256", 16};

static void append_hex(const unsigned char bytes[HMAC_BYTES], char out[AWS_SHA256_HEX_SIZE])
{
    for (size_t i = 0; i < HMAC_BYTES; i++) {
        snprintf(out + 2 * i, 3, "%02x", (unsigned)bytes[i]);
    }
}

void aws_sha256_hex(struct span bytes, char out[AWS_SHA256_HEX_SIZE])
{
    unsigned char hash[HMAC_BYTES];
    unsigned int length = 0;
    check(EVP_Digest(bytes.len ? bytes.ptr : "", bytes.len, hash, &length, EVP_sha256(), NULL));
    check(length == HMAC_BYTES);
    append_hex(hash, out);
}

void aws_time_format(int64_t time_us, char out[AWS_TIME_SIZE])
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm parts;
    check(gmtime_r(&seconds, &parts) != NULL);
    check(strftime(out, AWS_TIME_SIZE, "%Y%m%dT%H%M%SZ", &parts) == AWS_TIME_SIZE - 1);
}

void aws_signing_key(struct span secret, const struct aws_scope *scope,
                     unsigned char out[HMAC_BYTES])
{
    char time[AWS_TIME_SIZE];
    struct buf first = {0};
    aws_time_format(scope->time_us, time);
    buf_append(&first, SPAN("AWS4"));
    buf_append(&first, secret);
    hmac_sha256(buf_view(&first), span_of(time, 8), out);
    OPENSSL_cleanse(first.ptr, first.capacity);
    buf_deinit(&first);
    const struct span rest[] = {scope->region, scope->service, SPAN("aws4_request")};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        unsigned char key[HMAC_BYTES];
        memcpy(key, out, sizeof key);
        hmac_sha256(span_of((const char *)key, sizeof key), rest[i], out);
        OPENSSL_cleanse(key, sizeof key);
    }
}

/* -- path */

/* Removes "." and "..", empty segments too, and keeps a slash at the end. */
static struct span remove_dots(struct span path, struct arena *arena)
{
    char *out = arena_alloc(arena, path.len + 2);
    size_t len = 0;
    size_t at = 0;
    while (at < path.len) {
        size_t end = at;
        while (end < path.len && path.ptr[end] != '/') {
            end++;
        }
        struct span segment = span_of(path.ptr + at, end - at);
        if (span_equals(segment, SPAN(".."))) {
            while (len > 0 && out[--len] != '/') {
            }
        } else if (segment.len && !span_equals(segment, SPAN("."))) {
            out[len++] = '/';
            memcpy(out + len, segment.ptr, segment.len);
            len += segment.len;
        }
        at = end + 1;
    }
    if (len == 0 || span_ends_with(path, SPAN("/"))) {
        out[len++] = '/';
    }
    return span_of(out, len);
}

static void append_path(const struct aws_signable *request, struct arena *arena, struct buf *out)
{
    if (request->path_is_final) {
        buf_append(out, request->path);
        return;
    }
    struct span path = request->keep_dots ? request->path : remove_dots(request->path, arena);
    aws_percent_encode(path, true, out);
}

/* -- query and headers: sorted by name, then by value or by place */

struct pair {
    struct span name;
    struct span value;
    size_t place;
};

static int compare_query(const void *a, const void *b)
{
    const struct pair *first = a;
    const struct pair *second = b;
    int order = span_compare(first->name, second->name);
    return order ? order : span_compare(first->value, second->value);
}

static int compare_headers(const void *a, const void *b)
{
    const struct pair *first = a;
    const struct pair *second = b;
    int order = span_compare(first->name, second->name);
    return order ? order : (first->place > second->place) - (first->place < second->place);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decoded and encoded again, so that every way to write a parameter is signed alike. */
static struct span encode_again(struct span text, struct arena *arena)
{
    struct buf plain = {0};
    struct buf coded = {0};
    for (size_t i = 0; i < text.len; i++) {
        int high = text.ptr[i] == '%' && text.len - i > 2 ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
        buf_append_char(&plain, low >= 0 ? (char)(high * 16 + low) : text.ptr[i]);
        i += low >= 0 ? 2 : 0;
    }
    aws_percent_encode(buf_view(&plain), false, &coded);
    struct span copy = arena_copy(arena, buf_view(&coded));
    buf_deinit(&plain);
    buf_deinit(&coded);
    return copy;
}

static struct pair read_parameter(struct span text, struct arena *arena)
{
    const char *equals = text.len ? memchr(text.ptr, '=', text.len) : NULL;
    size_t name_len = equals ? (size_t)(equals - text.ptr) : text.len;
    size_t value_at = equals ? name_len + 1 : name_len;
    return (struct pair){
        .name = encode_again(span_of(text.ptr, name_len), arena),
        .value = encode_again(span_of(text.ptr + value_at, text.len - value_at), arena),
    };
}

static void append_query(struct span query, struct arena *arena, struct buf *out)
{
    struct pair *pairs = arena_array(arena, query.len + 1, sizeof *pairs);
    size_t count = 0;
    for (size_t at = 0, end; at < query.len; at = end + 1) {
        const char *found = memchr(query.ptr + at, '&', query.len - at);
        end = found ? (size_t)(found - query.ptr) : query.len;
        if (end > at) {
            pairs[count++] = read_parameter(span_of(query.ptr + at, end - at), arena);
        }
    }
    qsort(pairs, count, sizeof *pairs, compare_query);
    for (size_t i = 0; i < count; i++) {
        buf_append(out, i ? SPAN("&") : SPAN(""));
        buf_append(out, pairs[i].name);
        buf_append_char(out, '=');
        buf_append(out, pairs[i].value);
    }
}

static struct pair *sort_headers(const struct aws_signable *request, struct arena *arena)
{
    struct pair *pairs = arena_array(arena, request->header_count, sizeof *pairs);
    for (size_t i = 0; i < request->header_count; i++) {
        struct span name = request->headers[i].name;
        char *lower = arena_alloc(arena, name.len + 1);
        for (size_t k = 0; k < name.len; k++) {
            char c = name.ptr[k];
            lower[k] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        pairs[i] = (struct pair){span_of(lower, name.len), request->headers[i].value, i};
    }
    qsort(pairs, request->header_count, sizeof *pairs, compare_headers);
    return pairs;
}

/* Trimmed; every run of white space inside is one space. */
static void append_value(struct span value, struct buf *out)
{
    value = span_trim(value);
    bool was_space = false;
    for (size_t i = 0; i < value.len; i++) {
        bool is_space = value.ptr[i] == ' ' || value.ptr[i] == '\t' || value.ptr[i] == '\r' ||
                        value.ptr[i] == '\n';
        if (!is_space) {
            buf_append_char(out, value.ptr[i]);
        } else if (!was_space) {
            buf_append_char(out, ' ');
        }
        was_space = is_space;
    }
}

/* "name:value\n" each; values of one name in one line, with commas. */
static void append_headers(const struct pair *pairs, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && span_equals(pairs[i].name, pairs[i - 1].name);
        if (again) {
            buf_append_char(out, ',');
        } else {
            buf_append(out, pairs[i].name);
            buf_append_char(out, ':');
        }
        append_value(pairs[i].value, out);
        if (i + 1 == count || !span_equals(pairs[i].name, pairs[i + 1].name)) {
            buf_append_char(out, '\n');
        }
    }
}

static void append_names(const struct pair *pairs, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && span_equals(pairs[i].name, pairs[i - 1].name)) {
            continue;
        }
        buf_append(out, i ? SPAN(";") : SPAN(""));
        buf_append(out, pairs[i].name);
    }
}

/* -- the steps */

void aws_sign_canonical(const struct aws_signable *request, struct arena *arena, struct buf *out)
{
    const struct pair *headers = sort_headers(request, arena);
    buf_append(out, request->method);
    buf_append_char(out, '\n');
    append_path(request, arena, out);
    buf_append_char(out, '\n');
    append_query(request->query, arena, out);
    buf_append_char(out, '\n');
    append_headers(headers, request->header_count, out);
    buf_append_char(out, '\n');
    append_names(headers, request->header_count, out);
    buf_append_char(out, '\n');
    buf_append(out, request->body_hash);
}

static void append_scope(const struct aws_scope *scope, const char *time, struct buf *out)
{
    buf_printf(out, "%.8s/%.*s/%.*s/aws4_request", time, SPAN_ARG(scope->region),
               SPAN_ARG(scope->service));
}

void aws_sign_string(struct span canonical, const struct aws_scope *scope, struct buf *out)
{
    char time[AWS_TIME_SIZE];
    char hash[AWS_SHA256_HEX_SIZE];
    aws_time_format(scope->time_us, time);
    aws_sha256_hex(canonical, hash);
    buf_printf(out, "%.*s\n%s\n", SPAN_ARG(algorithm), time);
    append_scope(scope, time, out);
    buf_printf(out, "\n%s", hash);
}

void aws_sign_signature(const unsigned char key[HMAC_BYTES], struct span string,
                        char out[AWS_SHA256_HEX_SIZE])
{
    unsigned char signature[HMAC_BYTES];
    hmac_sha256(span_of((const char *)key, HMAC_BYTES), string, signature);
    append_hex(signature, out);
}

void aws_sign_authorization(const struct aws_signable *request, const struct aws_scope *scope,
                            struct span access_key_id, const unsigned char key[HMAC_BYTES],
                            struct buf *out)
{
    struct arena *arena = arena_new(4096);
    struct buf canonical = {0};
    struct buf string = {0};
    char time[AWS_TIME_SIZE];
    char signature[AWS_SHA256_HEX_SIZE];
    aws_time_format(scope->time_us, time);
    aws_sign_canonical(request, arena, &canonical);
    aws_sign_string(buf_view(&canonical), scope, &string);
    aws_sign_signature(key, buf_view(&string), signature);
    buf_printf(out, "%.*s Credential=%.*s/", SPAN_ARG(algorithm), SPAN_ARG(access_key_id));
    append_scope(scope, time, out);
    buf_append(out, SPAN(", SignedHeaders="));
    append_names(sort_headers(request, arena), request->header_count, out);
    buf_printf(out, ", Signature=%s", signature);
    buf_deinit(&canonical);
    buf_deinit(&string);
    arena_free(&arena);
}
