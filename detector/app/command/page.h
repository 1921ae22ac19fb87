/* page.h: an alert for a person: a line of a list, or the whole page. */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "model/alert.h"

/* The heads of the columns that page_write_row fills. */
void page_write_head(struct buf *out);
/* One line: id, time, severity, status, findings, policy, title. */
void page_write_row(const struct alert *alert, bool colour, struct buf *out);
/* What broke in one sentence, values, before and after, keys, how many, first and last, steps,
 * runbook, policy and version, id. */
void page_write_alert(const struct alert *alert, bool colour, struct buf *out);

#endif
