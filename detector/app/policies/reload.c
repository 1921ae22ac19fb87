/* reload.c: loads beside what is in force and swaps only what is sound; a set with mistakes is
 * reported, and the old one goes on. */
#include "app/policies/reload.h"

#include "app/event.h"
#include "app/health/app_metrics.h"
#include "app/stop.h"
#include "app/policies/watch.h"
#include "base/check.h"

#include <stdlib.h>

struct reload {
    const struct config *config;
    struct policy_set *set;
    struct metrics *metrics;
    struct log *log;
    struct watch *policies;
    struct watch *lookups;
    const struct lookup_feed *feed; /* NULL: no topics */
    bool touched; /* rows of topics have changed */
    bool refused; /* the newest policies could not be taken: a changed lookup may mend that */
};

/* Watches the lookups' files of the plan in force and of one that was refused, either NULL. */
static void watch_lookups(struct reload *reload, const struct plan *plan,
                          const struct plan *refused)
{
    size_t count = (plan ? plan->lookup_count : 0) + (refused ? refused->lookup_count : 0);
    struct arena *arena = arena_new(0);
    struct span *paths = arena_array(arena, count + 1, sizeof *paths);
    size_t used = 0;
    for (size_t i = 0; plan && i < plan->lookup_count; i++) {
        if (!plan->lookups[i].topic.len) {
            paths[used++] = plan->lookups[i].path;
        }
    }
    for (size_t i = 0; refused && i < refused->lookup_count; i++) {
        if (!refused->lookups[i].topic.len) {
            paths[used++] = refused->lookups[i].path;
        }
    }
    watch_free(&reload->lookups);
    reload->lookups = watch_new(paths, used);
    arena_free(&arena);
}

struct reload *reload_new(const struct config *config, struct policy_set *set,
                          struct metrics *metrics, struct log *log)
{
    const struct config_value *paths = config_root_value(config, CONFIG_POLICIES);
    struct reload *reload = calloc(1, sizeof *reload);
    if (!reload) {
        check_memory_exhausted(sizeof *reload);
    }
    *reload = (struct reload){.config = config, .set = set, .metrics = metrics, .log = log};
    reload->policies = watch_new(paths->texts, paths->count);
    if (!watch_has_notice(reload->policies)) {
        event_tell(log, EVENT_WATCH_POLLING, NULL, 0);
    }
    return reload;
}

void reload_free(struct reload **reload)
{
    if (*reload) {
        watch_free(&(*reload)->policies);
        watch_free(&(*reload)->lookups);
        free(*reload);
        *reload = NULL;
    }
}

void reload_set_feed(struct reload *reload, const struct lookup_feed *feed)
{
    reload->feed = feed;
}

void reload_touch_lookups(struct reload *reload)
{
    reload->touched = true;
}

/* Loads everything anew beside what is in force. */
static enum status load_aside(struct reload *reload, struct diag_list *diags,
                              struct policy_set *out)
{
    struct policy_set fresh = {0};
    enum status status = policy_set_load_plan(reload->config, diags, &fresh);
    if (status == STATUS_OK) {
        watch_lookups(reload, reload->set->plan, fresh.plan);
        status = policy_set_load_lookups(&fresh, reload->feed, diags);
    }
    if (status != STATUS_OK) {
        policy_set_deinit(&fresh);
        return status;
    }
    *out = fresh;
    return STATUS_OK;
}

enum status reload_first(struct reload *reload, struct diag_list *diags)
{
    return load_aside(reload, diags, reload->set);
}

static void count(const struct reload *reload, enum event event)
{
    struct span result = event == EVENT_RELOAD_FAILED        ? SPAN("refused")
                         : event == EVENT_POLICIES_UNCHANGED ? SPAN("unchanged")
                                                             : SPAN("ok");
    metric_add(metric_of1(reload->metrics, METRIC_RELOADS, result), 1);
    metric_set(metric_of(reload->metrics, METRIC_POLICIES),
               (double)reload->set->plan->policy_count);
}

static void tell(const struct reload *reload, enum event event)
{
    char revision[DIGEST_HEX_LENGTH + 1];
    digest_hex(&reload->set->plan->revision, revision);
    const struct log_field fields[] = {
        log_text("revision", span_view(revision)),
        log_number("policies", (int64_t)reload->set->plan->policy_count),
    };
    event_tell(reload->log, event, fields, 2);
    count(reload, event);
}

/* The rows of the lookups anew, under the plan in force. */
static enum status load_lookups(struct reload *reload, struct diag_list *diags,
                                struct policy_set *out)
{
    struct policy_set fresh = {.plan = plan_ref(reload->set->plan)};
    enum status status = policy_set_load_lookups(&fresh, reload->feed, diags);
    if (status != STATUS_OK) {
        policy_set_deinit(&fresh);
        return status;
    }
    *out = fresh;
    return STATUS_OK;
}

/* Loads with `load`, and says what came of it. */
static bool try(struct reload *reload, struct policy_set *fresh,
                enum status (*load)(struct reload *, struct diag_list *, struct policy_set *))
{
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    enum status status = load(reload, &diags, fresh);
    event_tell_diags(reload->log, &diags);
    if (status == STATUS_AGAIN) {
        event_tell(reload->log, EVENT_RELOAD_WAITING, NULL, 0);
    } else if (status != STATUS_OK) {
        tell(reload, EVENT_RELOAD_FAILED);
    }
    arena_free(&arena);
    return status == STATUS_OK;
}

static bool look(struct reload *reload, bool all, bool lookups, struct policy_set *fresh)
{
    bool loaded = false;
    if (all) {
        loaded = try(reload, fresh, load_aside);
        reload->refused = !loaded;
    }
    if (lookups && !loaded) {
        loaded = try(reload, fresh, load_lookups);
    }
    return loaded;
}

bool reload_look(struct reload *reload, struct policy_set *fresh)
{
    bool asked = stop_take_reload();
    bool policies = watch_changed(reload->policies);
    bool lookups = watch_changed(reload->lookups) || reload->touched;
    reload->touched = false;
    if (!asked && !policies && !lookups) {
        return false;
    }
    return look(reload, asked || policies || reload->refused, lookups, fresh);
}

void reload_put(struct reload *reload, struct policy_set *fresh)
{
    enum event event = EVENT_POLICIES_RELOADED;
    if (fresh->plan == reload->set->plan) {
        event = EVENT_LOOKUPS_RELOADED;
    } else if (digest_equals(&fresh->plan->revision, &reload->set->plan->revision)) {
        event = EVENT_POLICIES_UNCHANGED;
    }
    policy_set_deinit(reload->set);
    *reload->set = *fresh;
    *fresh = (struct policy_set){0};
    tell(reload, event);
}

void reload_check(struct reload *reload, struct engine *engine)
{
    struct policy_set fresh = {0};
    if (reload_look(reload, &fresh)) {
        engine_set_plan(engine, fresh.plan, fresh.lookups);
        reload_put(reload, &fresh);
    }
}
