/* redeliver.c: one line an alert: id, status, sink, and what became of it. */
#include "app/notify/redeliver.h"

#include "app/complain.h"

enum { ID_SHOWN = 12 };

static enum redeliver_end deal_with(struct redeliver *redeliver, struct span sink,
                                    const struct alert *alert, struct span reason, bool outdated,
                                    struct buf *out)
{
    if (redeliver->dry_run) {
        buf_printf(out, "%srefused: %.*s", outdated ? "outdated; " : "", SPAN_ARG(reason));
        return REDELIVER_KEEP;
    }
    if (outdated) {
        buf_append(out, SPAN("not sent: the sink has a newer state of this alert"));
        redeliver->outdated++;
        return REDELIVER_DROP;
    }
    struct resend_outcome outcome = resend_alert(redeliver->resend, sink, alert);
    resend_outcome_write(&outcome, out);
    redeliver->sent += outcome.verdict == SINK_SENT;
    return outcome.verdict == SINK_SENT ? REDELIVER_DROP : REDELIVER_KEEP;
}

enum redeliver_end redeliver_one(struct redeliver *redeliver, struct span sink,
                                 const struct alert *alert, struct span reason, bool outdated)
{
    char id[DIGEST_HEX_LENGTH + 1];
    struct buf line = {0};
    digest_hex(&alert->id, id);
    redeliver->found++;
    buf_printf(&line, "%.*s %.*s to %.*s: ", ID_SHOWN, id,
               SPAN_ARG(alert_status_name(alert->status)), SPAN_ARG(sink));
    enum redeliver_end end = deal_with(redeliver, sink, alert, reason, outdated, &line);
    buf_append_char(&line, '\n');
    redeliver->closed = !answer(redeliver->invocation, buf_view(&line));
    buf_deinit(&line);
    return end;
}
