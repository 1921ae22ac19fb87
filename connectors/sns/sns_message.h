/* sns_message.h: an alert as SNS takes it: texts by protocol, attributes that filter policies
 * match, order and identity for FIFO topics. Pure. */
#ifndef SNS_SNS_MESSAGE_H
#define SNS_SNS_MESSAGE_H

#include "base/arena.h"
#include "model/alert.h"

enum {
    SNS_BYTES_MAX = 256 * 1024, /* of a message, and of all messages of a batch */
    SNS_ATTRIBUTES_MAX = 8,
    SNS_SUBJECT_CHARACTERS = 99,
    SNS_SMS_CHARACTERS = 140,
};

struct sns_attribute {
    const char *name;
    struct span value; /* never empty: SNS refuses that */
};

struct sns_message {
    struct span text;    /* JSON by protocol: default, email, sms (MessageStructure=json) */
    struct span subject; /* of mails */
    struct sns_attribute attributes[SNS_ATTRIBUTES_MAX]; /* all of type String */
    size_t attribute_count;
    struct span group;   /* FIFO: the alert's id, so that its states keep their order; else empty */
    struct span dedup;   /* FIFO: id and version; else empty */
    size_t size_bytes;   /* what counts against SNS_BYTES_MAX */
};

/* In `arena`. An alert that does not fit is cut (alert_write_json_cut). */
const struct sns_message *sns_message_render(const struct alert *alert, bool fifo,
                                             struct arena *arena);

#endif
