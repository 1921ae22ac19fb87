/* page_correlation.h: why a correlation made an alert, for a person. */
#ifndef APP_PAGE_CORRELATION_H
#define APP_PAGE_CORRELATION_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends what was seen, what was asked or expected, and the first events that made it. `text` is
 * the alert's member `correlation`; nothing where it is empty. `arena` is used meanwhile. */
void page_write_correlation(struct span text, struct arena *arena, struct buf *out);

#endif
