/* reload.h: takes changed policies and lookups into force between two batches. */
#ifndef APP_RELOAD_H
#define APP_RELOAD_H

#include "app/policies/policy_set.h"
#include "base/log.h"
#include "engine/batch.h"

struct metrics;
struct reload;

/* Starts to watch the policies of the configuration; nothing is loaded. `set` is what will be in
 * force; metrics may be NULL. All must outlive it. */
struct reload *reload_new(const struct config *config, struct policy_set *set,
                          struct metrics *metrics, struct log *log);
void reload_free(struct reload **reload);
/* Who knows the rows of topics; before the first load, and to outlive it. Without, a lookup of a
 * topic is an error. */
void reload_set_feed(struct reload *reload, const struct lookup_feed *feed);
/* Rows of topics have changed: the next reload_look makes lookups anew. */
void reload_touch_lookups(struct reload *reload);
/* Loads policies and lookups for the first time. Files are watched from before they are read, so
 * that no change is missed. STATUS_AGAIN: the feed has not read all topics yet; to be called
 * again. */
MUST_USE enum status reload_first(struct reload *reload, struct diag_list *diags);
/* Loads aside when files changed or SIGHUP came. True: *fresh is sound and waits for reload_put. On
 * any error the old ones stay, with the diagnostics in the log. Never waits. */
bool reload_look(struct reload *reload, struct policy_set *fresh);
/* Puts a set in force, which it takes over; *fresh is empty then. What was in force must not be in
 * use any more. */
void reload_put(struct reload *reload, struct policy_set *fresh);
/* Both for an engine, between two batches. */
void reload_check(struct reload *reload, struct engine *engine);

#endif
