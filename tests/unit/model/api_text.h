/* api_text.h: CloudTrail records for tests, written with ' for ". */
#ifndef TEST_API_TEXT_H
#define TEST_API_TEXT_H

#include "model/api_call.h"

/* The text with every ' made a "; in arena. */
struct span api_text(struct arena *arena, const char *text);
/* A record of a call of dynamodb with these members more ("" or "'a':1,"). */
struct span api_text_record(struct arena *arena, const char *members);
/* Decodes such a record, or fails the test. */
struct change api_text_decode(struct arena *arena, const char *members);
/* "principal=...;session=..." of what `names` (parted by spaces) name among the members of `actor`
 * or `request`; '-' where a call has none. */
struct span api_text_members(struct arena *arena, const struct api_call *call, bool actor,
                             const char *names);

#endif
