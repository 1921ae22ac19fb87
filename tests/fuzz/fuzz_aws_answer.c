/* What AWS answers besides records: errors of both protocols, and documents with credentials; the
 * first byte says which. */
#include "fuzz.h"

#include "aws/aws_error.h"
#include "aws/aws_keys.h"
#include "base/check.h"

static void read_error(struct span body, enum aws_protocol protocol)
{
    struct arena *arena = arena_new(0);
    const struct aws_error_text text = aws_error_read(body, protocol, arena);
    check(text.code.ptr && text.message.ptr);
    aws_error_classify(text.code, 400);
    arena_free(&arena);
}

/* What is accepted can go into a header. */
static void use_keys(struct aws_keys *keys, enum status status)
{
    if (status == STATUS_OK) {
        check(keys->access_key_id.len > 0 && keys->secret.len > 0);
        check(keys->token.len == 0 || !memchr(keys->token.ptr, '\n', keys->token.len));
    }
    aws_keys_deinit(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span body = span_of((const char *)data + (size ? 1 : 0), size ? size - 1 : 0);
    struct aws_keys keys = {.generation = 0};
    const char *reason = NULL;
    switch (size ? data[0] % 4 : 0) {
    case 0: read_error(body, AWS_JSON_1_1); break;
    case 1: read_error(body, AWS_QUERY); break;
    case 2: use_keys(&keys, aws_keys_from_json(body, &keys, &reason)); break;
    default: use_keys(&keys, aws_keys_from_sts(body, "AssumeRole", &keys)); break;
    }
    return 0;
}
