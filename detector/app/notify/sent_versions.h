/* sent_versions.h: the newest version known to be done of each alert, so that older ones are not
 * sent behind it (recovery-rules.md, rule 19). Bounded: the alerts longest not touched go first. */
#ifndef APP_SENT_VERSIONS_H
#define APP_SENT_VERSIONS_H

#include "model/alert.h"

/* 2 MiB. */
enum { SENT_VERSIONS_SETS = 8192, SENT_VERSIONS_WAYS = 8 };

struct sent_versions;
/* Remembers nothing. */
struct sent_versions *sent_versions_new(void);
/* Sets *versions to NULL. */
void sent_versions_free(struct sent_versions **versions);

/* This version of the alert is done: a sink has it, or has refused it. */
void sent_versions_note(struct sent_versions *versions, const struct alert *alert);
/* True when it, or a newer one, was noted and is still remembered. */
bool sent_versions_hold(const struct sent_versions *versions, const struct alert *alert);
/* True when a newer one was noted and is still remembered. */
bool sent_versions_passed(const struct sent_versions *versions, const struct alert *alert);

#endif
