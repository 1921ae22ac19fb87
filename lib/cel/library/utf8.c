/* utf8.c: texts were checked when they came in, so that malformed bytes need no care here. */
#include "cel/library/utf8.h"

/* Long texts are skipped in blocks. */
enum { BLOCK_BYTES = 256 };

size_t utf8_size(char first)
{
    unsigned char byte = (unsigned char)first;
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t utf8_length(struct span text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        length += !is_continuation(text.ptr[i]);
    }
    return length;
}

size_t utf8_offset(struct span text, size_t index)
{
    size_t at = 0;
    while (text.len - at >= BLOCK_BYTES) {
        size_t starts = utf8_length(span_of(text.ptr + at, BLOCK_BYTES));
        if (starts > index) {
            break;
        }
        index -= starts;
        at += BLOCK_BYTES;
    }
    for (; at < text.len; at++) {
        if (!is_continuation(text.ptr[at]) && index-- == 0) {
            return at;
        }
    }
    return text.len;
}

uint32_t utf8_next(struct span text, size_t *at)
{
    size_t size = utf8_size(text.ptr[*at]);
    uint32_t code_point = (unsigned char)text.ptr[*at];
    if (size > 1) {
        code_point &= 0x7Fu >> size;
    }
    for (size_t i = 1; i < size && *at + i < text.len; i++) {
        code_point = code_point << 6 | ((unsigned char)text.ptr[*at + i] & 0x3F);
    }
    *at += size;
    return code_point;
}
