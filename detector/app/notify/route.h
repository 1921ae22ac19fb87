/* route.h: which sinks get an alert. */
#ifndef APP_ROUTE_H
#define APP_ROUTE_H

#include "app/config/config.h"
#include "model/alert.h"

/* What of an alert decides its way; lives in the arena given. */
struct route_subject {
    struct span policy_id;
    struct span severity;
    struct value tags;   /* list of texts, or null */
    struct value routes; /* that the policy names; likewise */
};

/* Reads tags and routes out of the alert's body. */
struct route_subject route_subject_of(const struct alert *alert, struct arena *arena);

/* True when the sink gets the alert: by a route that the policy names, by one whose match fits, or,
 * when there is none of these, by the route `default`. Without any routes every sink gets all. */
bool route_reaches(const struct config_value *routes, const struct route_subject *subject,
                   struct span sink);
/* True when any route takes it. */
bool route_exists(const struct config_value *routes, const struct route_subject *subject);

#endif
