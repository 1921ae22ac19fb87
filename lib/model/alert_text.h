/* alert_text.h: an alert for a person's eye: one line, or some lines of plain text. */
#ifndef MODEL_ALERT_TEXT_H
#define MODEL_ALERT_TEXT_H

#include "model/alert.h"

enum { ALERT_TEXT_BYTES_MAX = 8 * 1024 };

/* Appends "[high] Price fell below cost", the status in place of the severity once it is resolved:
 * one line of at most characters_max code points (at least 3), a longer one ends in U+2026. */
void alert_write_line(const struct alert *alert, size_t characters_max, struct buf *out);
/* Appends the text of a mail: what, where, when, the first changes, what to do, and the id; at most
 * ALERT_TEXT_BYTES_MAX bytes, with lines that end in a line feed and no other control characters.
 */
void alert_write_text(const struct alert *alert, struct buf *out);

#endif
