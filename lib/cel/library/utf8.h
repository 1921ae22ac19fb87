/* utf8.h: code points of texts, which are well-formed UTF-8. Private to lib/cel. Any thread. */
#ifndef CEL_UTF8_H
#define CEL_UTF8_H

#include "base/span.h"

/* Code points in the text. */
size_t utf8_length(struct span text);
/* Bytes before code point number `index`; text.len when the text is not longer than that. */
size_t utf8_offset(struct span text, size_t index);
/* Bytes of the code point that starts with this byte. */
size_t utf8_size(char first);
/* The code point at *at, which is moved behind it. */
uint32_t utf8_next(struct span text, size_t *at);

#endif
