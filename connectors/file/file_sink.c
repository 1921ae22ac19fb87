/* file_sink.c: appends alerts and syncs them before the cursor moves on. What stands behind the
 * cursor after a crash is cut off, so that each alert stands in the file once. */
#include "file/file_sink.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "file/file_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines are collected up to this before they are written. */
enum { WRITE_BYTES = 1 << 20 };

struct file_sink {
    struct sink sink; /* first: a sink is cast to what it is */
    struct buf name;
    struct buf path;
    bool standard_output;
    int descriptor;
    uint64_t length;     /* of the file up to the last alert that counts as sent */
    bool leftover;       /* behind that may stand parts of a send that failed */
    struct arena *arena; /* of the identity */
    struct buf lines;
    struct buf problem;
};

static struct file_sink *sink_of(struct sink *sink)
{
    return (struct file_sink *)sink;
}

static enum status fail_errno(struct file_sink *sink, const char *doing)
{
    int error = errno;
    buf_clear(&sink->problem);
    buf_printf(&sink->problem, "cannot %s %s: %s", doing, sink->path.ptr, strerror(error));
    switch (error) {
    case EPIPE: return STATUS_CLOSED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        buf_append(&sink->problem, SPAN(": free space and start again, no alert is lost"));
        return STATUS_NO_SPACE;
    case EROFS:
    case EACCES:
    case EPERM: return STATUS_NO_SPACE;
    default: return STATUS_IO;
    }
}

static void say(struct file_sink *sink, const char *what)
{
    buf_clear(&sink->problem);
    buf_printf(&sink->problem, "%s %s; new alerts go to its end", sink->path.ptr, what);
}

/* The name of a new file must survive a power loss as its content does. */
static enum status sync_folder(struct file_sink *sink)
{
    struct buf folder = {0};
    const char *slash = strrchr(sink->path.ptr, '/');
    buf_append(&folder, slash ? span_of(sink->path.ptr, (size_t)(slash - sink->path.ptr) + 1)
                              : SPAN("."));
    int descriptor = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status status = STATUS_OK;
    if (descriptor < 0 || fsync(descriptor) != 0) {
        status = fail_errno(sink, "sync the folder of");
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    buf_deinit(&folder);
    return status;
}

/* Alerts quote what changed, so a new file is not for everybody to read. */
static enum status open_path(struct file_sink *sink)
{
    sink->descriptor = open(sink->path.ptr, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    return sink->descriptor < 0 ? fail_errno(sink, "open") : sync_folder(sink);
}

static enum status read_size(struct file_sink *sink, uint64_t *size)
{
    struct stat info;
    if (fstat(sink->descriptor, &info) != 0) {
        return fail_errno(sink, "read the size of");
    }
    *size = (uint64_t)info.st_size;
    return STATUS_OK;
}

/* True for regular files: a fifo or a device can neither be cut nor synced. */
static bool is_regular(const struct file_sink *sink)
{
    struct stat info;
    return fstat(sink->descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

static enum status cut(struct file_sink *sink, uint64_t length)
{
    if (ftruncate(sink->descriptor, (off_t)length) != 0 || fsync(sink->descriptor) != 0) {
        return fail_errno(sink, "cut back");
    }
    return STATUS_OK;
}

/* Writes all bytes, however often the other side makes us wait. */
static enum status write_all(struct file_sink *sink, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(sink->descriptor, bytes.ptr, bytes.len);
        if (written >= 0) {
            bytes = span_of(bytes.ptr + written, bytes.len - (size_t)written);
        } else if (errno == EAGAIN) {
            struct pollfd poll_on = {.fd = sink->descriptor, .events = POLLOUT};
            poll(&poll_on, 1, -1);
        } else if (errno != EINTR) {
            return fail_errno(sink, "write to");
        }
    }
    return STATUS_OK;
}

static enum status make_durable(struct file_sink *sink)
{
    return !is_regular(sink) || fsync(sink->descriptor) == 0 ? STATUS_OK
                                                             : fail_errno(sink, "sync");
}

/* Alerts begin on a line of their own, even behind a line that somebody else left unfinished. */
static enum status end_last_line(struct file_sink *sink)
{
    char last = '\n';
    if (sink->length > 0 && pread(sink->descriptor, &last, 1, (off_t)sink->length - 1) != 1) {
        return fail_errno(sink, "read");
    }
    if (last == '\n') {
        return STATUS_OK;
    }
    enum status status = write_all(sink, SPAN("\n"));
    sink->length += status == STATUS_OK;
    return status == STATUS_OK ? make_durable(sink) : status;
}

/* The file's own end is where the sink goes on. */
static enum status begin_at_end(struct file_sink *sink)
{
    enum status status = read_size(sink, &sink->length);
    return status == STATUS_OK ? end_last_line(sink) : status;
}

/* rule 24. The file is cut back only when it is surely the one that the cursor speaks of. */
static enum status come_back(struct file_sink *sink, const struct sink_cursor *cursor)
{
    uint64_t size = 0;
    enum status status = read_size(sink, &size);
    if (status != STATUS_OK) {
        return status;
    }
    if (cursor->identity.len == 0) {
        return begin_at_end(sink);
    }
    bool same = file_identity_matches(sink->descriptor, cursor->identity);
    if (same && size >= cursor->length_bytes) {
        sink->length = cursor->length_bytes;
        return size > sink->length ? cut(sink, sink->length) : STATUS_OK;
    }
    status = begin_at_end(sink);
    if (status == STATUS_OK) {
        say(sink, "is not the file that alerts were last written to, or was cut since");
    }
    return status == STATUS_OK ? STATUS_CONFLICT : status;
}

/* What is to be recorded now. */
static enum status give_cursor(struct file_sink *sink, uint64_t alert_sequence,
                               struct sink_cursor *out)
{
    struct sink_cursor cursor = {.alert_sequence = alert_sequence};
    if (is_regular(sink) && !sink->standard_output) {
        arena_reset(sink->arena);
        if (file_identity_read(sink->descriptor, sink->arena, &cursor.identity) != STATUS_OK) {
            return fail_errno(sink, "read");
        }
        cursor.length_bytes = sink->length;
    }
    *out = cursor;
    return STATUS_OK;
}

static enum status file_sink_open(struct sink *base, const struct sink_cursor *cursor,
                                  struct sink_cursor *out)
{
    struct file_sink *sink = sink_of(base);
    enum status status = STATUS_OK;
    buf_clear(&sink->problem);
    if (sink->standard_output) {
        sink->descriptor = STDOUT_FILENO;
        return give_cursor(sink, cursor->alert_sequence, out);
    }
    status = open_path(sink);
    if (status == STATUS_OK && is_regular(sink)) {
        status = come_back(sink, cursor);
    }
    if (status != STATUS_OK && status != STATUS_CONFLICT) {
        return status;
    }
    enum status given = give_cursor(sink, cursor->alert_sequence, out);
    return given == STATUS_OK ? status : given;
}

/* The path names another file now, or none: somebody rotated ours. */
static bool is_rotated(const struct file_sink *sink)
{
    struct stat ours;
    struct stat named;
    if (fstat(sink->descriptor, &ours) != 0 || stat(sink->path.ptr, &named) != 0) {
        return true;
    }
    return ours.st_dev != named.st_dev || ours.st_ino != named.st_ino;
}

static enum status follow_rotation(struct file_sink *sink)
{
    close(sink->descriptor);
    enum status status = open_path(sink);
    if (status == STATUS_OK) {
        status = begin_at_end(sink);
    }
    if (status == STATUS_OK) {
        say(sink, "was rotated: a new file begins");
    }
    return status;
}

/* Before a send: the file as the last one left it, or, if it is not ours any more, its end. */
static enum status settle(struct file_sink *sink)
{
    uint64_t size = 0;
    buf_clear(&sink->problem);
    if (sink->standard_output || !is_regular(sink)) {
        return STATUS_OK;
    }
    if (is_rotated(sink)) {
        return follow_rotation(sink);
    }
    if (sink->leftover) {
        return cut(sink, sink->length);
    }
    enum status status = read_size(sink, &size);
    if (status == STATUS_OK && size != sink->length) {
        status = begin_at_end(sink);
        if (status == STATUS_OK) {
            say(sink, "was changed by another program");
        }
    }
    return status;
}

static enum status flush_lines(struct file_sink *sink)
{
    enum status status = write_all(sink, buf_view(&sink->lines));
    if (status == STATUS_OK) {
        sink->length += sink->lines.len;
    }
    buf_clear(&sink->lines);
    return status;
}

static enum status write_alerts(struct file_sink *sink, const struct alert *alerts, size_t count)
{
    buf_clear(&sink->lines);
    for (size_t i = 0; i < count; i++) {
        struct json_writer writer = json_writer_to(&sink->lines);
        alert_write_json(&alerts[i], &writer);
        buf_append_char(&sink->lines, '\n');
        if (sink->lines.len >= WRITE_BYTES || i + 1 == count) {
            enum status status = flush_lines(sink);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return make_durable(sink);
}


static enum status file_sink_send(struct sink *base, const struct alert *alerts, size_t count,
                                  struct sink_cursor *out)
{
    struct file_sink *sink = sink_of(base);
    check(count > 0);
    enum status status = settle(sink);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t before = sink->length;
    sink->leftover = true;
    status = write_alerts(sink, alerts, count);
    if (status != STATUS_OK) {
        sink->length = before;
        return status;
    }
    sink->leftover = false;
    return give_cursor(sink, alerts[count - 1].sequence, out);
}

static struct span file_sink_problem(const struct sink *base)
{
    return buf_view(&((const struct file_sink *)base)->problem);
}

static void file_sink_free(struct sink *base)
{
    struct file_sink *sink = sink_of(base);
    if (!sink->standard_output && sink->descriptor >= 0) {
        close(sink->descriptor);
    }
    arena_free(&sink->arena);
    buf_deinit(&sink->name);
    buf_deinit(&sink->path);
    buf_deinit(&sink->lines);
    buf_deinit(&sink->problem);
    free(sink);
}

struct sink *file_sink_new(struct span name, struct span path)
{
    static const struct sink_ops ops = {
        .open = file_sink_open,
        .send = file_sink_send,
        .problem = file_sink_problem,
        .free = file_sink_free,
    };
    struct file_sink *sink = calloc(1, sizeof *sink);
    if (!sink) {
        check_memory_exhausted(sizeof *sink);
    }
    buf_append(&sink->name, name);
    sink->standard_output = span_equals(path, SPAN("-"));
    buf_append(&sink->path, sink->standard_output ? SPAN("standard output") : path);
    sink->descriptor = -1;
    sink->arena = arena_new(0);
    sink->sink = (struct sink){.ops = &ops, .name = buf_view(&sink->name)};
    return &sink->sink;
}
