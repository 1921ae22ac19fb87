/* text.h: data made fit for a person's eye: bounded, and without characters that hide or
 * reorder. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* What stands at the end of a text that was cut. */
#define TEXT_CUT_MARK "\xE2\x80\xA6"

/* The greatest length <= length_max that does not split a code point. */
size_t text_cut_length(struct span text, size_t length_max);
/* The text, or its beginning and the mark: at most length_max bytes, which is at least 3. A view of
 * `text`, or of `arena`. */
struct span text_cut(struct span text, size_t length_max, struct arena *arena);
/* Appends UTF-8 text: line breaks and tabs become spaces; other C0 and C1 controls and those that
 * change the direction of writing are left out. */
void text_append_visible(struct buf *out, struct span text);

#endif
