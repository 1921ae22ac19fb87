#include "gzip.h"

#include "base/check.h"

#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8 };

void gzip_append(struct buf *out, struct span content)
{
    z_stream stream = {0};
    check(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                       Z_DEFAULT_STRATEGY) == Z_OK);
    size_t most = deflateBound(&stream, content.len);
    buf_reserve(out, most);
    stream.next_in = (Bytef *)(uintptr_t)content.ptr;
    stream.avail_in = (uInt)content.len;
    stream.next_out = (Bytef *)out->ptr + out->len;
    stream.avail_out = (uInt)most;
    check(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out->len += stream.total_out;
    deflateEnd(&stream);
}
