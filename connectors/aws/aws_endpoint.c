/* aws_endpoint.c: the table of partitions, and the few services that differ from the rule. */
#include "aws/aws_endpoint.h"

enum { REGION_BYTES_MAX = 32, URL_BYTES_MAX = 1024 };

struct partition {
    const char *name;
    const char *prefix; /* of its regions */
    const char *suffix;
    const char *dual_stack_suffix;
};

/* The first row is for all regions that no other takes. */
static const struct partition partitions[] = {
    {"aws", "", "amazonaws.com", "api.aws"},
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
};

static const struct partition *find_partition(struct span region)
{
    for (size_t i = 1; i < sizeof partitions / sizeof *partitions; i++) {
        if (span_starts_with(region, span_view(partitions[i].prefix))) {
            return &partitions[i];
        }
    }
    return &partitions[0];
}

const char *aws_partition_of(struct span region)
{
    return find_partition(region)->name;
}

bool aws_region_is_valid(struct span region)
{
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        bool inner = i > 0 && i + 1 < region.len;
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !(c == '-' && inner)) {
            return false;
        }
    }
    return region.len > 0 && region.len <= REGION_BYTES_MAX;
}

/* GovCloud's plain hosts are its FIPS hosts; of two stacks only EventBridge's are. */
static bool has_fips_host(enum aws_service service, const struct partition *partition,
                          struct aws_endpoint_kind kind)
{
    bool is_plain = strcmp(partition->name, "aws-us-gov") == 0 &&
                    (!kind.dual_stack || service == AWS_EVENTBRIDGE);
    return kind.fips && !is_plain;
}

struct aws_endpoint aws_endpoint_default(enum aws_service service, struct span region,
                                         struct aws_endpoint_kind kind, struct arena *arena)
{
    const struct partition *partition = find_partition(region);
    struct span host = arena_printf(
        arena, "%s%s.%.*s.%s", aws_service_row(service)->host,
        has_fips_host(service, partition, kind) ? "-fips" : "", SPAN_ARG(region),
        kind.dual_stack ? partition->dual_stack_suffix : partition->suffix);
    return (struct aws_endpoint){
        .url = arena_printf(arena, "https://%.*s/", SPAN_ARG(host)),
        .host = host,
        .path = SPAN("/"),
        .region = region,
    };
}

static bool cut_prefix(struct span *text, struct span prefix)
{
    if (!span_starts_with(*text, prefix)) {
        return false;
    }
    *text = span_of(text->ptr + prefix.len, text->len - prefix.len);
    return true;
}

/* Letters of URLs that need no thought: no user, no query, no fragment, nothing encoded. */
static bool is_plain(struct span text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            !strchr(more, c)) {
            return false;
        }
    }
    return memchr(text.len ? text.ptr : "", '\0', text.len) == NULL;
}

enum status aws_endpoint_from_url(struct span url, struct span region, struct arena *arena,
                                  struct aws_endpoint *out)
{
    struct span rest = url;
    if (url.len > URL_BYTES_MAX ||
        (!cut_prefix(&rest, SPAN("https://")) && !cut_prefix(&rest, SPAN("http://")))) {
        return STATUS_INVALID;
    }
    const char *slash = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
    struct span host = span_of(rest.ptr, slash ? (size_t)(slash - rest.ptr) : rest.len);
    struct span path = slash ? span_of(slash, rest.len - host.len) : SPAN("/");
    if (!host.len || !is_plain(host, "-._:[]") || !is_plain(path, "-._~/")) {
        return STATUS_INVALID;
    }
    *out = (struct aws_endpoint){
        .url = arena_printf(arena, "%.*s%s", SPAN_ARG(url), slash ? "" : "/"),
        .host = arena_copy(arena, host),
        .path = arena_copy(arena, path),
        .region = region,
    };
    return STATUS_OK;
}
