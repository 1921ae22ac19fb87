/* kinesis_notices.h: what is to be told to an operator, until somebody asks for it. */
#ifndef KINESIS_KINESIS_NOTICES_H
#define KINESIS_KINESIS_NOTICES_H

#include "base/arena.h"
#include "port/source.h"

enum { KINESIS_NOTICES_MAX = 256 };

/* In place. */
struct kinesis_notices {
    struct arena *arena; /* of the texts; reset when all were taken */
    struct source_notice items[KINESIS_NOTICES_MAX];
    size_t count;
    size_t taken;
    int64_t held_back;
};

/* Holds none. */
void kinesis_notices_init(struct kinesis_notices *notices);
/* Forgets all; nobody may be adding. */
void kinesis_notices_deinit(struct kinesis_notices *notices);
/* Adds one; the texts are copied. What does not fit is counted. */
void kinesis_notices_add(struct kinesis_notices *notices, enum source_notice_kind kind,
                         struct span part, struct span text, int64_t number);
/* The next one; valid until the next call of any of these. */
bool kinesis_notices_take(struct kinesis_notices *notices, struct source_notice *out);

#endif
