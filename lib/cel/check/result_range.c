/* result_range.c: a table of the library's functions that count or name a part of a date. */
#include "cel/check/result_range.h"

#include "cel/check/type_match.h"

static const struct {
    struct span name;
    bool of_timestamps; /* of durations the same name counts without end */
    struct cel_range range;
} functions[] = {
    {{"size", 4}, false, {"0 or more", 0, INT64_MAX}},
    {{"indexOf", 7}, false, {"-1 or more", -1, INT64_MAX}},
    {{"lastIndexOf", 11}, false, {"-1 or more", -1, INT64_MAX}},
    {{"family", 6}, false, {"4 or 6", 4, 6}},
    {{"prefixLength", 12}, false, {"0 to 128", 0, 128}},
    {{"getMonth", 8}, true, {"0 (January) to 11", 0, 11}},
    {{"getDate", 7}, true, {"1 to 31", 1, 31}},
    {{"getDayOfMonth", 13}, true, {"0 to 30 (getDate counts from 1)", 0, 30}},
    {{"getDayOfWeek", 12}, true, {"0 (Sunday) to 6", 0, 6}},
    {{"getDayOfYear", 12}, true, {"0 to 365", 0, 365}},
    {{"getHours", 8}, true, {"0 to 23", 0, 23}},
    {{"getMinutes", 10}, true, {"0 to 59", 0, 59}},
    {{"getSeconds", 10}, true, {"0 to 59", 0, 59}},
    {{"getMilliseconds", 15}, true, {"0 to 999", 0, 999}},
};

const struct cel_range *cel_result_range(const struct cel_node *node)
{
    bool counts = node->kind == CEL_NODE_CALL && node->resolved.len && node->type &&
                  cel_type_unwrapped(node->type)->kind == CEL_TYPE_INT;
    for (size_t i = 0; counts && i < sizeof functions / sizeof *functions; i++) {
        bool time = node->target && node->target->type &&
                    cel_type_unwrapped(node->target->type)->kind == CEL_TYPE_TIMESTAMP;
        if (span_equals(node->resolved, functions[i].name) &&
            (time || !functions[i].of_timestamps)) {
            return &functions[i].range;
        }
    }
    return NULL;
}
