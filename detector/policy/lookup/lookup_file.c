/* lookup_file.c: reads the whole file, within its bound in bytes, and hands it to the reader of its
 * format. */
#include "policy/lookup/lookup_file.h"

#include "policy/lookup/lookup_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status refuse(struct lookup_reader *reader, enum status status, const char *what)
{
    struct span hint = status == STATUS_NOT_FOUND
                           ? SPAN("the path is relative to the folder of the policy file")
                           : SPAN("");
    lookup_problem(reader, lookup_place(reader, 0, 0), hint, "lookup '%.*s': %s",
                   SPAN_ARG(reader->lookup->id), what);
    return status;
}

static enum status refuse_errno(struct lookup_reader *reader)
{
    return refuse(reader, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, strerror(errno));
}

/* Reads until the end, at most one byte more than `size`; how many bytes, or -1. */
static ssize_t read_whole(int descriptor, char *to, size_t size)
{
    size_t length = 0;
    while (length <= size) {
        ssize_t count = read(descriptor, to + length, size + 1 - length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        length += (size_t)count;
    }
    return (ssize_t)length;
}

static enum status read_open_file(struct lookup_reader *reader, int descriptor,
                                  int64_t *modified_us)
{
    struct stat file;
    if (fstat(descriptor, &file) != 0) {
        return refuse_errno(reader);
    }
    if (!S_ISREG(file.st_mode)) {
        return refuse(reader, STATUS_IO, "this is not a file");
    }
    if (file.st_size > LOOKUP_FILE_BYTES_MAX) {
        return refuse(reader, STATUS_INVALID, "the file is larger than 64 MiB");
    }
    size_t size = (size_t)file.st_size;
    char *text = arena_alloc(reader->arena, size + 1);
    ssize_t length = read_whole(descriptor, text, size);
    if (length < 0) {
        return refuse_errno(reader);
    }
    /* read_whole asks for one byte more than fstat told, so that a file that grows shows too */
    if ((size_t)length != size) {
        return refuse(reader, STATUS_IO,
                      "the file changed while it was read; write a new one and rename it");
    }
    reader->text = span_of(text, size);
    /* a byte order mark, as spreadsheets write it */
    if (span_starts_with(reader->text, SPAN("\xEF\xBB\xBF"))) {
        reader->text = span_of(text + 3, size - 3);
    }
    *modified_us = (int64_t)file.st_mtim.tv_sec * 1000000 + file.st_mtim.tv_nsec / 1000;
    return STATUS_OK;
}

static enum status read_file(struct lookup_reader *reader, int64_t *modified_us)
{
    struct span path = arena_copy(reader->arena, reader->lookup->path);
    int descriptor = open(path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (descriptor < 0) {
        return refuse_errno(reader);
    }
    enum status status = read_open_file(reader, descriptor, modified_us);
    close(descriptor);
    return status;
}

static void read_rows(struct lookup_reader *reader)
{
    switch (reader->lookup->format) {
    case PLAN_LOOKUP_CSV: lookup_read_csv(reader); break;
    case PLAN_LOOKUP_JSON_LINES: lookup_read_json_lines(reader); break;
    case PLAN_LOOKUP_YAML: lookup_read_yaml(reader); break;
    }
}

enum status lookup_text_read(const struct plan_lookup *lookup, struct span text,
                             struct arena *arena, struct diag_list *diags,
                             struct lookup_rows *out, size_t *refused)
{
    struct lookup_reader reader;
    if (!lookup_reader_init(&reader, lookup, arena, diags)) {
        return STATUS_INVALID;
    }
    reader.lenient = true;
    reader.text = text;
    lookup_read_json_lines(&reader);
    *out = (struct lookup_rows){.rows = reader.rows, .count = reader.row_count};
    *refused = reader.refused;
    return STATUS_OK;
}

enum status lookup_file_read(const struct plan_lookup *lookup, struct arena *arena,
                             struct diag_list *diags, struct lookup_rows *out)
{
    struct lookup_reader reader;
    int64_t modified_us = 0;
    if (!lookup_reader_init(&reader, lookup, arena, diags)) {
        return STATUS_INVALID;
    }
    enum status status = read_file(&reader, &modified_us);
    if (status != STATUS_OK) {
        return status;
    }
    read_rows(&reader);
    if (diags->errors > reader.errors_before) {
        return STATUS_INVALID;
    }
    *out = (struct lookup_rows){reader.rows, reader.row_count, modified_us};
    return STATUS_OK;
}
