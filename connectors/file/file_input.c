/* file_input.c: reads, and decompresses on the way. Whether it is gzip is told once, from what was
 * read first; members of gzip follow one another until the end. */
#include "file/file_input.h"

#include "base/check.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* zlib: window of 32 KiB, gzip header and check sum. */
enum { RAW_BYTES = 1 << 20, GZIP_WINDOW_BITS = 15 + 16, MAGIC_BYTES = 2 };

void file_input_init(struct file_input *input, int descriptor, bool regular)
{
    *input = (struct file_input){.descriptor = descriptor, .regular = regular};
}

void file_input_deinit(struct file_input *input)
{
    if (input->encoding == FILE_ENCODING_GZIP) {
        inflateEnd(&input->gzip);
    }
    free(input->raw);
    *input = (struct file_input){.descriptor = -1};
}

static bool is_gzip(const unsigned char *bytes, size_t length)
{
    return length >= MAGIC_BYTES && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

/* STATUS_OK when a read will not block. */
static enum status stream_wait(const struct file_input *input, int wait_ms)
{
    struct pollfd poll_on = {.fd = input->descriptor, .events = POLLIN};
    int ready = poll(&poll_on, 1, wait_ms);
    if (ready > 0) {
        return STATUS_OK;
    }
    return ready == 0 || errno == EINTR ? STATUS_AGAIN : STATUS_IO;
}

/* One read; END at the end. */
static enum status raw_read_once(struct file_input *input, char *to, size_t room, size_t *got)
{
    ssize_t length = read(input->descriptor, to, room);
    if (length < 0) {
        return errno == EINTR || errno == EAGAIN ? STATUS_AGAIN : STATUS_IO;
    }
    if (length == 0) {
        input->ended = !input->regular;
        return STATUS_END;
    }
    input->raw_offset += (uint64_t)length;
    *got += (size_t)length;
    return STATUS_OK;
}

/* Reads what is there without waiting, until `room` is full; waits only for the first byte. */
static enum status raw_read(struct file_input *input, int wait_ms, char *to, size_t room,
                            size_t *got)
{
    enum status status = input->ended ? STATUS_END : STATUS_OK;
    size_t total = 0;
    while (status == STATUS_OK && total < room) {
        if (!input->regular) {
            status = stream_wait(input, total == 0 ? wait_ms : 0);
        }
        if (status == STATUS_OK) {
            status = raw_read_once(input, to + total, room - total, &total);
        }
    }
    if (total == 0) {
        return status;
    }
    *got = total;
    return STATUS_OK;
}

static void raw_reserve(struct file_input *input)
{
    if (input->raw) {
        return;
    }
    input->raw = malloc(RAW_BYTES);
    if (!input->raw) {
        check_memory_exhausted(RAW_BYTES);
    }
}

/* Appends to the bytes kept in `raw`, which are moved to its start. */
static enum status raw_fill(struct file_input *input, int wait_ms)
{
    size_t got = 0;
    raw_reserve(input);
    size_t kept = input->raw_end - input->raw_start;
    memmove(input->raw, input->raw + input->raw_start, kept);
    input->raw_start = 0;
    input->raw_end = kept;
    char *to = (char *)input->raw + kept;
    enum status status = raw_read(input, wait_ms, to, RAW_BYTES - kept, &got);
    if (status == STATUS_OK) {
        input->raw_end += got;
    }
    return status;
}

static void begin_gzip(struct file_input *input)
{
    raw_reserve(input);
    input->encoding = FILE_ENCODING_GZIP;
    if (inflateInit2(&input->gzip, GZIP_WINDOW_BITS) != Z_OK) {
        check_memory_exhausted(sizeof input->gzip);
    }
    input->in_member = true;
}

/* By pread, which leaves the descriptor where it stands. */
static enum status tell_regular(struct file_input *input)
{
    unsigned char magic[MAGIC_BYTES];
    ssize_t length = pread(input->descriptor, magic, sizeof magic, 0);
    if (length <= 0) {
        return length == 0 ? STATUS_END : STATUS_IO;
    }
    if (is_gzip(magic, (size_t)length)) {
        begin_gzip(input);
    } else {
        input->encoding = FILE_ENCODING_PLAIN;
    }
    return STATUS_OK;
}

/* A stream cannot be read twice: the bytes that told stay in `raw` and are given out first. */
static enum status tell_stream(struct file_input *input, int wait_ms)
{
    while (input->raw_end < MAGIC_BYTES) {
        enum status status = raw_fill(input, wait_ms);
        if (status == STATUS_END && input->raw_end > 0) {
            break;
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (is_gzip(input->raw, input->raw_end)) {
        begin_gzip(input);
    } else {
        input->encoding = FILE_ENCODING_PLAIN;
    }
    return STATUS_OK;
}

static enum status tell_encoding(struct file_input *input, int wait_ms)
{
    if (input->encoding != FILE_ENCODING_UNKNOWN) {
        return STATUS_OK;
    }
    return input->regular ? tell_regular(input) : tell_stream(input, wait_ms);
}

static enum status plain_read(struct file_input *input, int wait_ms, char *to, size_t room,
                              size_t *got)
{
    size_t kept = input->raw_end - input->raw_start;
    if (kept == 0) {
        return raw_read(input, wait_ms, to, room, got);
    }
    size_t taken = kept < room ? kept : room;
    memcpy(to, input->raw + input->raw_start, taken);
    input->raw_start += taken;
    *got = taken;
    return STATUS_OK;
}

static enum status gzip_fail(struct file_input *input, const char *problem)
{
    input->failed = STATUS_INVALID;
    input->problem = problem;
    return STATUS_INVALID;
}

/* Between two members: zero bytes are padding (so gzip takes them), all else begins a member. */
static void gzip_next_member(struct file_input *input)
{
    while (input->raw_start < input->raw_end && input->raw[input->raw_start] == 0) {
        input->raw_start++;
    }
    if (input->raw_start < input->raw_end) {
        inflateReset(&input->gzip);
        input->in_member = true;
    }
}

/* More compressed bytes, when there are none. */
static enum status gzip_feed(struct file_input *input, int wait_ms)
{
    if (input->raw_start < input->raw_end) {
        return STATUS_OK;
    }
    enum status status = raw_fill(input, wait_ms);
    if (status == STATUS_END && input->in_member) {
        return gzip_fail(input, "the gzip data ends too early: the file is truncated");
    }
    return status;
}

/* Decompresses what is at hand into at most `room` bytes. */
static enum status gzip_inflate(struct file_input *input, char *to, size_t room, size_t *got)
{
    z_stream *gzip = &input->gzip;
    gzip->next_in = input->raw + input->raw_start;
    gzip->avail_in = (uInt)(input->raw_end - input->raw_start);
    gzip->next_out = (Bytef *)to;
    gzip->avail_out = room < RAW_BYTES ? (uInt)room : RAW_BYTES;
    uInt before = gzip->avail_out;
    int result = inflate(gzip, Z_NO_FLUSH);
    input->raw_start = input->raw_end - gzip->avail_in;
    *got += before - gzip->avail_out;
    if (result == Z_STREAM_END) {
        input->in_member = false;
    } else if (result == Z_MEM_ERROR) {
        check_memory_exhausted(sizeof *gzip);
    /* Z_BUF_ERROR: no progress for want of input or room, which is no damage */
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return gzip_fail(input, gzip->msg ? gzip->msg : "damaged gzip data");
    }
    return STATUS_OK;
}

static enum status gzip_read(struct file_input *input, int wait_ms, char *to, size_t room,
                             size_t *got)
{
    size_t total = 0;
    enum status status = input->failed;
    while (status == STATUS_OK && total < room) {
        status = gzip_feed(input, total == 0 ? wait_ms : 0);
        if (status == STATUS_OK && !input->in_member) {
            gzip_next_member(input);
        }
        if (status == STATUS_OK && input->in_member) {
            status = gzip_inflate(input, to + total, room - total, &total);
        }
    }
    if (total == 0) {
        return status;
    }
    *got = total;
    return STATUS_OK;
}

enum status file_input_read(struct file_input *input, int wait_ms, char *to, size_t room,
                            size_t *got)
{
    enum status status = tell_encoding(input, wait_ms);
    if (status != STATUS_OK) {
        return status;
    }
    return input->encoding == FILE_ENCODING_GZIP ? gzip_read(input, wait_ms, to, room, got)
                                                 : plain_read(input, wait_ms, to, room, got);
}

/* For gzip, in which no place can be sought: decompresses and throws away. */
static enum status skip_reading(struct file_input *input, uint64_t bytes)
{
    char *scratch = malloc(RAW_BYTES);
    if (!scratch) {
        check_memory_exhausted(RAW_BYTES);
    }
    enum status status = STATUS_OK;
    while (bytes > 0 && status == STATUS_OK) {
        size_t got = 0;
        status = file_input_read(input, -1, scratch, bytes < RAW_BYTES ? bytes : RAW_BYTES, &got);
        bytes -= got;
    }
    free(scratch);
    return status;
}

enum status file_input_skip(struct file_input *input, uint64_t bytes)
{
    struct stat info;
    if (bytes == 0) {
        return STATUS_OK;
    }
    enum status status = tell_encoding(input, -1);
    if (status != STATUS_OK) {
        return status;
    }
    if (input->encoding == FILE_ENCODING_GZIP) {
        return skip_reading(input, bytes);
    }
    if (fstat(input->descriptor, &info) != 0) {
        return STATUS_IO;
    }
    if ((uint64_t)info.st_size < bytes) {
        return STATUS_END;
    }
    input->raw_offset = bytes;
    return lseek(input->descriptor, (off_t)bytes, SEEK_SET) < 0 ? STATUS_IO : STATUS_OK;
}
