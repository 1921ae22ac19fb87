/* Who called: every kind of identity that CloudTrail writes, and what is left of odd ones. */
#include "api_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define SESSION_OF_ROLE \
    "'sessionContext':{'sessionIssuer':{'type':'Role','principalId':'AROAX'," \
    "'arn':'arn:aws:iam::111122223333:role/ops/Operator','accountId':'111122223333'," \
    "'userName':'Operator'},"

/* `seen`: type;principal;session;name;account;mfa;source_identity */
static const struct {
    const char *identity;
    const char *seen;
} identities[] = {
    {"'type':'Root','principalId':'111122223333','arn':'arn:aws:iam::111122223333:root',"
     "'accountId':'111122223333','accessKeyId':''",
     "Root;arn:aws:iam::111122223333:root;-;-;111122223333;-;-"},
    {"'type':'IAMUser','principalId':'AIDAX','arn':'arn:aws:iam::111122223333:user/ops/anna',"
     "'accountId':'111122223333','accessKeyId':'AKIAX','userName':'anna'",
     "IAMUser;arn:aws:iam::111122223333:user/ops/anna;-;anna;111122223333;-;-"},
    {"'type':'IAMUser','arn':'arn:aws:iam::111122223333:user/anna','userName':'anna',"
     "'sessionContext':{'sessionIssuer':{},'webIdFederationData':{},"
     "'attributes':{'creationDate':'2026-03-01T09:00:00Z','mfaAuthenticated':'false'}}",
     "IAMUser;arn:aws:iam::111122223333:user/anna;-;anna;-;false;-"},
    {"'type':'AssumedRole','principalId':'AROAX:night',"
     "'arn':'arn:aws:sts::111122223333:assumed-role/Operator/night','accountId':'111122223333',"
     SESSION_OF_ROLE "'attributes':{'creationDate':'2026-03-01T09:00:00Z',"
     "'mfaAuthenticated':'true'},'sourceIdentity':'operator-7'}",
     "AssumedRole;arn:aws:iam::111122223333:role/ops/Operator;night;Operator;111122223333;true;"
     "operator-7"},
    /* without an issuer: the role of the ARN, whose path is lost */
    {"'type':'AssumedRole','principalId':'AROAX:night',"
     "'arn':'arn:aws-cn:sts::111122223333:assumed-role/Operator/night','sessionContext':null",
     "AssumedRole;arn:aws-cn:iam::111122223333:role/Operator;night;Operator;111122223333;-;-"},
    {"'type':'AssumedRole','principalId':'AROAX:night','accountId':'111122223333'",
     "AssumedRole;AROAX;night;-;111122223333;-;-"},
    {"'type':'Role','principalId':'AROAX','arn':'arn:aws:iam::111122223333:role/R'",
     "Role;arn:aws:iam::111122223333:role/R;-;-;-;-;-"},
    {"'type':'FederatedUser','principalId':'111122223333:anna',"
     "'arn':'arn:aws:sts::111122223333:federated-user/anna','accountId':'111122223333',"
     "'sessionContext':{'sessionIssuer':{'type':'IAMUser','principalId':'AIDAX',"
     "'arn':'arn:aws:iam::111122223333:user/broker','accountId':'111122223333',"
     "'userName':'broker'},'attributes':{'mfaAuthenticated':'false'}}",
     "FederatedUser;arn:aws:sts::111122223333:federated-user/anna;anna;anna;111122223333;false;"
     "-"},
    {"'type':'SAMLUser','principalId':'namequalifier:anna','userName':'anna',"
     "'identityProvider':'namequalifier'",
     "SAMLUser;namequalifier/anna;-;anna;-;-;-"},
    {"'type':'WebIdentityUser','principalId':'oidc.example.com:aud:system:serviceaccount:shop:api',"
     "'userName':'system:serviceaccount:shop:api','identityProvider':'oidc.example.com'",
     "WebIdentityUser;oidc.example.com/system:serviceaccount:shop:api;-;"
     "system:serviceaccount:shop:api;-;-;-"},
    {"'type':'WebIdentityUser','principalId':'p:anna'", "WebIdentityUser;p;-;-;-;-;-"},
    {"'type':'AWSAccount','principalId':'AROAY:cross','accountId':'444455556666'",
     "AWSAccount;AROAY;-;-;444455556666;-;-"},
    {"'type':'AWSAccount','principalId':'','accountId':'444455556666'",
     "AWSAccount;444455556666;-;-;444455556666;-;-"},
    {"'type':'AWSService','invokedBy':'ec2.amazonaws.com'",
     "AWSService;ec2.amazonaws.com;-;-;-;-;-"},
    {"'invokedBy':'autoscaling.amazonaws.com'", "-;autoscaling.amazonaws.com;-;-;-;-;-"},
    {"'type':'IdentityCenterUser','accountId':'111122223333','onBehalfOf':{"
     "'userId':'94482488-example','identityStoreArn':'arn:aws:identitystore::111122223333:"
     "identitystore/d-9067'},'credentialId':'c'",
     "IdentityCenterUser;arn:aws:identitystore::111122223333:identitystore/d-9067/"
     "94482488-example;-;-;111122223333;-;-"},
    {"'type':'IdentityCenterUser','onBehalfOf':{'userId':'u1'}",
     "IdentityCenterUser;u1;-;-;-;-;-"},
    {"'type':'Directory','principalId':'d:anna','userName':'anna'", "Directory;d;-;anna;-;-;-"},
    {"'type':'Unknown','principalId':'','accountId':'','userName':'anna'",
     "Unknown;anna;-;anna;-;-;-"},
    {"'type':'Unknown'", "Unknown;-;-;-;-;-;-"},
    {"", "-;-;-;-;-;-;-"},
    /* members of other types than CloudTrail's */
    {"'type':7,'arn':['a'],'accountId':{'x':1},'principalId':null,'userName':true,"
     "'sessionContext':[1],'onBehalfOf':'x'",
     "7;true;-;true;-;-;-"},
    {"'type':'AssumedRole','arn':'arn:aws:sts::111122223333:assumed-role/Operator',"
     "'principalId':'AROAX'",
     "AssumedRole;arn:aws:sts::111122223333:assumed-role/Operator;-;-;-;-;-"},
    {"'type':'AssumedRole','arn':':::::','principalId':':'", "AssumedRole;:::::;-;-;-;-;-"},
};

static void test_actor__identities(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        struct span members =
            arena_printf(arena, "'userIdentity':{%s},", identities[i].identity);
        struct change change = api_text_decode(arena, members.ptr);
        struct span seen = api_text_members(
            arena, change.call, true, "type principal session name account mfa source_identity");
        assert_string_equal(seen.ptr, identities[i].seen);
    }
}

/* An identity that is missing, null, or no object at all. */
static void test_actor__no_identity(void **state)
{
    static const char *const members[] = {
        "", "'userIdentity':null,", "'userIdentity':'root',", "'userIdentity':[],",
        "'userIdentity':{},"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct change change = api_text_decode(*state, members[i]);
        struct span seen = api_text_members(
            *state, change.call, true, "type principal session name account mfa source_identity");
        assert_string_equal(seen.ptr, "-;-;-;-;-;-;-");
    }
}

/* What a session came from, and by whom it was vouched for. */
static void test_actor__session(void **state)
{
    struct change change = api_text_decode(*state,
        "'userIdentity':{'type':'AssumedRole','principalId':'AROAX:pod',"
        "'arn':'arn:aws:sts::111122223333:assumed-role/Api/pod','accessKeyId':'ASIAX',"
        "'sessionContext':{'sessionIssuer':{'type':'Role',"
        "'arn':'arn:aws:iam::111122223333:role/Api'},'webIdFederationData':{"
        "'federatedProvider':'arn:aws:iam::111122223333:oidc-provider/oidc.example.com',"
        "'attributes':{}},'attributes':{'creationDate':'2026-03-01T09:00:00Z'}},"
        "'invokedBy':'athena.amazonaws.com'},'sourceIPAddress':'AWS Internal',");
    assert_string_equal(
        api_text_members(*state, change.call, true,
                         "access_key_id issuer_type issuer_arn federated_provider "
                         "session_created invoked_by ip user_agent").ptr,
        "ASIAX;Role;arn:aws:iam::111122223333:role/Api;"
        "arn:aws:iam::111122223333:oidc-provider/oidc.example.com;2026-03-01T09:00:00Z;"
        "athena.amazonaws.com;AWS Internal;-");
}

/* A sign-in to the console tells the second factor elsewhere. */
static void test_actor__mfa_of_a_sign_in(void **state)
{
    static const struct {
        const char *members;
        const char *mfa;
    } rows[] = {
        {"'additionalEventData':{'MFAUsed':'Yes'},", "true"},
        {"'additionalEventData':{'MFAUsed':'No'},", "false"},
        {"'additionalEventData':{'MFAUsed':null},", "-"},
        {"'additionalEventData':null,", "-"},
        {"'userIdentity':{'sessionContext':{'attributes':{'mfaAuthenticated':true}}},", "true"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change = api_text_decode(*state, rows[i].members);
        assert_string_equal(api_text_members(*state, change.call, true, "mfa").ptr, rows[i].mfa);
    }
}

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actor__identities),
        cmocka_unit_test(test_actor__no_identity),
        cmocka_unit_test(test_actor__session),
        cmocka_unit_test(test_actor__mfa_of_a_sign_in),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
