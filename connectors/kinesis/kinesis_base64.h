/* kinesis_base64.h: decodes base64 where it stands, once, at the speed of memory: pages of records
 * are little else. */
#ifndef KINESIS_KINESIS_BASE64_H
#define KINESIS_KINESIS_BASE64_H

#include "base/span.h"

/* Decodes the digits from `text` up to the first byte that is none, over themselves. *length is the
 * number of bytes they stand for; returns the first byte behind digits and padding, or NULL when
 * they are no base64 of whole bytes. At least one byte before `end` must be no digit. */
char *kinesis_base64_decode(char *text, const char *end, size_t *length);

#endif
