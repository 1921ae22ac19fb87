/* aws_form.h: percent-encoding, and the forms that query services are sent. */
#ifndef AWS_AWS_FORM_H
#define AWS_AWS_FORM_H

#include "base/buf.h"

/* Appends `text` with every byte but A-Z a-z 0-9 - . _ ~ (and '/' when kept) as %XX, upper case:
 * RFC 3986, section 2.3, as signing wants it. */
void aws_percent_encode(struct span text, bool keep_slash, struct buf *out);
/* Appends name=value to a form, encoded (a space as '+'), with '&' before all but the first. */
void aws_form_add(struct buf *form, const char *name, struct span value);
/* The same with a name like printf's: "PublishBatchRequestEntries.member.%zu.Id". */
void aws_form_add_at(struct buf *form, struct span value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
