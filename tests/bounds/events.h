/* events.h: an event whose attributes are as large as the database lets an item be. */
#ifndef BOUNDS_EVENTS_H
#define BOUNDS_EVENTS_H

#include "model/value.h"

/* Each attribute alone fills an item of 400 KB: texts (text, twin, wide, json, nested, code),
 * bytes, lists (flags, words, numbers, maps, lists), sets (tags, twin_tags), maps (map, twin_map,
 * deep). Also short: number, other, time, zone, none. Lives in the arena. */
struct value hostile_item(struct arena *arena);

#endif
