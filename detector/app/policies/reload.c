/* reload.c: loads beside what is in force and swaps only what is sound; a set with mistakes is
 * reported, and the old one goes on. */
#include "app/policies/reload.h"

#include "app/event.h"
#include "app/stop.h"
#include "app/policies/watch.h"
#include "base/check.h"

#include <stdlib.h>

struct reload {
    const struct config *config;
    struct policy_set *set;
    struct log *log;
    struct watch *policies;
    struct watch *lookups;
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
        paths[used++] = plan->lookups[i].path;
    }
    for (size_t i = 0; refused && i < refused->lookup_count; i++) {
        paths[used++] = refused->lookups[i].path;
    }
    watch_free(&reload->lookups);
    reload->lookups = watch_new(paths, used);
    arena_free(&arena);
}

struct reload *reload_new(const struct config *config, struct policy_set *set, struct log *log)
{
    const struct config_value *paths = config_root_value(config, CONFIG_POLICIES);
    struct reload *reload = calloc(1, sizeof *reload);
    if (!reload) {
        check_memory_exhausted(sizeof *reload);
    }
    *reload = (struct reload){.config = config, .set = set, .log = log};
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

/* Loads everything anew beside what is in force. */
static enum status load_aside(struct reload *reload, struct diag_list *diags,
                              struct policy_set *out)
{
    struct policy_set fresh = {0};
    enum status status = policy_set_load_plan(reload->config, diags, &fresh);
    if (status == STATUS_OK) {
        watch_lookups(reload, reload->set->plan, fresh.plan);
        status = policy_set_load_lookups(&fresh, diags);
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

static void tell(const struct reload *reload, enum event event)
{
    char revision[DIGEST_HEX_LENGTH + 1];
    digest_hex(&reload->set->plan->revision, revision);
    const struct log_field fields[] = {
        log_text("revision", span_view(revision)),
        log_number("policies", (int64_t)reload->set->plan->policy_count),
    };
    event_tell(reload->log, event, fields, 2);
}

static void load_lookups(struct reload *reload, struct engine *engine, struct arena *arena)
{
    struct diag_list diags = diag_list_in(arena);
    enum status status = policy_set_load_lookups(reload->set, &diags);
    event_tell_diags(reload->log, &diags);
    if (status != STATUS_OK) {
        tell(reload, EVENT_RELOAD_FAILED);
        return;
    }
    engine_set_plan(engine, reload->set->plan, reload->set->lookups);
    tell(reload, EVENT_LOOKUPS_RELOADED);
}

static void load_policies(struct reload *reload, struct engine *engine, struct arena *arena)
{
    struct diag_list diags = diag_list_in(arena);
    struct policy_set fresh = {0};
    reload->refused = load_aside(reload, &diags, &fresh) != STATUS_OK;
    event_tell_diags(reload->log, &diags);
    if (reload->refused) {
        tell(reload, EVENT_RELOAD_FAILED);
        return;
    }
    bool same = digest_equals(&fresh.plan->revision, &reload->set->plan->revision);
    engine_set_plan(engine, fresh.plan, fresh.lookups);
    policy_set_deinit(reload->set);
    *reload->set = fresh;
    tell(reload, same ? EVENT_POLICIES_UNCHANGED : EVENT_POLICIES_RELOADED);
}

void reload_check(struct reload *reload, struct engine *engine)
{
    bool asked = stop_take_reload();
    bool policies = watch_changed(reload->policies);
    bool lookups = watch_changed(reload->lookups);
    if (!asked && !policies && !lookups) {
        return;
    }
    struct arena *arena = arena_new(0);
    bool all = asked || policies || reload->refused;
    if (all) {
        load_policies(reload, engine, arena);
    }
    if (lookups && (!all || reload->refused)) {
        load_lookups(reload, engine, arena);
    }
    arena_free(&arena);
}
