/* route.c: what an alert must have for each route, and the default route for what no other
 * takes. */
#include "app/notify/route.h"

#include "model/json.h"

static bool list_holds(const struct value *list, struct span text)
{
    for (size_t i = 0; list->kind == VALUE_LIST && i < list->list.count; i++) {
        const struct value *item = &list->list.items[i];
        if (item->kind == VALUE_STRING && span_equals(item->text, text)) {
            return true;
        }
    }
    return false;
}

static struct value member(const struct value *body, const char *name)
{
    const struct value *found =
        body->kind == VALUE_MAP ? value_map_get(body, span_view(name)) : NULL;
    return found ? *found : value_null();
}

struct route_subject route_subject_of(const struct alert *alert, struct arena *arena)
{
    struct value body = value_null();
    struct json_error error;
    if (json_read(alert->signal.body, JSON_NUMBERS_DECIMAL, arena, &error, &body) != STATUS_OK) {
        body = value_null(); /* a body of ours is JSON; an alert is delivered even if it were not */
    }
    return (struct route_subject){
        .policy_id = alert->signal.policy_id,
        .severity = alert->signal.severity,
        .tags = member(&body, "tags"),
        .routes = member(&body, "routes"),
    };
}

static bool fits_texts(const struct config_value *wanted, struct span text)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (span_matches_glob(text, wanted->texts[i])) {
            return true;
        }
    }
    return wanted->count == 0;
}

static bool fits_tags(const struct config_value *wanted, const struct value *tags)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (list_holds(tags, wanted->texts[i])) {
            return true;
        }
    }
    return wanted->count == 0;
}

static bool has_match(const struct config_item *route)
{
    return route->values[CONFIG_ROUTE_POLICIES].count || route->values[CONFIG_ROUTE_TAGS].count ||
           route->values[CONFIG_ROUTE_SEVERITIES].count;
}

static bool fits(const struct config_item *route, const struct route_subject *subject)
{
    return fits_texts(&route->values[CONFIG_ROUTE_POLICIES], subject->policy_id) &&
           fits_texts(&route->values[CONFIG_ROUTE_SEVERITIES], subject->severity) &&
           fits_tags(&route->values[CONFIG_ROUTE_TAGS], &subject->tags);
}

static bool is_default(const struct config_item *route)
{
    return span_equals(config_text(route, CONFIG_ROUTE_NAME), SPAN("default"));
}

static bool takes(const struct config_item *route, const struct route_subject *subject)
{
    return list_holds(&subject->routes, config_text(route, CONFIG_ROUTE_NAME)) ||
           (!is_default(route) && has_match(route) && fits(route, subject));
}

static bool any_takes(const struct config_value *routes, const struct route_subject *subject)
{
    for (size_t i = 0; i < routes->count; i++) {
        if (takes(&routes->items[i], subject)) {
            return true;
        }
    }
    return false;
}

static bool leads_to(const struct config_item *route, struct span sink)
{
    const struct config_value *sinks = &route->values[CONFIG_ROUTE_SINKS];
    for (size_t i = 0; i < sinks->count; i++) {
        if (span_equals(sinks->texts[i], sink)) {
            return true;
        }
    }
    return false;
}

bool route_reaches(const struct config_value *routes, const struct route_subject *subject,
                   struct span sink)
{
    bool by_default = !any_takes(routes, subject);
    for (size_t i = 0; i < routes->count; i++) {
        const struct config_item *route = &routes->items[i];
        bool chosen = by_default ? is_default(route) && fits(route, subject)
                                 : takes(route, subject);
        if (chosen && leads_to(route, sink)) {
            return true;
        }
    }
    return routes->count == 0;
}

bool route_exists(const struct config_value *routes, const struct route_subject *subject)
{
    bool exists = routes->count == 0 || any_takes(routes, subject);
    for (size_t i = 0; i < routes->count && !exists; i++) {
        exists = is_default(&routes->items[i]) && fits(&routes->items[i], subject);
    }
    return exists;
}
