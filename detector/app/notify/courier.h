/* courier.h: brings alerts to one sink, whatever that answers: sends in batches, waits and repeats,
 * keeps the states of an alert in order, sets aside what the sink refuses for good. It has no
 * thread, no clock and no store: its owner feeds it stretches of alerts and keeps its cursor.
 *
 *     courier_load ─▶ courier_step ... ─▶ COURIER_DONE ─▶ courier_load
 *
 * An alert is settled when the sink took it, when it is not for this sink, when a newer version of
 * it is settled (rule 19), or when its refusal is durable with the owner (rule 18). The cursor may
 * follow courier_settled. A failing alert holds back later states of itself, and the next stretch.
 * One thread at a time. */
#ifndef APP_COURIER_H
#define APP_COURIER_H

#include "port/sink.h"

enum {
    COURIER_STRETCH_MAX = 256,
    /* Waits between sends that were not taken double from the first to the last of each pair; half
     * of a wait is chance. */
    COURIER_LATER_MS = 200,
    COURIER_LATER_MS_MAX = 30 * 1000,
    COURIER_BLOCKED_MS = 5 * 1000,
    COURIER_BLOCKED_MS_MAX = 5 * 60 * 1000,
    COURIER_ASKED_MS_MAX = 5 * 60 * 1000, /* longest wait that a sink may ask for */
};

/* What a courier tells its owner's log. */
enum courier_news {
    COURIER_TROUBLE,   /* the sink takes nothing for now; once until it does again */
    COURIER_BLOCKED,   /* likewise, and a person must act */
    COURIER_RECOVERED, /* it takes alerts again */
    COURIER_REFUSAL,   /* of one alert, for good */
};

struct courier_options {
    struct sink *sink; /* opened; stays the owner's */
    /* Whether the sink is to get the alert. NULL: it gets all. */
    bool (*wants)(void *context, const struct alert *alert);
    /* alert: of COURIER_REFUSAL, else NULL. May be NULL. */
    void (*tell)(void *context, enum courier_news news, const struct alert *alert,
                 struct span reason);
    void *context;
    uint64_t seed; /* of chance */
};

struct courier;
/* Has sent nothing. What the options point to must outlive it. */
struct courier *courier_new(const struct courier_options *options);
/* Sets *courier to NULL; the sink stays the caller's. */
void courier_free(struct courier **courier);

/* This version was dealt with before the cursor: notes it, sends nothing (rule 19). */
void courier_recall(struct courier *courier, const struct alert *alert);
/* The next alerts in order, at most COURIER_STRETCH_MAX, which must live until the stretch is done
 * or courier_drop; the stretch before must be done. */
void courier_load(struct courier *courier, const struct alert *alerts, size_t count);
/* The same of alerts that were sent already and are sent once more, unless a newer version was
 * (rule 20). */
void courier_load_again(struct courier *courier, const struct alert *alerts, size_t count);
/* Forgets the stretch: what is not settled is somebody else's now. */
void courier_drop(struct courier *courier);

enum courier_step {
    COURIER_DONE,    /* all of the stretch is settled */
    COURIER_SENT,    /* a batch was sent: step again */
    COURIER_WAITS,   /* until courier_due_ns */
    COURIER_REFUSED, /* courier_refusals are to be made durable; then courier_refusals_kept */
};
/* Sends at most one batch. now_ns: clock_monotonic_ns. */
MUST_USE enum courier_step courier_step(struct courier *courier, uint64_t now_ns);
uint64_t courier_due_ns(const struct courier *courier);

/* An alert of the stretch that the sink refused for good, and why; lives until the next step. */
struct courier_refusal {
    const struct alert *alert;
    struct span reason;
};
/* Those of the stretch that are not kept yet; the cursor waits for them (rule 18). */
const struct courier_refusal *courier_refusals(const struct courier *courier, size_t *count);
/* All of them are durable elsewhere: the cursor may pass. */
void courier_refusals_kept(struct courier *courier);

/* How many alerts from the start of the stretch are settled without a gap. */
size_t courier_settled(const struct courier *courier);

/* Sums since it was made. */
struct courier_stats {
    uint64_t sent;      /* alerts that the sink took */
    uint64_t refused;
    uint64_t unwanted;  /* not for this sink */
    uint64_t outdated;  /* older than what was settled */
    uint64_t failed;    /* sends of which something was not taken */
    uint64_t blocked;   /* likewise, where a person must act; not in `failed` */
    uint64_t failing_since_ns; /* when the sink last began to take nothing; 0: it takes */
};
/* Sums since the start. */
struct courier_stats courier_stats(const struct courier *courier);

#endif
