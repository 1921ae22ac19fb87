/* buf.c: doubles its memory; running out of it ends the program. */
#include "base/buf.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 256 };

void buf_deinit(struct buf *buf)
{
    free(buf->ptr);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->ptr) {
        buf->ptr[0] = '\0';
    }
}

void buf_reserve(struct buf *buf, size_t extra_bytes)
{
    check(extra_bytes < SIZE_MAX / 4 && buf->len < SIZE_MAX / 4);
    size_t wanted = buf->len + extra_bytes + 1;
    if (wanted <= buf->capacity) {
        return;
    }
    size_t capacity = buf->capacity ? buf->capacity : CAPACITY_MIN;
    while (capacity < wanted) {
        capacity *= 2;
    }
    char *ptr = realloc(buf->ptr, capacity);
    if (!ptr) {
        check_memory_exhausted(capacity);
    }
    buf->ptr = ptr;
    buf->ptr[buf->len] = '\0';
    buf->capacity = capacity;
}

void buf_append(struct buf *buf, struct span bytes)
{
    buf_reserve(buf, bytes.len);
    if (bytes.len) {
        memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
    }
    buf->len += bytes.len;
    buf->ptr[buf->len] = '\0';
}

void buf_append_char(struct buf *buf, char c)
{
    if (buf->len + 1 >= buf->capacity) {
        buf_reserve(buf, 1);
    }
    buf->ptr[buf->len++] = c;
    buf->ptr[buf->len] = '\0';
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    size_t room = buf->capacity - buf->len;
    va_start(args, format);
    int length = vsnprintf(room ? buf->ptr + buf->len : NULL, room, format, args);
    va_end(args);
    check(length >= 0);
    if ((size_t)length >= room) {
        buf_reserve(buf, (size_t)length);
        va_start(args, format);
        vsnprintf(buf->ptr + buf->len, (size_t)length + 1, format, args);
        va_end(args);
    }
    buf->len += (size_t)length;
}
