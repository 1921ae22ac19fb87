/* mask.h: what may be shown of a masked value. A mask never falls back to the value itself. */
#ifndef ENGINE_EVALUATE_MASK_H
#define ENGINE_EVALUATE_MASK_H

#include "policy/plan.h"

/* A value under one mask, as text:
 * redact    "***"
 * last4     "****" and the last four characters, if at least four others stay hidden
 * hash      "hash:" and the HMAC-SHA-256 of the value's JSON text under the key, in hex
 * tokenize  "tok_" and 16 hex digits of another such HMAC: short, equal for equal values
 * null stays null: that there is no value is no secret. */
struct value mask_value(enum plan_mask_kind kind, struct span key, const struct value *value,
                        struct arena *arena);

/* The masks of a policy at work. */
struct masking {
    const struct plan_policy *policy;
    struct span key;     /* the plan's mask_key */
    struct arena *arena; /* where masked values live */
};

/* One attribute of an image as the policy lets it be shown. A mask on a path below it replaces what
 * lies there, in every element where the path meets a list. An item's key is part of both images:
 * what is masked in one of them is masked in `keys`, and what is masked there is masked in both. */
struct value mask_attribute(const struct masking *masking, enum plan_root root, struct span name,
                            struct value value);
/* A whole image (a map, or null) under all masks. */
struct value mask_image(const struct masking *masking, enum plan_root root, struct value image);

#endif
