/* diff.h: what differs between the two images of a change. */
#ifndef ENGINE_EVALUATE_DIFF_H
#define ENGINE_EVALUATE_DIFF_H

#include "model/change.h"

/* One top-level attribute that differs; NULL where it is absent. */
struct diff_item {
    struct span name;
    const struct attribute *before;
    const struct attribute *after;
};

/* All of them, by name. */
struct diff {
    const struct diff_item *items;
    size_t count;
};

/* Compares the images attribute by attribute; an image that the change does not carry is empty. The
 * items live in `arena`, the attributes they point to in the change. */
struct diff diff_of(const struct change *change, struct arena *arena);
/* One attribute by its name. */
bool diff_attribute_differs(const struct change *change, struct span name, struct arena *arena);
/* One path: an attribute's name, or names joined by dots, each perhaps in backquotes
 * ("card.number", "`unit.price`"). */
bool diff_path_differs(const struct change *change, struct span path, struct arena *arena);

#endif
