/* file_source.c: reads batches and follows a file through rotation (another file has its name) and
 * through being cut in place. */
#include "file/file_source.h"

#include "base/buf.h"
#include "base/check.h"
#include "file/file_input.h"
#include "file/file_lines.h"
#include "file/file_position.h"
#include "file/file_sibling.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* PIPE_BYTES: what a pipe may hold, so that a batch from a fast writer is not only 64 KiB. */
enum {
    RECORD_BYTES_MAX = 16 * 1024 * 1024,
    POLL_MS = 100,
    PIPE_BYTES = 1 << 20,
    NS_PER_MS = 1000000
};

/* How far the file that is open has been read. */
enum progress {
    PROGRESS_READING,
    PROGRESS_ROTATED, /* another file has its name now; one more look for late lines */
    PROGRESS_ENDED,   /* its last line may be cut although no newline ends it */
    PROGRESS_DONE,
};

struct file_source {
    struct source source; /* first: a source is cast to what it is */
    struct buf name;
    struct buf path;
    bool follow;
    bool standard_input;
    int descriptor;
    enum progress progress;
    struct file_input input;
    struct file_lines lines;
    struct arena *arena;           /* of the identity while it is read */
    struct file_position position;
    bool identity_final;           /* the file is long enough for its identity not to change */
    char position_text[FILE_POSITION_TEXT_SIZE];
    struct source_record records[SOURCE_BATCH_RECORDS_MAX];
    struct buf problem;
};

static struct file_source *source_of(struct source *source)
{
    return (struct file_source *)source;
}

static enum status fail_errno(struct file_source *source, const char *doing)
{
    int error = errno;
    buf_clear(&source->problem);
    buf_printf(&source->problem, "cannot %s %s: %s", doing, source->path.ptr, strerror(error));
    return error == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
}

static void close_file(struct file_source *source)
{
    file_input_deinit(&source->input);
    if (source->descriptor > STDIN_FILENO) {
        close(source->descriptor);
    }
    source->descriptor = -1;
}

static bool is_resumable(const struct file_source *source)
{
    return source->input.regular;
}

/* Makes ready to read the first byte of the open file. */
static enum status begin_file(struct file_source *source)
{
    struct stat info;
    if (source->descriptor < 0 || fstat(source->descriptor, &info) != 0) {
        return fail_errno(source, "open");
    }
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return fail_errno(source, "read");
    }
    bool regular = !source->standard_input && S_ISREG(info.st_mode);
    if (regular) {
        posix_fadvise(source->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    } else if (S_ISFIFO(info.st_mode)) {
        fcntl(source->descriptor, F_SETPIPE_SZ, PIPE_BYTES);
    }
    file_input_init(&source->input, source->descriptor, regular);
    file_lines_restart(&source->lines, 0, 1, FILE_PLACE_LINES);
    source->progress = PROGRESS_READING;
    source->identity_final = false;
    source->position.identity[0] = '\0';
    return STATUS_OK;
}

static enum status open_file(struct file_source *source)
{
    source->descriptor = source->standard_input
                             ? STDIN_FILENO
                             : open(source->path.ptr, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return begin_file(source);
}

/* True when the open file is the one of the position and now stands there. */
static bool resume(struct file_source *source, const struct file_position *position)
{
    if (!file_identity_matches(source->descriptor, span_view(position->identity)) ||
        file_input_skip(&source->input, position->offset) != STATUS_OK) {
        return false;
    }
    file_lines_restart(&source->lines, position->offset, position->line, position->place);
    return true;
}

/* The file was rotated while nobody followed it: what is left of it comes first. Reading it to its
 * end leads on to the file that has its name now. Rotated twice, what lies between is not read. */
static bool resume_renamed(struct file_source *source, const struct file_position *position)
{
    int descriptor = file_sibling_open(source->path.ptr, span_view(position->identity));
    if (descriptor < 0) {
        return false;
    }
    close_file(source);
    source->descriptor = descriptor;
    return begin_file(source) == STATUS_OK && resume(source, position);
}

static enum status begin_anew(struct file_source *source)
{
    close_file(source);
    enum status status = open_file(source);
    if (status != STATUS_OK) {
        return status;
    }
    buf_clear(&source->problem);
    buf_printf(&source->problem,
               "%s is not the file that was read before (replaced, rotated or cut): it is read "
               "from its beginning; what was left of the old one is not",
               source->path.ptr);
    return STATUS_CONFLICT;
}

/* Where the file was left, into scratch memory of the source; empty when it was never read. */
static enum status recall(struct file_source *source, const struct source_memory *memory,
                          struct span *out)
{
    enum status status = memory->position(memory->context, SPAN(""), source->arena, out);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status file_source_open(struct source *base, const struct source_memory *memory)
{
    struct file_source *source = source_of(base);
    struct file_position position;
    struct span text = {0};
    enum status status = recall(source, memory, &text);
    if (status == STATUS_OK) {
        status = open_file(source);
    }
    /* A stream has no place to go back to: what comes now is read. */
    if (status != STATUS_OK || text.len == 0 || !is_resumable(source)) {
        return status;
    }
    bool known = file_position_parse(text, &position);
    bool resumed = known && resume(source, &position);
    if (known && !resumed && source->follow) {
        resumed = resume_renamed(source, &position);
    }
    return resumed ? STATUS_OK : begin_anew(source);
}

/* The identity of a short file covers what the file holds so far, and is taken anew as it grows. */
static enum status refresh_identity(struct file_source *source)
{
    struct span identity = SPAN("-");
    if (source->identity_final) {
        return STATUS_OK;
    }
    if (is_resumable(source)) {
        struct stat info;
        arena_reset(source->arena);
        if (fstat(source->descriptor, &info) != 0 ||
            file_identity_read(source->descriptor, source->arena, &identity) != STATUS_OK) {
            return fail_errno(source, "read");
        }
        source->identity_final = info.st_size >= FILE_IDENTITY_PREFIX_BYTES;
    }
    check(identity.len < sizeof source->position.identity);
    memcpy(source->position.identity, identity.ptr, identity.len);
    source->position.identity[identity.len] = '\0';
    return STATUS_OK;
}

/* Cuts what lies in the window into records; false when there was nothing to cut. */
static bool cut_batch(struct file_source *source, struct source_batch *batch)
{
    bool ended = source->progress == PROGRESS_ENDED;
    *batch = (struct source_batch){.records = source->records};
    while (batch->count < SOURCE_BATCH_RECORDS_MAX) {
        switch (file_lines_next(&source->lines, ended, &source->records[batch->count])) {
        case FILE_LINE_NONE: return batch->count > 0 || batch->blank > 0;
        case FILE_LINE_BLANK: batch->blank++; break;
        case FILE_LINE_RECORD: batch->count++; break;
        }
    }
    return true;
}

static enum status fail_input(struct file_source *source, enum status status)
{
    if (status != STATUS_INVALID) {
        return fail_errno(source, "read");
    }
    buf_clear(&source->problem);
    buf_printf(&source->problem,
               "%s: %s (byte %" PRIu64 " of the file, in line %" PRIu64
               " of its content); the lines before it were read",
               source->path.ptr, source->input.problem, source->input.raw_offset,
               source->lines.line);
    return STATUS_INVALID;
}

/* A compressed file counts as finished. */
static bool is_following(const struct file_source *source)
{
    return source->follow && is_resumable(source) &&
           source->input.encoding != FILE_ENCODING_GZIP;
}

/* The path names another file than the open one; while it names none, a rotation is under way. */
static bool is_rotated(const struct file_source *source)
{
    struct stat open_info;
    struct stat path_info;
    return fstat(source->descriptor, &open_info) == 0 &&
           stat(source->path.ptr, &path_info) == 0 &&
           (open_info.st_dev != path_info.st_dev || open_info.st_ino != path_info.st_ino);
}

/* Shorter than what was read, or begun anew and grown past that since. */
static bool is_cut(const struct file_source *source)
{
    struct stat info;
    struct span identity = span_view(source->position.identity);
    uint64_t read_to = source->lines.offset + file_lines_pending(&source->lines);
    if (fstat(source->descriptor, &info) == 0 && (uint64_t)info.st_size < read_to) {
        return true;
    }
    return identity.len > 0 && !file_identity_matches(source->descriptor, identity);
}

/* The followed file was cut in place: what comes now stands at its beginning. */
static enum status restart_cut_file(struct file_source *source)
{
    close_file(source);
    enum status status = open_file(source);
    if (status == STATUS_OK) {
        buf_printf(&source->problem, "%s was cut: it is read from its beginning",
                   source->path.ptr);
    }
    return status;
}

static enum status wait_for_more(int *wait_ms)
{
    if (*wait_ms <= 0) {
        return STATUS_AGAIN;
    }
    int step_ms = *wait_ms < POLL_MS ? *wait_ms : POLL_MS;
    struct timespec step = {.tv_nsec = (long)step_ms * NS_PER_MS};
    *wait_ms -= step_ms;
    return nanosleep(&step, NULL) == 0 ? STATUS_OK : STATUS_AGAIN;
}

/* Nothing more stands in the open file now. STATUS_OK: look again. */
static enum status at_end(struct file_source *source, int *wait_ms)
{
    if (!is_following(source) || source->progress == PROGRESS_ROTATED) {
        source->progress = PROGRESS_ENDED;
        return STATUS_OK;
    }
    if (is_rotated(source)) {
        source->progress = PROGRESS_ROTATED;
        return STATUS_OK;
    }
    return wait_for_more(wait_ms);
}

static enum status fill(struct file_source *source, int *wait_ms)
{
    size_t room = 0;
    size_t got = 0;
    if (is_following(source) && is_cut(source)) {
        return restart_cut_file(source);
    }
    char *to = file_lines_room(&source->lines, &room);
    enum status status = file_input_read(&source->input, *wait_ms, to, room, &got);
    if (status == STATUS_OK) {
        file_lines_arrived(&source->lines, got);
        return STATUS_OK;
    }
    if (status == STATUS_END) {
        return at_end(source, wait_ms);
    }
    return status == STATUS_AGAIN ? status : fail_input(source, status);
}

/* The open file is read to its end: goes on with the one that took its place. */
static enum status next_file(struct file_source *source)
{
    if (!is_following(source)) {
        source->progress = PROGRESS_DONE;
        return STATUS_END;
    }
    close_file(source);
    enum status status = open_file(source);
    if (status == STATUS_OK) {
        buf_printf(&source->problem, "%s was rotated: going on with the new file",
                   source->path.ptr);
    }
    return status;
}

static enum status give_batch(struct file_source *source, struct source_batch *batch,
                              struct source_batch *out)
{
    enum status status = refresh_identity(source);
    if (status != STATUS_OK) {
        return status;
    }
    source->position.offset = source->lines.offset;
    source->position.line = source->lines.line;
    source->position.place = source->lines.place;
    batch->position = file_position_format(&source->position, source->position_text);
    *out = *batch;
    return STATUS_OK;
}

static enum status file_source_read(struct source *base, int wait_ms, struct source_batch *out)
{
    struct file_source *source = source_of(base);
    struct source_batch batch;
    enum status status = source->progress == PROGRESS_DONE ? STATUS_END : STATUS_OK;
    buf_clear(&source->problem);
    while (status == STATUS_OK) {
        if (cut_batch(source, &batch)) {
            return give_batch(source, &batch, out);
        }
        if (source->progress == PROGRESS_ENDED) {
            status = next_file(source);
        } else {
            status = fill(source, &wait_ms);
        }
        /* a line without end must not hold the caller here: it may want to stop */
        if (status == STATUS_OK && source->lines.overlong) {
            status = STATUS_AGAIN;
        }
    }
    return status;
}

static struct span file_source_problem(const struct source *base)
{
    return buf_view(&((const struct file_source *)base)->problem);
}

static void file_source_free(struct source *base)
{
    struct file_source *source = source_of(base);
    close_file(source);
    file_lines_deinit(&source->lines);
    arena_free(&source->arena);
    buf_deinit(&source->name);
    buf_deinit(&source->path);
    buf_deinit(&source->problem);
    free(source);
}

struct source *file_source_new(const struct file_source_options *options)
{
    static const struct source_ops ops = {
        .open = file_source_open,
        .read = file_source_read,
        .problem = file_source_problem,
        .free = file_source_free,
    };
    struct file_source *source = calloc(1, sizeof *source);
    if (!source) {
        check_memory_exhausted(sizeof *source);
    }
    size_t most = options->record_bytes_max ? options->record_bytes_max : RECORD_BYTES_MAX;
    check(most <= SOURCE_BATCH_BYTES_MAX / 2);
    buf_append(&source->name, options->name);
    source->follow = options->follow;
    source->standard_input = span_equals(options->path, SPAN("-"));
    buf_append(&source->path, source->standard_input ? SPAN("standard input") : options->path);
    source->descriptor = -1;
    source->arena = arena_new(0);
    file_lines_init(&source->lines, most);
    source->source = (struct source){.ops = &ops, .name = buf_view(&source->name)};
    return &source->source;
}
