/* api_members.c: two tables, and one reader of their rows. */
#include "model/api_members.h"

#include "base/clock.h"

#define AT(member) offsetof(struct api_call, member)

static const struct api_member actor_items[] = {
    {{"principal", 9}, API_MEMBER_TEXT, false, AT(actor.principal),
     "Who it is, the same from session to session: the role, the user, the service."},
    {{"arn", 3}, API_MEMBER_TEXT, false, AT(actor.arn),
     "As CloudTrail gives it, session included."},
    {{"type", 4}, API_MEMBER_TEXT, false, AT(actor.type),
     "`Root`, `IAMUser`, `AssumedRole`, `FederatedUser`, `SAMLUser`, `WebIdentityUser`, "
     "`AWSAccount`, `AWSService`, `IdentityCenterUser`, `Directory`, `Unknown`, or another."},
    {{"name", 4}, API_MEMBER_TEXT, false, AT(actor.name), "Of the user or role, without its path."},
    {{"account", 7}, API_MEMBER_TEXT, false, AT(actor.account), "The account of the identity."},
    {{"principal_id", 12}, API_MEMBER_TEXT, false, AT(actor.principal_id), "AWS's own id."},
    {{"access_key_id", 13}, API_MEMBER_TEXT, false, AT(actor.access_key_id),
     "The key that signed; it changes with each session."},
    {{"session", 7}, API_MEMBER_TEXT, false, AT(actor.session), "The name of the session."},
    {{"session_created", 15}, API_MEMBER_TIME, false, AT(actor.session_created),
     "When the session began."},
    {{"source_identity", 15}, API_MEMBER_TEXT, false, AT(actor.source_identity),
     "Who assumed the first role of a chain, where that was set."},
    {{"mfa", 3}, API_MEMBER_TRUTH, false, AT(actor.mfa),
     "Whether the session, or the sign-in, was made with a second factor."},
    {{"issuer_type", 11}, API_MEMBER_TEXT, false, AT(actor.issuer_type),
     "What the session was made from: `Role`, `IAMUser`, `Root`."},
    {{"issuer_arn", 10}, API_MEMBER_TEXT, false, AT(actor.issuer_arn), "Its ARN."},
    {{"identity_provider", 17}, API_MEMBER_TEXT, false, AT(actor.identity_provider),
     "Of SAML and web identities."},
    {{"federated_provider", 18}, API_MEMBER_TEXT, false, AT(actor.federated_provider),
     "Who vouched for a session that came by web identity (a pod, a CI job)."},
    {{"on_behalf_of", 12}, API_MEMBER_TEXT, false, AT(actor.on_behalf_user),
     "The user of IAM Identity Center."},
    {{"invoked_by", 10}, API_MEMBER_TEXT, false, AT(actor.invoked_by),
     "The service of AWS that asked in the actor's name."},
    {{"ip", 2}, API_MEMBER_TEXT, false, AT(ip), "An address, or the name of a service of AWS."},
    {{"user_agent", 10}, API_MEMBER_TEXT, false, AT(user_agent), "What the client calls itself."},
};

static const struct api_member request_items[] = {
    {{"service", 7}, API_MEMBER_TEXT, true, AT(service),
     "`dynamodb`, `sts`, ...: eventSource without `.amazonaws.com`."},
    {{"operation", 9}, API_MEMBER_TEXT, true, AT(operation), "`DeleteTable`, `Scan`, ..."},
    {{"succeeded", 9}, API_MEMBER_BOOL, true, AT(succeeded),
     "No error is recorded; of a sign-in, that it succeeded."},
    {{"error_code", 10}, API_MEMBER_TEXT, false, AT(error_code), "Absent when there was none."},
    {{"error_message", 13}, API_MEMBER_TEXT, false, AT(error_message), "The same."},
    {{"read_only", 9}, API_MEMBER_TRUTH, false, AT(read_only), "The operation changes nothing."},
    {{"management", 10}, API_MEMBER_TRUTH, false, AT(management),
     "A management event; else a data event."},
    {{"type", 4}, API_MEMBER_TEXT, false, AT(type),
     "`AwsApiCall`, `AwsConsoleSignIn`, `AwsServiceEvent`, ..."},
    {{"category", 8}, API_MEMBER_TEXT, false, AT(category),
     "`Management`, `Data`, `NetworkActivity`."},
    {{"region", 6}, API_MEMBER_TEXT, false, AT(region), "Where it was asked."},
    {{"tables", 6}, API_MEMBER_NAMES, true, AT(tables),
     "The tables of DynamoDB that it names; `table` is the first."},
    {{"resources", 9}, API_MEMBER_NAMES, true, AT(resources), "ARNs that it concerns."},
    {{"id", 2}, API_MEMBER_TEXT, false, AT(request_id), "The requestID."},
    {{"vpc_endpoint", 12}, API_MEMBER_TEXT, false, AT(vpc_endpoint),
     "The endpoint that it came through."},
    {{"role", 4}, API_MEMBER_TEXT, false, AT(role_arn),
     "The role that it asks to assume: `actor.principal` assumes `request.role`."},
    {{"role_session", 12}, API_MEMBER_TEXT, false, AT(role_session),
     "The name that the new session gets."},
    {{"issued_arn", 10}, API_MEMBER_TEXT, false, AT(issued_arn),
     "The `actor.arn` of what the new session does."},
    {{"issued_access_key_id", 20}, API_MEMBER_TEXT, false, AT(issued_key_id),
     "The `actor.access_key_id` of what the new session does."},
};

struct api_member_table api_actor_members(void)
{
    return (struct api_member_table){actor_items, sizeof actor_items / sizeof *actor_items};
}

struct api_member_table api_request_members(void)
{
    return (struct api_member_table){request_items, sizeof request_items / sizeof *request_items};
}

const struct api_member *api_member_find(struct api_member_table table, struct span name)
{
    for (size_t i = 0; i < table.count; i++) {
        if (span_equals(table.items[i].name, name)) {
            return &table.items[i];
        }
    }
    return NULL;
}

static const void *place_of(const struct api_call *call, const struct api_member *member)
{
    return (const char *)call + member->offset;
}

static bool text_value(struct span text, struct value *out)
{
    *out = value_string(text);
    return text.len > 0;
}

static bool time_value(struct span text, struct value *out)
{
    int64_t time_us = 0;
    if (!clock_parse(text, &time_us)) {
        return false;
    }
    *out = value_timestamp_us(time_us);
    return true;
}

static struct value list_value(struct api_names names, struct arena *arena)
{
    struct value *items = arena_array(arena, names.count, sizeof *items);
    for (size_t i = 0; i < names.count; i++) {
        items[i] = value_string(names.items[i]);
    }
    return (struct value){.kind = VALUE_LIST, .list = {items, names.count}};
}

static bool truth_value(enum api_truth truth, struct value *out)
{
    *out = value_bool(truth == API_TRUE);
    return truth != API_UNKNOWN;
}

bool api_member_value(const struct api_call *call, const struct api_member *member,
                      struct arena *arena, struct value *out)
{
    const void *place = place_of(call, member);
    switch (member->type) {
    case API_MEMBER_TEXT: return text_value(*(const struct span *)place, out);
    case API_MEMBER_TRUTH: return truth_value(*(const enum api_truth *)place, out);
    case API_MEMBER_TIME: return time_value(*(const struct span *)place, out);
    case API_MEMBER_BOOL: *out = value_bool(*(const bool *)place); return true;
    case API_MEMBER_NAMES: *out = list_value(*(const struct api_names *)place, arena); return true;
    }
    return false;
}

struct value api_member_map(const struct api_call *call, struct api_member_table table,
                            struct arena *arena)
{
    struct value_entry *entries = arena_array(arena, table.count, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < table.count; i++) {
        if (api_member_value(call, &table.items[i], arena, &entries[count].value)) {
            entries[count++].key = value_string(table.items[i].name);
        }
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}
