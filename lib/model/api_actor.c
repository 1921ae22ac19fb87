/* api_actor.c: the name of an actor that stays the same from session to session, and the rest of
 * what is told in several places. What decides the principal, by the type of the identity:
 *
 *   AssumedRole, Role        the role: sessionIssuer's ARN, else that of the assumed-role ARN
 *   IdentityCenterUser       identity store and user
 *   SAMLUser, WebIdentityUser provider and user
 *   AWSService               invokedBy
 *   AWSAccount               principalId without its session, else the account
 *   Root, IAMUser, FederatedUser, Directory, Unknown, others: the ARN
 *
 * and where that is missing: ARN, invokedBy, principalId without its session, user name, or the
 * account. */
#include "model/api_actor.h"

/* What stands behind the last `mark` of a text; empty where there is none. */
static struct span behind_last(struct span text, char mark)
{
    for (size_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == mark) {
            return span_of(text.ptr + i, text.len - i);
        }
    }
    return span_of(NULL, 0);
}

/* "AROAEXAMPLE:session" -> "AROAEXAMPLE". */
static struct span without_session(struct span principal_id)
{
    const char *colon =
        principal_id.len ? memchr(principal_id.ptr, ':', principal_id.len) : NULL;
    return colon ? span_of(principal_id.ptr, (size_t)(colon - principal_id.ptr)) : principal_id;
}

/* The three parts of "arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION". */
struct assumed_role {
    struct span partition;
    struct span account;
    struct span role;
    struct span session;
};

/* Cuts off what stands before the next `mark`; false when there is none. */
static bool cut(struct span *text, char mark, struct span *out)
{
    const char *at = text->len ? memchr(text->ptr, mark, text->len) : NULL;
    if (!at) {
        return false;
    }
    size_t length = (size_t)(at - text->ptr);
    *out = span_of(text->ptr, length);
    *text = span_of(at + 1, text->len - length - 1);
    return true;
}

static bool read_assumed_role(struct span arn, struct assumed_role *out)
{
    struct span service;
    struct span region;
    struct span word;
    return cut(&arn, ':', &word) && cut(&arn, ':', &out->partition) && cut(&arn, ':', &service) &&
           cut(&arn, ':', &region) && cut(&arn, ':', &out->account) && cut(&arn, '/', &word) &&
           span_equals(word, SPAN("assumed-role")) && cut(&arn, '/', &out->role) &&
           (out->session = arn, arn.len > 0);
}

/* Texts joined by a slash; empty when the second is. */
static struct span joined(struct span first, struct span second, struct arena *arena)
{
    if (!first.len || !second.len) {
        return second;
    }
    return arena_printf(arena, "%.*s/%.*s", SPAN_ARG(first), SPAN_ARG(second));
}

static struct span role_of(const struct api_actor *actor, struct arena *arena)
{
    struct assumed_role role;
    if (actor->issuer_arn.len) {
        return actor->issuer_arn;
    }
    if (!read_assumed_role(actor->arn, &role)) {
        return span_of(NULL, 0);
    }
    return arena_printf(arena, "arn:%.*s:iam::%.*s:role/%.*s", SPAN_ARG(role.partition),
                        SPAN_ARG(role.account), SPAN_ARG(role.role));
}

static bool is_type(const struct api_actor *actor, const char *type)
{
    return span_equals(actor->type, span_view(type));
}

static struct span principal_by_type(const struct api_actor *actor, struct arena *arena)
{
    if (is_type(actor, "AssumedRole") || is_type(actor, "Role")) {
        return role_of(actor, arena);
    }
    if (is_type(actor, "IdentityCenterUser")) {
        return joined(actor->on_behalf_store, actor->on_behalf_user, arena);
    }
    if (is_type(actor, "SAMLUser") || is_type(actor, "WebIdentityUser")) {
        return joined(actor->identity_provider, actor->name, arena);
    }
    if (is_type(actor, "AWSService")) {
        return actor->invoked_by;
    }
    if (is_type(actor, "AWSAccount")) {
        return without_session(actor->principal_id);
    }
    return actor->arn;
}

static struct span first_of(const struct span *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (texts[i].len) {
            return texts[i];
        }
    }
    return span_of(NULL, 0);
}

static struct span principal_of(const struct api_actor *actor, struct arena *arena)
{
    const struct span texts[] = {
        principal_by_type(actor, arena),      actor->arn,  actor->invoked_by,
        without_session(actor->principal_id), actor->name, actor->account,
    };
    return first_of(texts, sizeof texts / sizeof *texts);
}

/* Of a role: the last part of its ARN, else what follows the id. Of a federated user the same. */
static struct span session_of(const struct api_actor *actor)
{
    struct assumed_role role;
    if (read_assumed_role(actor->arn, &role)) {
        return role.session;
    }
    if (is_type(actor, "AssumedRole") || is_type(actor, "FederatedUser")) {
        return behind_last(actor->principal_id, ':');
    }
    return span_of(NULL, 0);
}

static enum api_truth mfa_of(const struct api_call *call)
{
    struct span text = call->actor.mfa_text;
    if (span_equals_nocase(text, SPAN("true")) || span_equals(call->mfa_used, SPAN("Yes"))) {
        return API_TRUE;
    }
    bool denied = span_equals_nocase(text, SPAN("false")) || call->mfa_used.len;
    return denied ? API_FALSE : API_UNKNOWN;
}

void api_actor_complete(struct api_call *call, struct arena *arena)
{
    struct api_actor *actor = &call->actor;
    struct assumed_role role = {0};
    bool assumed = read_assumed_role(actor->arn, &role);
    /* the issuer of a federated user is another person: who asked for the session */
    bool federated = is_type(actor, "FederatedUser");
    const struct span names[] = {actor->name,
                                 federated ? session_of(actor) : actor->issuer_name,
                                 assumed ? role.role : span_of(NULL, 0)};
    const struct span accounts[] = {actor->account, actor->issuer_account,
                                    assumed ? role.account : span_of(NULL, 0)};
    actor->principal = principal_of(actor, arena);
    actor->session = session_of(actor);
    actor->name = first_of(names, sizeof names / sizeof *names);
    actor->account = first_of(accounts, sizeof accounts / sizeof *accounts);
    actor->mfa = mfa_of(call);
}
