/* gunzip.c: zlib into a buffer that grows, then one copy into the arena. */
#include "base/gunzip.h"

#include "base/buf.h"
#include "base/check.h"

#include <limits.h>
#include <zlib.h>

/* zlib: window of 32 KiB, gzip header and check sum. */
enum { GZIP_WINDOW_BITS = 15 + 16, STEP_BYTES = 64 * 1024 };

bool gunzip_is_gzip(struct span bytes)
{
    return bytes.len >= 2 && (unsigned char)bytes.ptr[0] == 0x1F &&
           (unsigned char)bytes.ptr[1] == 0x8B;
}

/* One step; STATUS_END when the last member ended with the input. */
static enum status step(z_stream *stream, char *room, struct buf *text)
{
    stream->next_out = (Bytef *)room;
    stream->avail_out = STEP_BYTES;
    int result = inflate(stream, Z_NO_FLUSH);
    buf_append(text, span_of(room, STEP_BYTES - stream->avail_out));
    if (result == Z_MEM_ERROR) {
        check_memory_exhausted(STEP_BYTES);
    }
    if (result == Z_STREAM_END && stream->avail_in > 0) {
        return inflateReset(stream) == Z_OK ? STATUS_OK : STATUS_INVALID;
    }
    if (result == Z_STREAM_END) {
        return STATUS_END;
    }
    /* without progress it is cut: all input is at hand */
    return result == Z_OK ? STATUS_OK : STATUS_INVALID;
}

enum status gunzip(struct span bytes, size_t bytes_max, struct arena *arena, struct span *out)
{
    z_stream stream = {0};
    struct buf text = {0};
    if (bytes.len > UINT_MAX) {
        return STATUS_LIMIT;
    }
    if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK) {
        check_memory_exhausted(sizeof stream);
    }
    char *room = arena_alloc(arena, STEP_BYTES);
    stream.next_in = (Bytef *)(uintptr_t)bytes.ptr;
    stream.avail_in = (uInt)bytes.len;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = step(&stream, room, &text);
        if (text.len > bytes_max) {
            status = STATUS_LIMIT;
        }
    }
    inflateEnd(&stream);
    if (status == STATUS_END) {
        *out = arena_copy(arena, buf_view(&text));
        status = STATUS_OK;
    }
    buf_deinit(&text);
    return status;
}
