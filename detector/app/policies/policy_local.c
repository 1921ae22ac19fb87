/* policy_local.c: a plan and lookups without a configuration. */
#include "app/policies/policy_local.h"

#include "app/complain.h"

/* No broker is asked: what lies in topics has no rows here. */
static enum status read_no_rows(void *context, struct span topic, struct arena *arena,
                                struct span *text, int64_t *newest_us)
{
    (void)context;
    (void)arena;
    complain_note("the topic %.*s is not read here: its lookup has no rows", SPAN_ARG(topic));
    *text = SPAN("");
    *newest_us = INT64_MAX;
    return STATUS_OK;
}

static void ignore_refused(void *context, struct span topic, size_t count)
{
    (void)context;
    (void)topic;
    (void)count;
}

enum status policy_local_load(const struct invocation *invocation, bool shadows,
                              struct policy_set *out)
{
    static const struct lookup_feed no_rows = {.rows = read_no_rows, .refused = ignore_refused};
    size_t path_count = 0;
    const struct span *paths = option_arguments(invocation->options, &path_count);
    struct span key_file = option_text(invocation->options, "mask-key-file");
    struct plan_options plan_options = {
        .mask_key = SPAN("key of explanations"), .enforce_shadows = shadows};
    struct diag_list diags = diag_list_in(invocation->arena);
    enum status status = STATUS_OK;
    if (key_file.len) {
        status = policy_set_mask_key(key_file, &diags, &plan_options.mask_key);
    }
    if (status == STATUS_OK) {
        status = plan_load(paths, path_count, &plan_options, &diags, &out->plan);
    }
    if (status == STATUS_OK) {
        status = policy_set_load_lookups(out, &no_rows, &diags);
    }
    if (status != STATUS_OK) { /* warnings are for `policy check` */
        complain_diags(invocation, &diags);
    }
    return status;
}
