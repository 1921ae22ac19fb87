/* file_lines.h: a window over bytes that arrive, cut into records without copying them: lines, or
 * the elements of a document {"Records": [...]}. */
#ifndef FILE_FILE_LINES_H
#define FILE_FILE_LINES_H

#include "file/file_document.h"
#include "port/source.h"

/* What is kept of a line that is too long. */
enum { FILE_LINES_PREFIX_BYTES = 64 * 1024 };

enum file_line { FILE_LINE_NONE, FILE_LINE_BLANK, FILE_LINE_RECORD };

/* Where the next byte stands; kept with a position, so that reading goes on there. */
enum file_place {
    FILE_PLACE_LINES,
    FILE_PLACE_RECORDS, /* between the elements of a document */
    FILE_PLACE_CLOSING, /* behind the last of them */
    FILE_PLACE_BEHIND,  /* behind the document, before the end of its line */
};

struct file_lines {
    char *bytes;             /* [start, end) arrived and is not cut yet */
    size_t capacity;
    size_t start;
    size_t end;
    size_t searched;         /* bytes from start that hold no newline */
    size_t record_bytes_max;
    uint64_t offset;         /* of the next line in the source */
    uint64_t line;           /* its number, from 1 */
    char *prefix;            /* of a line that does not fit the window */
    enum file_place place;
    struct file_element element;
    bool overlong;           /* such a line is being passed over */
    uint64_t passed;         /* how much of it */
    char refusal[96];        /* why a line that is too long is refused */
};

/* An empty window at offset 0, line 1. Records of more than record_bytes_max bytes (without the
 * line end) are refused, with their start kept. _deinit frees the window and the lines in it. */
void file_lines_init(struct file_lines *lines, size_t record_bytes_max);
void file_lines_deinit(struct file_lines *lines);
/* Forgets everything; the next byte to come is at `offset`, in line number `line`, and there. */
void file_lines_restart(struct file_lines *lines, uint64_t offset, uint64_t line,
                        enum file_place place);

/* Where to put more bytes; at least 1 byte of room. Invalidates the lines given before. */
char *file_lines_room(struct file_lines *lines, size_t *room);
/* So many bytes were put into the room. */
void file_lines_arrived(struct file_lines *lines, size_t bytes);
/* Cuts the next line; CR before LF is not part of it; white space alone is blank. With `ended` the
 * rest without a newline is a line too. Where a line begins with {"Records": [ its elements are
 * records, over as many lines as they take. A record is valid until file_lines_room. */
enum file_line file_lines_next(struct file_lines *lines, bool ended, struct source_record *out);
/* Bytes that wait for the end of their line. */
uint64_t file_lines_pending(const struct file_lines *lines);

#endif
