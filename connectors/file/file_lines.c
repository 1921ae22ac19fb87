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

void file_lines_restart(struct file_lines *lines, uint64_t offset, uint64_t line,
                        enum file_place place)
{
    lines->start = 0;
    lines->end = 0;
    lines->searched = 0;
    lines->overlong = false;
    lines->passed = 0;
    lines->offset = offset;
    lines->line = line;
    lines->place = place;
    lines->element = (struct file_element){0};
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

/* Goes on behind `length` bytes that hold `newlines`. */
static void advance(struct file_lines *lines, size_t length, uint64_t newlines)
{
    lines->offset += lines->passed + length;
    lines->start += length;
    lines->line += newlines;
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

/* The record that `bytes` are, or are the end of. */
static struct source_record record_of(const struct file_lines *lines, struct span bytes)
{
    struct source_record record = {
        .bytes = bytes, .offset = lines->offset, .line = lines->line};
    if (lines->overlong || bytes.len > lines->record_bytes_max) {
        record.refused = lines->refusal;
        record.bytes = lines->overlong ? span_of(lines->prefix, FILE_LINES_PREFIX_BYTES)
                                       : span_of(bytes.ptr, prefix_length(bytes.len));
    }
    return record;
}

static enum file_line give_line(struct file_lines *lines, size_t length, size_t with_end,
                                struct source_record *out)
{
    struct span line = without_return(span_of(lines->bytes + lines->start, length));
    *out = record_of(lines, line);
    advance(lines, with_end, 1);
    return !out->refused && is_blank(line) ? FILE_LINE_BLANK : FILE_LINE_RECORD;
}

/* All that came, `length` bytes, was searched and its end is not there. */
static enum file_line wait_for_more(struct file_lines *lines, size_t length)
{
    lines->searched = length;
    if (lines->overlong) {
        pass_over(lines, length);
    } else if (length == lines->capacity && length > lines->record_bytes_max + LINE_END_BYTES) {
        begin_overlong(lines);
    }
    return FILE_LINE_NONE;
}

static enum file_line next_line(struct file_lines *lines, bool ended, struct source_record *out)
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
    return wait_for_more(lines, length);
}

/* What has arrived and is not cut yet. */
static struct span arrived(const struct file_lines *lines)
{
    return span_of(lines->bytes + lines->start, lines->end - lines->start);
}

static uint64_t newlines_in(struct span text)
{
    uint64_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '\n';
    }
    return count;
}

/* Passes over white space, and commas where they part elements. False: nothing behind it has
 * arrived; else *next is the byte there. */
static bool skip_between(struct file_lines *lines, const char *skipped, char *next)
{
    struct span rest = arrived(lines);
    size_t i = 0;
    while (i < rest.len && rest.ptr[i] && strchr(skipped, rest.ptr[i])) {
        i++;
    }
    advance(lines, i, newlines_in(span_of(rest.ptr, i)));
    *next = i < rest.len ? rest.ptr[i] : '\0';
    return i < rest.len;
}

/* The file ends inside of a document: said, as a record without bytes. */
static enum file_line give_cut(struct file_lines *lines, struct source_record *out)
{
    *out = (struct source_record){
        .offset = lines->offset, .line = lines->line,
        .refused = "the document ends before its list of records does"};
    lines->place = FILE_PLACE_LINES;
    return FILE_LINE_RECORD;
}

static enum file_line give_element(struct file_lines *lines, size_t length,
                                   struct source_record *out)
{
    struct span bytes = span_of(lines->bytes + lines->start, length);
    uint64_t newlines = newlines_in(bytes);
    *out = record_of(lines, bytes);
    lines->element = (struct file_element){0};
    advance(lines, length, newlines);
    return FILE_LINE_RECORD;
}

/* The element at the start of the window, when all of it has arrived or nothing more will. Lines
 * inside of an element that is too long are not counted. */
static enum file_line next_element(struct file_lines *lines, bool ended,
                                   struct source_record *out)
{
    struct span rest = arrived(lines);
    struct span fresh = span_of(rest.ptr + lines->searched, rest.len - lines->searched);
    bool whole = false;
    size_t length = lines->searched + file_element_scan(&lines->element, fresh, &whole);
    if (whole || ended) {
        lines->place = whole ? FILE_PLACE_RECORDS : FILE_PLACE_LINES;
        return give_element(lines, length, out);
    }
    return wait_for_more(lines, length);
}

/* Each of the following looks at what stands at its place: true when *line says what came of it,
 * false when the place is another now. */

static bool look_in_records(struct file_lines *lines, bool ended, struct source_record *out,
                            enum file_line *line)
{
    char next = '\0';
    bool there = lines->element.begun || skip_between(lines, " \t\r\n,", &next);
    if (next == ']') {
        advance(lines, 1, 0);
        lines->place = FILE_PLACE_CLOSING;
        return false;
    }
    *line = there   ? next_element(lines, ended, out)
            : ended ? give_cut(lines, out)
                    : FILE_LINE_NONE;
    return true;
}

/* Anything but a brace behind the list is left to be a line, which is then no record. */
static bool look_closing(struct file_lines *lines, bool ended, struct source_record *out,
                         enum file_line *line)
{
    char next = '\0';
    if (!skip_between(lines, " \t\r\n", &next)) {
        *line = ended ? give_cut(lines, out) : FILE_LINE_NONE;
        return true;
    }
    advance(lines, next == '}', 0);
    lines->place = next == '}' ? FILE_PLACE_BEHIND : FILE_PLACE_LINES;
    return false;
}

static bool look_behind(struct file_lines *lines, enum file_line *line)
{
    char next = '\0';
    if (!skip_between(lines, " \t\r", &next)) {
        *line = FILE_LINE_NONE;
        return true;
    }
    advance(lines, next == '\n', next == '\n');
    lines->place = FILE_PLACE_LINES;
    return false;
}

/* Whether a document begins here; MAYBE when that cannot be told yet. */
static enum file_head look_for_document(struct file_lines *lines, bool ended)
{
    size_t length = 0;
    if (lines->overlong || lines->searched > FILE_DOCUMENT_HEAD_MAX) {
        return FILE_HEAD_NONE;
    }
    enum file_head head = file_document_head(arrived(lines), &length);
    if (head == FILE_HEAD_FOUND) {
        advance(lines, length, newlines_in(span_of(lines->bytes + lines->start, length)));
        lines->place = FILE_PLACE_RECORDS;
    }
    return head == FILE_HEAD_MAYBE && ended ? FILE_HEAD_NONE : head;
}

static bool look_at_line(struct file_lines *lines, bool ended, struct source_record *out,
                         enum file_line *line)
{
    enum file_head head = look_for_document(lines, ended);
    if (head != FILE_HEAD_FOUND) {
        *line = head == FILE_HEAD_MAYBE ? FILE_LINE_NONE : next_line(lines, ended, out);
    }
    return head != FILE_HEAD_FOUND;
}

static bool look(struct file_lines *lines, bool ended, struct source_record *out,
                 enum file_line *line)
{
    switch (lines->place) {
    case FILE_PLACE_LINES: break;
    case FILE_PLACE_RECORDS: return look_in_records(lines, ended, out, line);
    case FILE_PLACE_CLOSING: return look_closing(lines, ended, out, line);
    case FILE_PLACE_BEHIND: return look_behind(lines, line);
    }
    return look_at_line(lines, ended, out, line);
}

enum file_line file_lines_next(struct file_lines *lines, bool ended, struct source_record *out)
{
    enum file_line line = FILE_LINE_NONE;
    while (!look(lines, ended, out, &line)) {
    }
    return line;
}
