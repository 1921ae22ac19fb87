/* base64 of RFC 4648, section 4. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"
#include "model/base64.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(const unsigned char *bytes, size_t count, char out[4])
{
    uint32_t group = (uint32_t)bytes[0] << 16;
    group |= count > 1 ? (uint32_t)bytes[1] << 8 : 0;
    group |= count > 2 ? bytes[2] : 0;
    out[0] = ALPHABET[group >> 18];
    out[1] = ALPHABET[group >> 12 & 63];
    out[2] = '=';
    out[3] = '=';
    if (count > 1) {
        out[2] = ALPHABET[group >> 6 & 63];
    }
    if (count > 2) {
        out[3] = ALPHABET[group & 63];
    }
}

struct value library_base64_encode(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_BYTES) {
        return failure_no_overload("base64.encode", arguments, count, scratch->arena);
    }
    struct span bytes = arguments->text;
    if (!steps_take(scratch->steps_left, bytes.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    size_t len = (bytes.len + 2) / 3 * 4;
    char *text = arena_alloc(scratch->arena, len + 1);
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        encode_group((const unsigned char *)bytes.ptr + i, left < 3 ? left : 3, text + i / 3 * 4);
    }
    return value_string(span_of(text, len));
}

/* With the padding that many writers leave out. */
static struct span padded(struct span text, struct cel_scratch *scratch)
{
    size_t missing = (4 - text.len % 4) % 4;
    if (missing == 0) {
        return text;
    }
    return arena_printf(scratch->arena, "%.*s%.*s", SPAN_ARG(text), (int)missing, "===");
}

struct value library_base64_decode(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("base64.decode", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments->text.len)) {
        return failure_limit();
    }
    struct span text = padded(arguments->text, scratch);
    if (!base64_is_valid(text)) {
        return failure_text("the text is no base64");
    }
    return value_bytes(base64_decode(text, scratch->arena));
}
