/* body.h: what an alert shows of a finding, as the text of a JSON object: title, description,
 * table, region, account, op, keys, changes, context, steps, and the policy's own texts. Everything
 * masked that the policy masks, and all of it bounded. */
#ifndef ENGINE_EVALUATE_BODY_H
#define ENGINE_EVALUATE_BODY_H

#include "engine/evaluate/host.h"

/* Bytes of text, before JSON's escapes. */
enum {
    BODY_TITLE_BYTES_MAX = 1024,
    BODY_DESCRIPTION_BYTES_MAX = 4096,
    BODY_VALUE_BYTES_MAX = 1024,  /* longer values are cut and end in a mark */
    BODY_CHANGES_MAX = 64,        /* attributes shown; "changes_omitted" counts the rest */
    BODY_STATIC_BYTES_MAX = 64 * 1024, /* longer texts of a policy give way to its id */
};

/* What a body says beside the change itself. With a title it is a notice about the policy: its own
 * texts about findings, its steps, the context and the changes are left empty. */
struct body_request {
    const struct plan_policy *policy;
    struct host *shown;
    struct span title;   /* of a notice; empty: the policy's own */
    struct span problem; /* what could not be evaluated; empty when there is nothing */
    struct span found_by; /* the other policy whose finding this is about; empty: none */
};

/* At most SIGNAL_BODY_BYTES_MAX bytes; lives in `arena`. */
struct span body_write(const struct body_request *request, struct arena *arena);

#endif
