/* file_position.h: where a file source stands, as the text that the store keeps. */
#ifndef FILE_FILE_POSITION_H
#define FILE_FILE_POSITION_H

#include "base/span.h"
#include "file/file_identity.h"
#include "file/file_lines.h"

enum { FILE_POSITION_TEXT_SIZE = FILE_IDENTITY_TEXT_SIZE + 48 };

struct file_position {
    char identity[FILE_IDENTITY_TEXT_SIZE]; /* "-" for a stream, which cannot be resumed */
    uint64_t offset; /* of the next line; in the content, not in its compressed form */
    uint64_t line;   /* of the next line, from 1 */
    enum file_place place;
};

/* "identity offset line", and inside of a document its place as a number; the view of `out`. */
struct span file_position_format(const struct file_position *position,
                                 char out[FILE_POSITION_TEXT_SIZE]);
/* False for a text of another form. */
bool file_position_parse(struct span text, struct file_position *out);

#endif
