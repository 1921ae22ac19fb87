/* resend.h: sends single alerts by a person's wish, outside of any courier: `notify test` and
 * `alerts redeliver`. */
#ifndef APP_RESEND_H
#define APP_RESEND_H

#include "app/command.h"
#include "app/config/config.h"
#include "port/sink.h"

/* What became of one alert. */
struct resend_outcome {
    enum sink_verdict verdict;
    bool tried;         /* false: the sink was not asked at all */
    struct span reason; /* unless it was sent; lives until the next resend */
};

struct resend;

/* Sinks are made when they are first needed, in the invocation's arena. */
struct resend *resend_new(const struct invocation *invocation, const struct config *config);
void resend_free(struct resend **resend);

/* Sends the alert to the sink of that name. Files are not written to: the detector that owns one
 * knows its length. A sink that takes nothing at present is not asked again. */
struct resend_outcome resend_alert(struct resend *resend, struct span sink,
                                   const struct alert *alert);
/* "sent", "refused: why", "not taken: why", "not tried: why". */
void resend_outcome_write(const struct resend_outcome *outcome, struct buf *out);

#endif
