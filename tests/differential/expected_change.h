/* expected_change.h: what dynamodb_decode must answer for a record, told from jansson's tree. */
#ifndef DIFFERENTIAL_EXPECTED_CHANGE_H
#define DIFFERENTIAL_EXPECTED_CHANGE_H

#include "model/dynamodb.h"
#include "oracle.h"

/* A record may break a rule and exceed a limit at once; then either answer is right. */
struct expected_change {
    bool invalid;
    bool limit;
    bool time_rounded; /* the time was no integer: event_time_us may be off by one */
    enum change_op op;
    int64_t event_time_us;
    struct span table;
    struct span region;
    struct span event_id;
    struct span principal_id;
    struct span principal_type;
    const struct oracle_node *keys; /* NULL when absent */
    const struct oracle_node *old_image;
    const struct oracle_node *new_image;
};

struct expected_change expect_change(const struct oracle_node *root, enum record_format format);
/* Levels of containers in a tree. */
size_t oracle_depth(const struct oracle_node *node);
/* The one member of a typed attribute value; its tag in *tag, NULL when there is not just one. */
const struct oracle_node *oracle_typed(const struct oracle_node *node, struct span *tag);

#endif
