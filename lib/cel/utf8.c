#include "cel/utf8.h"

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
    while (at < text.len && index > 0) {
        at += utf8_size(text.ptr[at]);
        index--;
    }
    return at < text.len ? at : text.len;
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

size_t utf8_write(uint32_t code_point, char out[UTF8_BYTES_MAX])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (char)((0xF00 >> size & 0xF0) | code_point);
    return size;
}

/* How many bytes a sequence takes that starts so; 0 for none. */
static size_t sequence_size(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The second byte's range is narrower after some first ones: overlong forms, surrogates, the end. */
static bool second_fits(unsigned char first, unsigned char second)
{
    return !((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
             (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F));
}

bool utf8_is_valid(struct span bytes)
{
    for (size_t i = 0; i < bytes.len;) {
        size_t size = sequence_size((unsigned char)bytes.ptr[i]);
        if (size == 0 || size > bytes.len - i) {
            return false;
        }
        for (size_t k = 1; k < size; k++) {
            if (!is_continuation(bytes.ptr[i + k])) {
                return false;
            }
        }
        if (size > 1 && !second_fits((unsigned char)bytes.ptr[i], (unsigned char)bytes.ptr[i + 1])) {
            return false;
        }
        i += size;
    }
    return true;
}
