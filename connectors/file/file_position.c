/* file_position.c: the position as one line of text, and back; a text that is not ours is
 * refused. */
#include "file/file_position.h"

#include <inttypes.h>
#include <stdio.h>

struct span file_position_format(const struct file_position *position,
                                 char out[FILE_POSITION_TEXT_SIZE])
{
    int length = snprintf(out, FILE_POSITION_TEXT_SIZE, "%s %" PRIu64 " %" PRIu64,
                          position->identity, position->offset, position->line);
    if (position->place != FILE_PLACE_LINES) {
        length += snprintf(out + length, FILE_POSITION_TEXT_SIZE - (size_t)length, " %d",
                           (int)position->place);
    }
    return span_of(out, (size_t)length);
}

bool file_position_parse(struct span text, struct file_position *out)
{
    char copy[FILE_POSITION_TEXT_SIZE];
    struct file_position position;
    if (text.len >= sizeof copy) {
        return false;
    }
    snprintf(copy, sizeof copy, "%.*s", SPAN_ARG(text));
    unsigned place = FILE_PLACE_LINES;
    int members = sscanf(copy, "%127s %" SCNu64 " %" SCNu64 " %u", position.identity,
                         &position.offset, &position.line, &place);
    if (members < 3 || position.line == 0 || place > FILE_PLACE_BEHIND) {
        return false;
    }
    position.place = (enum file_place)place;
    *out = position;
    return true;
}
