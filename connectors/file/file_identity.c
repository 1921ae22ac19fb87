#include "file/file_identity.h"

#include "base/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PREFIX_BYTES_MAX = 4096, IDENTITY_BYTES_MAX = 128 };

/* Hash of the first `length` bytes; false when the file is shorter or unreadable. */
static bool prefix_hash(int descriptor, size_t length, char hex[DIGEST_HEX_LENGTH + 1])
{
    char bytes[PREFIX_BYTES_MAX];
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

static bool identity_format(int descriptor, size_t prefix, char out[IDENTITY_BYTES_MAX])
{
    struct stat info;
    char hex[DIGEST_HEX_LENGTH + 1];
    if (fstat(descriptor, &info) != 0 || !prefix_hash(descriptor, prefix, hex)) {
        return false;
    }
    snprintf(out, IDENTITY_BYTES_MAX, "%ju:%ju:%zu:%s", (uintmax_t)info.st_dev,
             (uintmax_t)info.st_ino, prefix, hex);
    return true;
}

enum status file_identity_read(int descriptor, struct arena *arena, struct span *out)
{
    struct stat info;
    char text[IDENTITY_BYTES_MAX];
    if (fstat(descriptor, &info) != 0) {
        return STATUS_IO;
    }
    size_t prefix = info.st_size < PREFIX_BYTES_MAX ? (size_t)info.st_size : PREFIX_BYTES_MAX;
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
    char copy[IDENTITY_BYTES_MAX];
    char text[IDENTITY_BYTES_MAX];
    if (identity.len >= sizeof copy) {
        return false;
    }
    snprintf(copy, sizeof copy, "%.*s", SPAN_ARG(identity));
    if (sscanf(copy, "%ju:%ju:%zu:", &device, &inode, &prefix) != 3 || prefix > PREFIX_BYTES_MAX) {
        return false;
    }
    return identity_format(descriptor, prefix, text) && span_equals(span_view(text), identity);
}
