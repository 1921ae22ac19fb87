/* plan_table.h: how large the hash tables of a plan's indexes are. */
#ifndef POLICY_PLAN_TABLE_H
#define POLICY_PLAN_TABLE_H

#include <stddef.h>

/* Entries for so many names: a power of two, at most half full. */
static inline size_t plan_table_size(size_t names)
{
    size_t size = 8;
    while (size < names * 2) {
        size *= 2;
    }
    return size;
}

#endif
