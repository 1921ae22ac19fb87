/* aws_provider.c: the chain, and the providers that only read. */
#include "aws/aws_provider.h"

#include <stdarg.h>

struct span aws_search_get(const struct aws_search *search, const char *key)
{
    return aws_profiles_get(&search->profiles, search->profile, key);
}

struct span aws_search_variable(const struct aws_search *search, const char *name)
{
    return aws_environment_get(&search->config->environment, name);
}

enum status aws_search_fail(struct aws_search *search, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct span text = arena_vprintf(search->arena, format, args);
    va_end(args);
    buf_clear(search->problem);
    buf_append(search->problem, text);
    return status;
}

enum status aws_provider_environment(struct aws_search *search, struct aws_keys *out)
{
    struct span id = aws_search_variable(search, "AWS_ACCESS_KEY_ID");
    struct span secret = aws_search_variable(search, "AWS_SECRET_ACCESS_KEY");
    if (!id.len && !secret.len) {
        return STATUS_NOT_FOUND;
    }
    if (!id.len || !secret.len) {
        return aws_search_fail(search, STATUS_INVALID,
                               "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is not set");
    }
    if (!aws_keys_set(out, id, secret, aws_search_variable(search, "AWS_SESSION_TOKEN"))) {
        return aws_search_fail(search, STATUS_INVALID,
                               "AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN holds white space or "
                               "control characters");
    }
    return STATUS_OK;
}

/* The keys that stand in a file themselves. */
static enum status read_file_keys(struct aws_search *search, enum aws_profile_file file,
                                  struct aws_keys *out)
{
    const struct aws_profiles *profiles = &search->profiles;
    struct span profile = search->profile;
    struct span id = aws_profiles_get_from(profiles, file, profile, "aws_access_key_id");
    struct span secret = aws_profiles_get_from(profiles, file, profile, "aws_secret_access_key");
    if (!id.len && !secret.len) {
        return STATUS_NOT_FOUND;
    }
    struct span token = aws_profiles_get_from(profiles, file, profile, "aws_session_token");
    if (!aws_keys_set(out, id, secret, token)) {
        return aws_search_fail(search, STATUS_INVALID,
                               "the AWS profile \"%.*s\" has incomplete or malformed keys",
                               SPAN_ARG(profile));
    }
    return STATUS_OK;
}

static enum status from_credentials_file(struct aws_search *search, struct aws_keys *out)
{
    return read_file_keys(search, AWS_FILE_CREDENTIALS, out);
}

static enum status from_config_file(struct aws_search *search, struct aws_keys *out)
{
    return read_file_keys(search, AWS_FILE_CONFIG, out);
}

/* Signing in by a browser is nothing that a service can do; better told than passed over. */
static enum status refuse_login(struct aws_search *search, struct aws_keys *out)
{
    static const char *const keys[] = {"sso_session", "sso_start_url", "login_session"};
    (void)out;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (aws_search_get(search, keys[i]).len) {
            return aws_search_fail(search, STATUS_INVALID,
                                   "the AWS profile \"%.*s\" signs in by a browser (%s), which a "
                                   "service cannot: give it a role or keys",
                                   SPAN_ARG(search->profile), keys[i]);
        }
    }
    return STATUS_NOT_FOUND;
}

/* -- the chain */

static enum status ask(struct aws_search *search, const aws_provider_fn *providers, size_t count,
                       struct aws_keys *out)
{
    enum status status = STATUS_NOT_FOUND;
    for (size_t i = 0; i < count && status == STATUS_NOT_FOUND; i++) {
        status = providers[i](search, out);
    }
    return status;
}

enum status aws_provider_of_profile(struct aws_search *search, struct span profile,
                                    struct aws_keys *out)
{
    static const aws_provider_fn own_keys[] = {from_credentials_file, aws_provider_process,
                                               from_config_file, refuse_login};
    static const aws_provider_fn chain[] = {aws_provider_role, aws_provider_web_identity,
                                            from_credentials_file, aws_provider_process,
                                            from_config_file, refuse_login};
    struct aws_search inner = *search;
    inner.profile = profile;
    inner.roles++;
    if (inner.roles > AWS_ROLES_MAX) {
        return aws_search_fail(search, STATUS_INVALID,
                               "the AWS profile \"%.*s\" is its own source, or has more than %d "
                               "roles behind it", SPAN_ARG(profile), AWS_ROLES_MAX);
    }
    /* a profile may name itself as source: then its own keys assume its role */
    bool own = span_equals(profile, search->profile);
    enum status status =
        own ? ask(&inner, own_keys, sizeof own_keys / sizeof *own_keys, out)
            : ask(&inner, chain, sizeof chain / sizeof *chain, out);
    if (status == STATUS_NOT_FOUND) {
        return aws_search_fail(search, STATUS_INVALID,
                               "the AWS profile \"%.*s\", a source_profile, has no credentials",
                               SPAN_ARG(profile));
    }
    return status;
}

static enum status run_chain(struct aws_search *search, struct aws_keys *out)
{
    static const aws_provider_fn chain[] = {
        aws_provider_environment, aws_provider_role, aws_provider_web_identity,
        from_credentials_file, aws_provider_process, from_config_file, refuse_login,
        aws_provider_container, aws_provider_instance};
    size_t skipped = search->config->profile_is_chosen ? 1 : 0;
    return ask(search, chain + skipped, sizeof chain / sizeof *chain - skipped, out);
}

enum status aws_provider_search(const struct aws_config *config, struct aws_transport *transport,
                                struct aws_keys *out, struct buf *problem)
{
    struct aws_search search = {
        .config = config,
        .transport = transport,
        .arena = arena_new(0),
        .profile = config->profile,
        .problem = problem,
    };
    struct span why = SPAN("");
    aws_profiles_init(&search.profiles, search.arena);
    enum status status = aws_profiles_load(&search.profiles, &config->environment, &why);
    if (status != STATUS_OK) {
        aws_search_fail(&search, status, "%.*s", SPAN_ARG(why));
    } else {
        status = run_chain(&search, out);
    }
    if (status == STATUS_NOT_FOUND && !problem->len) {
        aws_search_fail(&search, status,
                        "no AWS credentials were found: not in the environment, in the profile "
                        "\"%.*s\", from a web identity, a container or the instance",
                        SPAN_ARG(config->profile));
    }
    arena_free(&search.arena);
    return status;
}
