/* aws_provider.h: where credentials come from, in the order of other AWS tools: environment, role
 * of a profile, web identity, credentials file, process, config file, container, instance. Source:
 * AWS SDKs and Tools Reference Guide, "Standardized credential providers"; the order is botocore's.
 * Inside this layer only. */
#ifndef AWS_AWS_PROVIDER_H
#define AWS_AWS_PROVIDER_H

#include "aws/aws_config.h"
#include "aws/aws_keys.h"
#include "aws/aws_transport.h"

/* Role behind role: more is a circle. */
enum { AWS_ROLES_MAX = 5 };

/* One search. Texts live in `arena`, which ends with it. */
struct aws_search {
    const struct aws_config *config;
    struct aws_transport *transport;
    struct arena *arena;
    struct aws_profiles profiles; /* read anew by each search: files are rotated */
    struct span profile;
    unsigned roles; /* assumed around this search */
    struct buf *problem;
};

/* STATUS_NOT_FOUND: nothing of this kind is configured. STATUS_INVALID: it is, but wrongly, and
 * STATUS_IO: it is, but it does not answer; both with a problem. STATUS_CLOSED: cancelled. */
typedef enum status (*aws_provider_fn)(struct aws_search *search, struct aws_keys *out);

enum status aws_provider_environment(struct aws_search *search, struct aws_keys *out);
enum status aws_provider_role(struct aws_search *search, struct aws_keys *out);
enum status aws_provider_web_identity(struct aws_search *search, struct aws_keys *out);
enum status aws_provider_process(struct aws_search *search, struct aws_keys *out);
enum status aws_provider_container(struct aws_search *search, struct aws_keys *out);
enum status aws_provider_instance(struct aws_search *search, struct aws_keys *out);

/* Asks one after the other; STATUS_NOT_FOUND when none is configured. */
MUST_USE enum status aws_provider_search(const struct aws_config *config,
                                         struct aws_transport *transport, struct aws_keys *out,
                                         struct buf *problem);
/* The keys that role_arn of search->profile is assumed with: those of source_profile. */
MUST_USE enum status aws_provider_of_profile(struct aws_search *search, struct span profile,
                                             struct aws_keys *out);

/* A value of the search's profile. */
struct span aws_search_get(const struct aws_search *search, const char *key);
/* A variable of the environment. */
struct span aws_search_variable(const struct aws_search *search, const char *name);
/* Says what is wrong, once; returns `status`. */
enum status aws_search_fail(struct aws_search *search, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
