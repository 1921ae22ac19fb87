/* file_identity.c: device, inode and a hash of the first bytes; the hash notices an inode that was
 * given to another file. */
#include "file/file_identity.h"

#include "base/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Hash of the first `length` bytes; false when the file is shorter or unreadable. */
static bool prefix_hash(int descriptor, size_t length, char hex[DIGEST_HEX_LENGTH + 1])
{
    char bytes[FILE_IDENTITY_PREFIX_BYTES];
    if (pread(descriptor, bytes, length, 0) != (ssize_t)length) {
        return false;
    }
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, span_of(bytes, length));
    struct digest digest = digest_finish(&state);
    digest_hex(&digest, hex);
    return true;
}

static bool identity_format(int descriptor, size_t prefix, char out[FILE_IDENTITY_TEXT_SIZE])
{
    struct stat info;
    char hex[DIGEST_HEX_LENGTH + 1];
    if (fstat(descriptor, &info) != 0 || !prefix_hash(descriptor, prefix, hex)) {
        return false;
    }
    snprintf(out, FILE_IDENTITY_TEXT_SIZE, "%ju:%ju:%zu:%s", (uintmax_t)info.st_dev,
             (uintmax_t)info.st_ino, prefix, hex);
    return true;
}

enum status file_identity_read(int descriptor, struct arena *arena, struct span *out)
{
    struct stat info;
    char text[FILE_IDENTITY_TEXT_SIZE];
    if (fstat(descriptor, &info) != 0) {
        return STATUS_IO;
    }
    bool is_short = info.st_size < FILE_IDENTITY_PREFIX_BYTES;
    size_t prefix = is_short ? (size_t)info.st_size : FILE_IDENTITY_PREFIX_BYTES;
    if (!identity_format(descriptor, prefix, text)) {
        return STATUS_IO;
    }
    *out = arena_copy(arena, span_view(text));
    return STATUS_OK;
}

bool file_identity_matches(int descriptor, struct span identity)
{
    uintmax_t device = 0;
    uintmax_t inode = 0;
    size_t prefix = 0;
    char copy[FILE_IDENTITY_TEXT_SIZE];
    char text[FILE_IDENTITY_TEXT_SIZE];
    if (identity.len >= sizeof copy) {
        return false;
    }
    snprintf(copy, sizeof copy, "%.*s", SPAN_ARG(identity));
    if (sscanf(copy, "%ju:%ju:%zu:", &device, &inode, &prefix) != 3 ||
        prefix > FILE_IDENTITY_PREFIX_BYTES) {
        return false;
    }
    return identity_format(descriptor, prefix, text) && span_equals(span_view(text), identity);
}
