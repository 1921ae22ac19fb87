/* Folds logs of signals that Python makes, many in one process, and prints their alerts.
 *
 *   stream INPUT THREADS   a new log; INPUT: once or repeats; THREADS 0: one decider, else the 16
 *                          partitions of a micro-batch, folded by so many threads
 *   policy NUMBER EPISODE_US HORIZON_US CORRELATION
 *   signal POLICY GROUP FINDING SOURCE OFFSET TIME_US WATERMARK_US VALUE INPUT INNER
 *                          VALUE, INNER: JSON, or -; INPUT, INNER: 0 and - where they are left out
 *   tick SOURCE OFFSET WATERMARK_US IDLE    IDLE: 0 or 1
 *   restart                one decider: it is saved, and loaded into a new one
 *   batch                  the micro-batch ends
 *   end                    prints "alert STATUS POLICY GROUP COUNT FIRST LAST FINDING CORRELATION"
 *                          for each, then "end LATE KEPT DUPLICATES EVICTED GROUPS"
 * Words are numbers without blanks between them; a group is a number too. */
#include "engine/decide_stage.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLICIES_MAX = 16, WORDS_MAX = 11, BATCH_MAX = 4096, THREADS_MAX = 8 };

struct probe {
    struct worker_pool *pools[THREADS_MAX + 1];
    size_t threads; /* 0: one decider */
    struct decider *decider;
    struct decide_stage *stage;
    struct arena *arena;   /* one stream long */
    struct signal policies[POLICIES_MAX];
    struct signal batch[BATCH_MAX];
    size_t batch_count;
    uint64_t sequence;
    struct alert_list alerts; /* of one decider; those of the stage are printed batch by batch */
    struct decide_counts counts;
};

static void fail(const char *line)
{
    fprintf(stderr, "decide_probe: not understood: %s\n", line);
    exit(1);
}

static int64_t number(const char *word)
{
    return strtoll(word, NULL, 10);
}

static struct span keep(const struct probe *probe, const char *word)
{
    return arena_copy(probe->arena, span_view(word));
}

/* "-" stands for nothing. */
static struct span keep_json(const struct probe *probe, const char *word)
{
    return strcmp(word, "-") == 0 ? SPAN("") : keep(probe, word);
}

static void print_alerts(const struct alert_list *alerts)
{
    for (size_t i = 0; i < alerts->count; i++) {
        const struct alert *alert = &alerts->items[i];
        uint64_t finding;
        memcpy(&finding, alert->signal.finding.bytes, sizeof finding);
        printf("alert %.*s %u %.*s %" PRIu64 " %" PRId64 " %" PRId64 " %" PRIu64 " %.*s\n",
               SPAN_ARG(alert_status_name(alert->status)), alert->signal.state_id.bytes[0],
               SPAN_ARG(alert->signal.group_key), alert->count, alert->first_us, alert->last_us,
               finding, SPAN_ARG(alert->correlation));
    }
}

static void begin(struct probe *probe, char **words)
{
    bool repeats = strcmp(words[0], "repeats") == 0;
    probe->threads = (size_t)number(words[1]);
    arena_reset(probe->arena);
    decider_free(&probe->decider);
    decide_stage_free(&probe->stage);
    if (probe->threads == 0) {
        probe->decider = decider_new(repeats ? DECIDE_REPEATS : DECIDE_ONCE);
    } else {
        check(!repeats && probe->threads <= THREADS_MAX);
        probe->stage = decide_stage_new();
        if (!probe->pools[probe->threads]) {
            probe->pools[probe->threads] = worker_pool_new(probe->threads);
        }
        decide_stage_begin(probe->stage);
    }
    probe->batch_count = 0;
    probe->sequence = 0;
    probe->alerts = (struct alert_list){0};
    probe->counts = (struct decide_counts){0};
}

static void policy(struct probe *probe, char **words)
{
    size_t place = (size_t)number(words[0]);
    check(place < POLICIES_MAX);
    struct signal *signal = &probe->policies[place];
    *signal = (struct signal){
        .kind = SIGNAL_MATCH,
        .policy_id = SPAN("p"),
        .severity = SPAN("high"),
        .episode_us = number(words[1]),
        .horizon_us = number(words[2]),
        .body = SPAN("{}"),
        .correlation = keep(probe, words[3]),
    };
    signal->state_id.bytes[0] = (unsigned char)place;
}

static void flush(struct probe *probe)
{
    static enum decide_outcome outcomes[BATCH_MAX];
    if (probe->stage && probe->batch_count > 0) {
        decide_stage_fold(probe->stage, probe->pools[probe->threads], probe->batch,
                          probe->batch_count, outcomes);
        probe->batch_count = 0;
    }
}

static void end_batch(struct probe *probe)
{
    flush(probe);
    if (probe->stage) {
        struct alert_list alerts = decide_stage_alerts(probe->stage, 1, probe->arena);
        print_alerts(&alerts);
        decide_stage_begin(probe->stage);
    }
}

static void fold(struct probe *probe, const struct signal *signal)
{
    if (probe->decider) {
        (void)decider_fold(probe->decider, signal, probe->arena, &probe->alerts);
    } else if (signal->kind == SIGNAL_TICK) {
        flush(probe);
        decide_stage_fold_one(probe->stage, signal);
    } else {
        check(probe->batch_count < BATCH_MAX);
        probe->batch[probe->batch_count++] = *signal;
    }
}

static void take_signal(struct probe *probe, char **words)
{
    struct signal signal = probe->policies[number(words[0]) % POLICIES_MAX];
    uint64_t finding = (uint64_t)number(words[2]);
    signal.sequence = ++probe->sequence;
    signal.group_key = keep(probe, words[1]);
    memcpy(signal.finding.bytes, &finding, sizeof finding);
    signal.source = keep(probe, words[3]);
    signal.offset = (uint64_t)number(words[4]);
    signal.event_time_us = number(words[5]);
    signal.watermark_us = number(words[6]);
    signal.input = words[8] ? (uint32_t)number(words[8]) : 0;
    signal.value = keep_json(probe, words[7]);
    signal.inner = words[8] && words[9] ? keep_json(probe, words[9]) : SPAN("");
    fold(probe, &signal);
}

static void take_tick(struct probe *probe, char **words)
{
    struct signal signal = {
        .sequence = ++probe->sequence,
        .kind = SIGNAL_TICK,
        .source = keep(probe, words[0]),
        .offset = (uint64_t)number(words[1]),
        .event_time_us = number(words[2]),
        .watermark_us = number(words[2]),
        .idle = number(words[3]) == 1,
    };
    fold(probe, &signal);
}

static void add_counts(struct probe *probe)
{
    struct decide_counts counts = {0};
    if (probe->decider) {
        counts = decider_take_counts(probe->decider);
    } else {
        decide_stage_take_counts(probe->stage, &counts);
    }
    probe->counts.late += counts.late;
    probe->counts.kept += counts.kept;
    probe->counts.duplicates += counts.duplicates;
    probe->counts.evicted += counts.evicted;
}

static void restart(struct probe *probe)
{
    struct buf bytes = {0};
    struct decider *loaded = NULL;
    const char *problem = "";
    add_counts(probe);
    decider_save(probe->decider, &bytes);
    if (decider_load(buf_view(&bytes), &problem, &loaded) != STATUS_OK) {
        fail(problem);
    }
    decider_free(&probe->decider);
    probe->decider = loaded;
    buf_deinit(&bytes);
}

static void end(struct probe *probe)
{
    end_batch(probe);
    if (probe->decider) {
        print_alerts(&probe->alerts);
    }
    add_counts(probe);
    printf("end %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu\n", probe->counts.late,
           probe->counts.kept, probe->counts.duplicates, probe->counts.evicted,
           probe->decider ? decider_group_count(probe->decider) : 0);
}

static void obey(struct probe *probe, char *line)
{
    char *words[WORDS_MAX + 1] = {NULL};
    char *rest = NULL;
    size_t count = 0;
    for (char *word = strtok_r(line, " \n", &rest); word && count < WORDS_MAX;
         word = strtok_r(NULL, " \n", &rest)) {
        words[count++] = word;
    }
    const char *verb = count ? words[0] : "";
    if (strcmp(verb, "stream") == 0 && count == 3) {
        begin(probe, words + 1);
    } else if (strcmp(verb, "policy") == 0 && count == 5) {
        policy(probe, words + 1);
    } else if (strcmp(verb, "signal") == 0 && count >= 9) {
        take_signal(probe, words + 1);
    } else if (strcmp(verb, "tick") == 0 && count == 5) {
        take_tick(probe, words + 1);
    } else if (strcmp(verb, "restart") == 0 && probe->decider) {
        restart(probe);
    } else if (strcmp(verb, "batch") == 0) {
        end_batch(probe);
    } else if (strcmp(verb, "end") == 0) {
        end(probe);
    } else {
        fail(verb);
    }
}

int main(void)
{
    static struct probe probe;
    char *line = NULL;
    size_t size = 0;
    probe.arena = arena_new(0);
    while (getline(&line, &size, stdin) > 0) {
        obey(&probe, line);
    }
    free(line);
    decider_free(&probe.decider);
    decide_stage_free(&probe.stage);
    for (size_t i = 0; i <= THREADS_MAX; i++) {
        worker_pool_free(&probe.pools[i]);
    }
    arena_free(&probe.arena);
    return 0;
}
