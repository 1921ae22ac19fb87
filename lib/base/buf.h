/* buf.h: a byte buffer that grows. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

/* Zero-initialised is empty. ptr is NUL-terminated once there is memory. */
struct buf {
    char *ptr;
    size_t len;
    size_t capacity;
};

/* Gives the memory back; the buffer is empty and usable again. */
void buf_deinit(struct buf *buf);
/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *buf);
/* Room for at least extra_bytes more. Ends the process when memory is exhausted. */
void buf_reserve(struct buf *buf, size_t extra_bytes);
void buf_append(struct buf *buf, struct span bytes);
void buf_append_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct span buf_view(const struct buf *buf)
{
    return span_of(buf->ptr, buf->len);
}

#endif
