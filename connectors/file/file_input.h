/* file_input.h: the bytes of a file or stream, plain or gzip (told by the first two bytes). */
#ifndef FILE_FILE_INPUT_H
#define FILE_FILE_INPUT_H

#include "base/span.h"
#include "base/status.h"

#include <zlib.h>

enum file_encoding { FILE_ENCODING_UNKNOWN, FILE_ENCODING_PLAIN, FILE_ENCODING_GZIP };

struct file_input {
    int descriptor;         /* belongs to the caller */
    bool regular;           /* a file with a size; else a stream that may keep us waiting */
    bool ended;             /* a stream's end was seen */
    enum file_encoding encoding;
    unsigned char *raw;     /* as read, not handed out yet: the first bytes, or compressed ones */
    size_t raw_start;
    size_t raw_end;
    uint64_t raw_offset;    /* bytes read from the descriptor */
    z_stream gzip;
    bool in_member;         /* inside one of a gzip's members */
    enum status failed;     /* told with the next read, after what stood before the damage */
    const char *problem;    /* why it failed; static text, or zlib's */
};

/* The descriptor stands at the first byte. It stays the caller's: _deinit frees all but it. */
void file_input_init(struct file_input *input, int descriptor, bool regular);
void file_input_deinit(struct file_input *input);

/* Reads up to `room` (> 0) bytes: as many as there are without waiting, at least one. Waits at most
 * wait_ms for a stream (-1: for ever). STATUS_END: a regular file may grow later and be read on.
 * STATUS_AGAIN: nothing within wait_ms, or a signal came. STATUS_INVALID: damaged or cut gzip.
 * STATUS_IO: errno says why. One thread. */
MUST_USE enum status file_input_read(struct file_input *input, int wait_ms, char *to, size_t room,
                                     size_t *got);
/* Passes over bytes of a regular file, as if read. STATUS_END: it is shorter. */
MUST_USE enum status file_input_skip(struct file_input *input, uint64_t bytes);

#endif
