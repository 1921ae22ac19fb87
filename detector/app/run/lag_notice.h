/* lag_notice.h: a shard that is read too far behind its end, as a finding: whoever is paged for
 * alerts must hear that they come late. */
#ifndef APP_LAG_NOTICE_H
#define APP_LAG_NOTICE_H

#include "base/arena.h"
#include "model/signal.h"

/* What such an alert names as its policy. */
#define LAG_NOTICE_POLICY "deltaward-iterator-age"

struct lag_notice {
    struct span source;
    struct span account;
    struct span part;
    int64_t behind_ms;
    int64_t limit_ms;
    int64_t now_us;
    int64_t watermark_us; /* of the source; INT64_MIN: nothing was read yet */
};

/* One an hour of the source's time and shard; resolved when the source's time has moved on by that.
 * Texts live in arena. */
struct signal lag_notice_signal(const struct lag_notice *notice, struct arena *arena);

#endif
