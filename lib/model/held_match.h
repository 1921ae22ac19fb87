/* held_match.h: a match that is held back because a row that it depends on may arrive late: all
 * that is needed to ask its policy again (recovery-rules.md, rules 8 and 21). */
#ifndef MODEL_HELD_MATCH_H
#define MODEL_HELD_MATCH_H

#include "base/span.h"
#include "model/dynamodb.h"

struct held_match {
    uint64_t number;         /* among those of its source, from 1, ascending; set when it is kept */
    uint64_t offset;         /* of the record in its source */
    struct span policy_id;
    int64_t event_time_us;
    int64_t due_us;          /* asked again once the watermark of its source is there */
    int64_t told_us;        /* the watermark before its record: what is told while it is held */
    int64_t arrival_us;      /* 0: not told */
    int64_t detected_us;     /* wall clock when it was found first */
    struct span account;     /* of the change where the record names none */
    enum record_format format;
    struct span bytes;       /* the event as received */
};

#endif
