/* aws_config.c: one setting, one order of places. */
#include "aws/aws_config.h"

#include <errno.h>
#include <unistd.h>

/* What a setting may come from. */
struct places {
    const struct aws_options *options;
    const struct aws_config *config;
    const struct aws_profiles *profiles;
};

static struct span pick(const struct places *places, struct span option, const char *variable,
                        const char *key)
{
    struct span found = option;
    if (!found.len) {
        found = aws_environment_get(&places->config->environment, variable);
    }
    return found.len ? found : aws_profiles_get(places->profiles, places->config->profile, key);
}

static bool pick_bool(const struct places *places, const char *variable, const char *key)
{
    return span_equals_nocase(pick(places, SPAN(""), variable, key), SPAN("true"));
}

static void choose_profile(const struct aws_options *options, struct aws_config *config)
{
    struct span named = aws_environment_get(&config->environment, "AWS_PROFILE");
    if (!named.len) {
        named = aws_environment_get(&config->environment, "AWS_DEFAULT_PROFILE");
    }
    config->profile_is_chosen = options->profile.len > 0;
    config->profile = config->profile_is_chosen ? options->profile
                      : named.len               ? named : SPAN("default");
}

static enum status read_region(const struct places *places, struct arena *arena,
                               struct span *problem, struct aws_config *config)
{
    const struct aws_environment *environment = &config->environment;
    struct span region = places->options->region;
    region = region.len ? region : aws_environment_get(environment, "AWS_REGION");
    region = pick(places, region, "AWS_DEFAULT_REGION", "region");
    if (!region.len) {
        *problem = arena_copy(arena, SPAN("no AWS region is known: set AWS_REGION, or region in "
                                          "the profile"));
        return STATUS_INVALID;
    }
    if (!aws_region_is_valid(region)) {
        *problem = arena_printf(arena, "\"%.*s\" is no AWS region", SPAN_ARG(region));
        return STATUS_INVALID;
    }
    config->region = arena_copy(arena, region);
    return STATUS_OK;
}

static enum status read_ca_file(const struct places *places, struct arena *arena,
                                struct span *problem, struct aws_config *config)
{
    struct span path = pick(places, places->options->ca_file, "AWS_CA_BUNDLE", "ca_bundle");
    config->ca_file = arena_copy(arena, path);
    if (path.len && access(config->ca_file.ptr, R_OK) != 0) {
        *problem = arena_printf(arena, "cannot read the CA bundle %s: %s", config->ca_file.ptr,
                                strerror(errno));
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

/* -- endpoints */

/* The URL that replaces a service's own; *origin: where it stands. */
static struct span replacing_url(const struct places *places, const struct aws_service_row *row,
                                 struct arena *arena, const char **origin)
{
    const struct aws_environment *environment = &places->config->environment;
    struct span profile = places->config->profile;
    *origin = arena_printf(arena, "AWS_ENDPOINT_URL_%s", row->id).ptr;
    struct span url = aws_environment_get(environment, *origin);
    if (!url.len) {
        *origin = "AWS_ENDPOINT_URL";
        url = aws_environment_get(environment, *origin);
    }
    if (!url.len) {
        struct span services = aws_profiles_get(places->profiles, profile, "services");
        struct span key = arena_printf(arena, "%s.endpoint_url", row->section_id);
        *origin = "endpoint_url of the services section";
        url = aws_profiles_get_service(places->profiles, services, key);
    }
    if (!url.len) {
        *origin = "endpoint_url of the profile";
        url = aws_profiles_get(places->profiles, profile, "endpoint_url");
    }
    return url;
}

static enum status read_endpoint(const struct places *places, enum aws_service service,
                                 struct arena *arena, struct span *problem,
                                 struct aws_config *config)
{
    const char *origin = "the endpoint";
    struct span url = service == AWS_STS ? SPAN("") : places->options->endpoint_url;
    if (!url.len && !pick_bool(places, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                               "ignore_configured_endpoint_urls")) {
        url = replacing_url(places, aws_service_row(service), arena, &origin);
    }
    if (!url.len) {
        const struct aws_endpoint_kind kind = {
            .fips = pick_bool(places, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            .dual_stack = pick_bool(places, "AWS_USE_DUALSTACK_ENDPOINT",
                                    "use_dualstack_endpoint"),
        };
        config->endpoints[service] = aws_endpoint_default(service, config->region, kind, arena);
        return STATUS_OK;
    }
    if (aws_endpoint_from_url(url, config->region, arena, &config->endpoints[service]) !=
        STATUS_OK) {
        *problem = arena_printf(arena, "%s is no URL like http://host:port/: \"%.*s\"", origin,
                                SPAN_ARG(url));
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status aws_config_read(const struct aws_options *options, struct arena *arena,
                            struct span *problem, struct aws_config *out)
{
    struct aws_config config = {.environment = options->environment};
    struct aws_profiles profiles;
    const struct places places = {options, &config, &profiles};
    if (!config.environment.get) {
        config.environment = aws_environment_process();
    }
    choose_profile(options, &config);
    config.profile = arena_copy(arena, config.profile);
    aws_profiles_init(&profiles, arena);
    enum status status = aws_profiles_load(&profiles, &config.environment, problem);
    if (status == STATUS_OK && !span_equals(config.profile, SPAN("default")) &&
        !aws_profiles_has(&profiles, config.profile)) {
        *problem = arena_printf(arena, "the shared AWS files have no profile \"%.*s\"",
                                SPAN_ARG(config.profile));
        status = STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        status = read_region(&places, arena, problem, &config);
    }
    if (status == STATUS_OK) {
        status = read_ca_file(&places, arena, problem, &config);
    }
    for (int i = 0; i < AWS_SERVICE_COUNT && status == STATUS_OK; i++) {
        status = read_endpoint(&places, (enum aws_service)i, arena, problem, &config);
    }
    if (status == STATUS_OK) {
        *out = config;
    }
    return status == STATUS_IO ? STATUS_INVALID : status;
}
