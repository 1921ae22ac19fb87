/* aws_sign.c: signs requests for a Python suite that holds the signatures against botocore's. Reads
 * JSON Lines:
 *
 *   {"method", "path", "query", "headers": [[name, value], ...], "body", "region", "service",
 *    "time", "key", "secret", "final"}
 *
 * and writes the value of each Authorization header. "final": the path is signed as it is (S3). */
#include "aws/aws_signer.h"
#include "base/check.h"
#include "base/clock.h"
#include "model/json.h"

#include <stdio.h>
#include <stdlib.h>

static struct span text_of(const struct value *object, const char *name)
{
    const struct value *member = value_map_get(object, span_view(name));
    check(member && member->kind == VALUE_STRING);
    return member->text;
}

static struct aws_header *read_headers(const struct value *object, struct arena *arena,
                                       size_t *count)
{
    const struct value *list = value_map_get(object, SPAN("headers"));
    check(list && list->kind == VALUE_LIST);
    struct aws_header *headers = arena_array(arena, list->list.count + 1, sizeof *headers);
    for (size_t i = 0; i < list->list.count; i++) {
        const struct value *pair = list->list.items[i].list.items;
        headers[i] = (struct aws_header){pair[0].text, pair[1].text};
    }
    *count = list->list.count;
    return headers;
}

static void sign(const struct value *object, struct arena *arena, struct buf *out)
{
    char body_hash[AWS_SHA256_HEX_SIZE];
    unsigned char key[HMAC_BYTES];
    struct aws_scope scope = {.region = text_of(object, "region"),
                              .service = text_of(object, "service")};
    aws_sha256_hex(text_of(object, "body"), body_hash);
    struct aws_signable request = {
        .method = text_of(object, "method"),
        .path = text_of(object, "path"),
        .query = text_of(object, "query"),
        .body_hash = span_view(body_hash),
        .path_is_final = value_map_get(object, SPAN("final"))->boolean,
    };
    request.headers = read_headers(object, arena, &request.header_count);
    check(clock_parse(text_of(object, "time"), &scope.time_us));
    aws_signing_key(text_of(object, "secret"), &scope, key);
    aws_sign_authorization(&request, &scope, text_of(object, "key"), key, out);
}

int main(void)
{
    struct arena *arena = arena_new(0);
    struct buf out = {0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    while ((len = getline(&line, &capacity, stdin)) > 0) {
        struct json_error error;
        struct value object;
        arena_reset(arena);
        buf_clear(&out);
        check(json_read(span_of(line, (size_t)len), JSON_NUMBERS_CEL, arena, &error, &object) ==
              STATUS_OK);
        sign(&object, arena, &out);
        puts(out.ptr);
    }
    free(line);
    buf_deinit(&out);
    arena_free(&arena);
    return 0;
}
