/* page_label.h: how the lines of a page begin. */
#ifndef APP_PAGE_LABEL_H
#define APP_PAGE_LABEL_H

#include "base/buf.h"

/* Of a line that goes on with the section of the line before; as wide as a label. */
#define PAGE_INDENT "          "

/* Begins a line; "" goes on with the section of the line before. */
static inline void page_label(const char *name, struct buf *out)
{
    buf_printf(out, "%-*s", (int)sizeof PAGE_INDENT - 1, name);
}

#endif
