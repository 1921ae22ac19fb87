/* alert_members.h: the members of an alert's JSON: one table for the writer and the reader. Inside
 * this layer only. */
#ifndef MODEL_ALERT_MEMBERS_H
#define MODEL_ALERT_MEMBERS_H

#include "model/alert.h"

/* Where a member's text comes from. */
enum alert_member {
    MEMBER_BODY, /* the body, if it has it */
    MEMBER_ID, MEMBER_STATUS, MEMBER_VERSION, MEMBER_FINDING, MEMBER_SEVERITY, MEMBER_EVENT_TIME,
    MEMBER_DETECTED_AT, MEMBER_GROUP, MEMBER_COUNT, MEMBER_FIRST_SEEN, MEMBER_LAST_SEEN,
    MEMBER_SOURCE,
    MEMBER_CORRELATION, /* left out when empty */
};

struct alert_row {
    const char *name;
    enum alert_member member;
};

/* The order of an alert's members. docs/alert.schema.json describes each. */
enum { ALERT_ROW_COUNT = 36 };
extern const struct alert_row alert_rows[ALERT_ROW_COUNT];

/* The row of a name; ALERT_ROW_COUNT without one. */
size_t alert_row_of(struct span name);

#endif
