/* policy_set.c: loads the plan, and the rows of its lookups, which replace older rows only when all
 * of them are sound. */
#include "app/policies/policy_set.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>

enum { MASK_KEY_BYTES_MAX = 4096 };

enum status policy_set_mask_key(struct span path, struct diag_list *diags, struct span *out)
{
    struct place place = {.file = path};
    char bytes[MASK_KEY_BYTES_MAX];
    FILE *file = fopen(arena_copy(diags->arena, path).ptr, "rb");
    if (!file) {
        diag_add(diags, DIAG_ERROR, place, SPAN("mask_key.file names the file with the key"),
                 "the mask key cannot be read: %s", strerror(errno));
        return STATUS_NOT_FOUND;
    }
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct span key = span_trim(span_of(bytes, length));
    if (key.len == 0 || length == sizeof bytes) {
        diag_add(diags, DIAG_ERROR, place, SPAN("for example: openssl rand -hex 32 > mask-key"),
                 "the mask key must hold 1 to %d bytes", MASK_KEY_BYTES_MAX - 1);
        return STATUS_INVALID;
    }
    *out = arena_copy(diags->arena, key);
    return STATUS_OK;
}

enum status policy_set_load_plan(const struct config *config, struct diag_list *diags,
                                 struct policy_set *out)
{
    const struct config_value *paths = config_root_value(config, CONFIG_POLICIES);
    const struct config_value *params = config_root_value(config, CONFIG_PARAMS);
    struct span key_file = config_text(&config->root, CONFIG_MASK_KEY_FILE);
    struct plan_options options = {
        .runbook_base = config_text(&config->root, CONFIG_RUNBOOK_BASE),
        .params = params->given ? &params->data : NULL,
        .now_us = clock_now_us(clock_system()),
    };
    enum status status =
        key_file.len ? policy_set_mask_key(key_file, diags, &options.mask_key) : STATUS_OK;
    struct policy_set set = {0};
    if (status == STATUS_OK) {
        status = plan_load(paths->texts, paths->count, &options, diags, &set.plan);
    }
    if (status == STATUS_OK) {
        *out = set;
    }
    return status;
}

enum status policy_set_load_lookups(struct policy_set *set, const struct lookup_feed *feed,
                                    struct diag_list *diags)
{
    struct lookup_set *lookups = NULL;
    enum status status = lookup_set_load(set->plan, feed, diags, &lookups);
    if (status != STATUS_OK) {
        return status;
    }
    if (set->lookups) {
        lookup_set_unref(&set->lookups);
    }
    set->lookups = lookups;
    return STATUS_OK;
}

void policy_set_deinit(struct policy_set *set)
{
    if (set->lookups) {
        lookup_set_unref(&set->lookups);
    }
    if (set->plan) {
        plan_unref(&set->plan);
    }
}
