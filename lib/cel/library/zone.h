/* zone.h: how far a place's clocks are from UTC. Private to lib/cel. Immutable; any thread. */
#ifndef CEL_ZONE_H
#define CEL_ZONE_H

#include "base/arena.h"

struct zone;

/* "UTC", "+11:00", "02:00", or a name of the zone database ("Europe/Berlin"), read from
 * /usr/share/zoneinfo. NULL: no such zone. Lives in the arena. */
const struct zone *zone_load(struct span name, struct arena *arena);
/* Seconds east of UTC at this instant. */
int32_t zone_offset(const struct zone *zone, int64_t seconds);

/* A day of the year on which clocks change: the week-th day_of_week of a month (5: the last). */
struct zone_change {
    int month; /* 1 to 12 */
    int week;
    int day_of_week;  /* 0 = Sunday */
    int32_t seconds;  /* after midnight, local time; may lie on another day */
};

/* What holds after the last known transition (POSIX TZ, RFC 8536 section 3.3). */
struct zone_rule {
    int32_t standard_seconds;
    int32_t summer_seconds;
    bool has_summer;
    struct zone_change to_summer;
    struct zone_change to_standard;
};

/* Reads "\nCET-1CEST,M3.5.0,M10.5.0/3\n". False: none, or another form. */
bool zone_rule_parse(struct span text, struct zone_rule *out);
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t seconds);

#endif
