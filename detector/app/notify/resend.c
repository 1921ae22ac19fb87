/* resend.c: each sink is made once, and given up once it takes nothing. */
#include "app/notify/resend.h"

#include "app/notify/sinks.h"

/* A sink of the configuration. */
struct entry {
    const struct config_item *item;
    struct sink *sink;  /* NULL until it is needed */
    struct span gone;   /* why it is not asked any more; empty while it is */
};

struct resend {
    const struct invocation *invocation;
    const struct config *config;
    struct entry *entries;
    size_t count;
};

struct resend *resend_new(const struct invocation *invocation, const struct config *config)
{
    const struct config_value *sinks = config_root_value(config, CONFIG_SINKS);
    struct resend *resend = arena_alloc(invocation->arena, sizeof *resend);
    *resend = (struct resend){
        .invocation = invocation,
        .config = config,
        .entries = arena_array(invocation->arena, sinks->count, sizeof *resend->entries),
        .count = sinks->count,
    };
    for (size_t i = 0; i < sinks->count; i++) {
        resend->entries[i].item = &sinks->items[i];
    }
    return resend;
}

void resend_free(struct resend **resend)
{
    struct resend *ended = *resend;
    for (size_t i = 0; i < ended->count; i++) {
        if (ended->entries[i].sink) {
            ended->entries[i].sink->ops->free(ended->entries[i].sink);
        }
    }
    *resend = NULL;
}

static struct entry *find(struct resend *resend, struct span name)
{
    for (size_t i = 0; i < resend->count; i++) {
        if (span_equals(config_text(resend->entries[i].item, CONFIG_SINK_NAME), name)) {
            return &resend->entries[i];
        }
    }
    return NULL;
}

/* Makes and opens the sink, or says in `gone` why not. */
static void make(struct resend *resend, struct entry *entry)
{
    struct arena *arena = resend->invocation->arena;
    const struct sink_cursor cursor = {0};
    struct sink_cursor opened;
    struct span problem = {0};
    if (span_equals(config_text(entry->item, CONFIG_SINK_TYPE), SPAN("file"))) {
        entry->gone = SPAN("only its detector writes to a file");
        return;
    }
    struct sinks_made made = {0};
    if (sinks_make(resend->config, entry->item, arena, &problem, &made) != STATUS_OK) {
        entry->gone = problem.len ? problem : SPAN("it cannot be made");
        return;
    }
    entry->sink = made.sink;
    if (entry->sink->ops->open(entry->sink, &cursor, &opened) != STATUS_OK) {
        entry->gone = arena_copy(arena, entry->sink->ops->problem(entry->sink));
    }
}

static struct resend_outcome ask(struct resend *resend, struct entry *entry,
                                 const struct alert *alert)
{
    struct sink_cursor cursor;
    struct sink *sink = entry->sink;
    struct resend_outcome outcome = {.verdict = SINK_SENT, .tried = true};
    enum status status = sink->ops->send(sink, alert, 1, &cursor);
    if (status == STATUS_AGAIN && sink->ops->answer) {
        struct sink_answer answer = sink->ops->answer(sink, 0);
        outcome.verdict = answer.verdict;
        outcome.reason = answer.reason;
    } else if (status != STATUS_OK) {
        outcome.verdict = SINK_BLOCKED;
        outcome.reason = sink->ops->problem(sink);
    }
    if (outcome.verdict == SINK_LATER || outcome.verdict == SINK_BLOCKED) {
        entry->gone = arena_copy(resend->invocation->arena, outcome.reason);
    }
    return outcome;
}

struct resend_outcome resend_alert(struct resend *resend, struct span name,
                                   const struct alert *alert)
{
    struct entry *entry = find(resend, name);
    if (!entry) {
        return (struct resend_outcome){.verdict = SINK_BLOCKED,
                                       .reason = SPAN("there is no such sink any more")};
    }
    if (!entry->sink && entry->gone.len == 0) {
        make(resend, entry);
    }
    if (entry->gone.len) {
        return (struct resend_outcome){.verdict = SINK_BLOCKED, .reason = entry->gone};
    }
    return ask(resend, entry, alert);
}

void resend_outcome_write(const struct resend_outcome *outcome, struct buf *out)
{
    if (outcome->verdict == SINK_SENT) {
        buf_append(out, SPAN("sent"));
        return;
    }
    const char *word = !outcome->tried                      ? "not tried"
                       : outcome->verdict == SINK_REFUSED   ? "refused"
                                                            : "not taken";
    buf_printf(out, "%s: %.*s", word, SPAN_ARG(outcome->reason));
}
