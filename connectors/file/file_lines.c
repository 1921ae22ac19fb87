/* file_lines.c: the window. It grows up to one record of the allowed size; a line beyond that is
 * passed over piece by piece, so that memory stays bounded. */
#include "file/file_lines.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* CR and LF come on top of a record's own bytes. */
enum { WINDOW_BYTES = 4 << 20, LINE_END_BYTES = 2 };

static char *allocate(char *old, size_t bytes)
{
    char *memory = realloc(old, bytes);
    if (!memory) {
        check_memory_exhausted(bytes);
    }
    return memory;
}

void file_lines_init(struct file_lines *lines, size_t record_bytes_max)
{
    *lines = (struct file_lines){.record_bytes_max = record_bytes_max, .line = 1};
    lines->capacity = WINDOW_BYTES;
    lines->bytes = allocate(NULL, lines->capacity);
    snprintf(lines->refusal, sizeof lines->refusal,
             "the record is longer than %zu bytes; only its start is kept", record_bytes_max);
}

void file_lines_deinit(struct file_lines *lines)
{
    free(lines->bytes);
    free(lines->prefix);
    *lines = (struct file_lines){0};
}

void file_lines_restart(struct file_lines *lines, uint64_t offset, uint64_t line)
{
    lines->start = 0;
    lines->end = 0;
    lines->searched = 0;
    lines->overlong = false;
    lines->passed = 0;
    lines->offset = offset;
    lines->line = line;
}

/* file_lines_next passes over a line that fills the largest window, so there is always room. */
char *file_lines_room(struct file_lines *lines, size_t *room)
{
    size_t kept = lines->end - lines->start;
    memmove(lines->bytes, lines->bytes + lines->start, kept);
    lines->start = 0;
    lines->end = kept;
    if (kept == lines->capacity) {
        size_t largest = lines->record_bytes_max + LINE_END_BYTES + 1;
        check(lines->capacity < largest);
        lines->capacity = lines->capacity * 2 < largest ? lines->capacity * 2 : largest;
        lines->bytes = allocate(lines->bytes, lines->capacity);
    }
    *room = lines->capacity - kept;
    return lines->bytes + kept;
}

void file_lines_arrived(struct file_lines *lines, size_t bytes)
{
    check(bytes <= lines->capacity - lines->end);
    lines->end += bytes;
}

uint64_t file_lines_pending(const struct file_lines *lines)
{
    return lines->passed + (lines->end - lines->start);
}

static size_t prefix_length(size_t length)
{
    return length < FILE_LINES_PREFIX_BYTES ? length : FILE_LINES_PREFIX_BYTES;
}

static void pass_over(struct file_lines *lines, size_t bytes)
{
    lines->start += bytes;
    lines->passed += bytes;
    lines->searched = 0;
}

/* The line fills the window and is too long: keeps its start and gives the room back. */
static void begin_overlong(struct file_lines *lines)
{
    if (!lines->prefix) {
        lines->prefix = allocate(NULL, FILE_LINES_PREFIX_BYTES);
    }
    size_t length = lines->end - lines->start;
    memcpy(lines->prefix, lines->bytes + lines->start, prefix_length(length));
    lines->overlong = true;
    pass_over(lines, length);
}

/* Goes on behind a line of `length` bytes, line end included. */
static void advance(struct file_lines *lines, size_t length)
{
    lines->offset += lines->passed + length;
    lines->start += length;
    lines->line++;
    lines->searched = 0;
    lines->passed = 0;
    lines->overlong = false;
}

static bool is_blank(struct span line)
{
    if (line.len > 0 && line.ptr[0] != ' ' && line.ptr[0] != '\t' && line.ptr[0] != '\r') {
        return false;
    }
    return span_trim(line).len == 0;
}

static struct span without_return(struct span line)
{
    bool has_return = line.len > 0 && line.ptr[line.len - 1] == '\r';
    return span_of(line.ptr, line.len - has_return);
}

static enum file_line give_line(struct file_lines *lines, size_t length, size_t with_end,
                                struct source_record *out)
{
    struct span line = without_return(span_of(lines->bytes + lines->start, length));
    bool too_long = lines->overlong || line.len > lines->record_bytes_max;
    *out = (struct source_record){.bytes = line, .offset = lines->offset, .line = lines->line};
    if (too_long) {
        out->refused = lines->refusal;
        out->bytes = lines->overlong ? span_of(lines->prefix, FILE_LINES_PREFIX_BYTES)
                                     : span_of(line.ptr, prefix_length(line.len));
    }
    advance(lines, with_end);
    return !too_long && is_blank(line) ? FILE_LINE_BLANK : FILE_LINE_RECORD;
}

enum file_line file_lines_next(struct file_lines *lines, bool ended, struct source_record *out)
{
    const char *from = lines->bytes + lines->start;
    size_t length = lines->end - lines->start;
    const char *newline = memchr(from + lines->searched, '\n', length - lines->searched);
    if (newline) {
        size_t before = (size_t)(newline - from);
        return give_line(lines, before, before + 1, out);
    }
    if (ended) {
        return file_lines_pending(lines) ? give_line(lines, length, length, out) : FILE_LINE_NONE;
    }
    lines->searched = length;
    if (lines->overlong) {
        pass_over(lines, length);
    } else if (length == lines->capacity && length > lines->record_bytes_max + LINE_END_BYTES) {
        begin_overlong(lines);
    }
    return FILE_LINE_NONE;
}
