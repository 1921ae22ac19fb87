/* api_call.h: one API call as AWS CloudTrail recorded it: who did what, when, from where, and
 * whether it was let through. Texts that the record does not give, or gives as null, are empty
 * with a ptr of NULL. */
#ifndef MODEL_API_CALL_H
#define MODEL_API_CALL_H

#include "model/change.h"

/* A truth that a record may leave open. */
enum api_truth { API_UNKNOWN, API_FALSE, API_TRUE };

/* Who asked. */
struct api_actor {
    struct span type;            /* "Root", "IAMUser", "AssumedRole", ... as written */
    struct span principal;       /* the name that stays the same from session to session, see
                                    api_actor.c */
    struct span principal_id;
    struct span arn;
    struct span account;
    struct span name;            /* of the user or role, without path */
    struct span access_key_id;
    struct span invoked_by;      /* the service of AWS that asked in the actor's name */
    struct span session;         /* name of the session of a role or a federated user */
    struct span session_created; /* as written */
    struct span source_identity;
    struct span mfa_text;        /* "true", "false" */
    struct span issuer_type;     /* what the session was made from: "Role", "IAMUser", "Root" */
    struct span issuer_arn;
    struct span issuer_account;
    struct span issuer_id;
    struct span issuer_name;
    struct span identity_provider; /* of SAML and web identities */
    struct span federated_provider; /* who vouched for a session that came by web identity */
    struct span on_behalf_user;  /* IAM Identity Center */
    struct span on_behalf_store;
    enum api_truth mfa;
};

struct api_names {
    const struct span *items;
    size_t count;
};

struct api_call {
    struct api_actor actor;
    struct span source;          /* eventSource as written: "dynamodb.amazonaws.com" */
    struct span service;         /* "dynamodb" */
    struct span operation;       /* "UpdateTable" */
    struct span type;            /* "AwsApiCall", "AwsConsoleSignIn", ... */
    struct span category;        /* "Management", "Data", "NetworkActivity" */
    struct span error_code;
    struct span error_message;
    struct span request_id;
    struct span ip;              /* may be the name of a service */
    struct span user_agent;
    struct span region;
    struct span vpc_endpoint;
    struct span role_arn;        /* requestParameters of calls that assume a role */
    struct span role_session;
    struct span issued_arn;      /* what they were given: the session, and its key's id */
    struct span issued_key_id;
    struct span read_only_text;
    struct span management_text;
    struct span mfa_used;        /* "Yes", "No": of a sign-in to the console */
    struct span sign_in;         /* "Success", "Failure" */
    struct api_names tables;     /* of DynamoDB, in the order of the record */
    struct api_names resources;  /* ARNs */
    enum api_truth read_only;
    enum api_truth management;
    bool succeeded;
};

/* What a record of CloudTrail's turned out to be. */
enum api_record {
    API_RECORD_CALL,
    API_RECORD_MANY,  /* an envelope: `texts` holds the records in it */
    API_RECORD_OTHER, /* no call: an Insights event, a digest, a control message */
};

struct api_decoded {
    enum api_record kind;
    struct change change;     /* of CALL: its call, time, table, region, account; no images */
    struct api_names texts;   /* of MANY, each a record as text */
};

/* Reads one record: a CloudTrail record, alone or as the detail of an EventBridge event; or one
 * that holds many: {"Records": [...]}, or the log events of a CloudWatch Logs subscription. The
 * whole text is checked as json_read does. Spans are views of `text` or of `arena`; so is the call
 * that out->change names. A member of another type than CloudTrail's is passed over, so that odd
 * identities do no harm; a record without eventSource, eventName or eventTime is STATUS_INVALID.
 * STATUS_INVALID, STATUS_LIMIT: *error says why and where. One thread per arena.
 * Source: AWS CloudTrail User Guide, "CloudTrail record contents" and "userIdentity element";
 * CloudWatch Logs User Guide, "Subscription filters"; EventBridge User Guide, "AWS service events
 * delivered via CloudTrail". */
MUST_USE enum status api_call_decode(struct span text, struct arena *arena,
                                     struct json_error *error, struct api_decoded *out);

/* True when a record begins like one of CloudTrail's or of its carriers: which decoder to try
 * first, no more than that. */
bool api_call_looks_like_one(struct span text);

#endif
