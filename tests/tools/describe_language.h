/* describe_language.h: the tables of docs/POLICY_LANGUAGE.md. */
#ifndef TESTS_DESCRIBE_LANGUAGE_H
#define TESTS_DESCRIBE_LANGUAGE_H

#include "base/buf.h"

/* The page with what stands between "<!-- table: TOPIC -->" and "<!-- end -->" written anew from
 * the table of functions and the manual. False, and a message on stderr: the page names a topic
 * that there is not, or leaves one out. */
bool describe_language(struct span page, struct buf *out);

#endif
