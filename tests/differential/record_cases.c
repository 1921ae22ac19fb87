#include "case_writer.h"

static void put_typed(struct writer *w, int depth);

static void put_decimal_text(struct writer *w)
{
    static const char *const texts[] = {
        "\"0\"", "\"-0\"", "\"1.50\"", "\"1E+3\"", "\"\\u0031\"", "7", "-2.5", "1e3", "\"1e6144\"",
        "\"12345678901234567890123456789012345678\"", "\"1234567890123456789012345678901234567.8\"",
        "\"-.5\"", "\"5.\"", "\"00012\"",
    };
    static const char *const bad_texts[] = {
        "\"\"", "\"x\"", "\"1e99999\"", "\"123456789012345678901234567890123456789\"", "\"1 \"",
        "null", "\"+\"", "\"1.2.3\"", "\"NaN\"",
    };
    if (below(w, 200) == 0) {
        put(w, bad_texts[below(w, sizeof bad_texts / sizeof *bad_texts)]);
    } else if (chance(w, 30)) {
        put(w, texts[below(w, sizeof texts / sizeof *texts)]);
    } else {
        put(w, "\"");
        put_digits(w, 1 + below(w, 10));
        put(w, chance(w, 50) ? ".25\"" : "\"");
    }
}

static void put_base64(struct writer *w)
{
    static const char *const texts[] = {
        "\"\"", "\"AA==\"", "\"AAE=\"", "\"AAEC\"", "\"+\\/+\\/\"", "\"//8=\"", "\"QUJDREVG\"",
        "\"AB==\"",
    };
    static const char *const bad_texts[] = {
        "\"A\"", "\"A===\"", "\"AA=A\"", "\"AA-_\"", "\"=\"", "7", "\"AA= \"", "\"====\"",
    };
    bool bad = below(w, 200) == 0;
    put(w, bad ? bad_texts[below(w, 8)] : texts[below(w, 8)]);
}

static void put_set(struct writer *w, void (*put_element)(struct writer *w))
{
    size_t count = below(w, 200) == 0 ? 0 : 1 + below(w, 3);
    put(w, "[");
    for (size_t i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_element(w);
    }
    put(w, "]");
}

static void put_list(struct writer *w, int depth)
{
    size_t count = below(w, 4);
    put(w, "[");
    for (size_t i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_typed(w, depth - 1);
    }
    put(w, "]");
}

static void put_map(struct writer *w, int depth)
{
    size_t width = below(w, 100) == 0 ? 33 + below(w, 20) : below(w, 5);
    put(w, "{");
    for (size_t i = 0; i < width; i++) {
        put(w, i ? "," : "");
        put_name(w, width + 3);
        put(w, ":");
        put_typed(w, width > 10 ? 0 : depth - 1);
    }
    put(w, "}");
}

static void put_payload(struct writer *w, size_t type, int depth)
{
    switch (type) {
    case 0: put_string(w); break;
    case 1: put_decimal_text(w); break;
    case 2: put_base64(w); break;
    case 3: put(w, chance(w, 50) ? "true" : "false"); break;
    case 4: put(w, below(w, 100) == 0 ? "false" : "true"); break;
    case 5: put_set(w, put_string); break;
    case 6: put_set(w, put_decimal_text); break;
    case 7: put_set(w, put_base64); break;
    case 8: put_list(w, depth); break;
    default: put_map(w, depth); break;
    }
}

static void put_typed(struct writer *w, int depth)
{
    static const char *const tags[] = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};
    if (below(w, 500) == 0) {
        put_value(w, 1);
        return;
    }
    size_t type = below(w, depth > 0 ? 10 : 8);
    space(w);
    put(w, "{");
    space(w);
    put_word(w, below(w, 500) == 0 ? "X" : tags[type]);
    put(w, ":");
    space(w);
    put_payload(w, below(w, 300) == 0 ? below(w, 8) : type, depth);
    put(w, below(w, 500) == 0 ? ",\"S\":\"\"}" : "}");
    space(w);
}

/* Lists in lists, about as deep as is allowed below an image. */
static void put_typed_tower(struct writer *w)
{
    size_t depth = 55 + below(w, 12);
    put(w, "{\"tower\":");
    for (size_t i = 0; i < depth; i++) {
        put(w, "{\"L\":[");
    }
    put_typed(w, 0);
    for (size_t i = 0; i < depth; i++) {
        put(w, "]}");
    }
    put(w, "}");
}

static void put_image(struct writer *w)
{
    if (below(w, 60) == 0) {
        put_typed_tower(w);
    } else if (below(w, 30) == 0) {
        put(w, "null");
    } else {
        put_map(w, DEPTH_SMALL);
    }
}

static void put_keys(struct writer *w)
{
    static const char *const keys[] = {
        "{\"id\":{\"N\":\"7\"}}", "{\"sku\":{\"S\":\"A1\"},\"at\":{\"N\":\"1.0\"}}",
        "{\"b\":{\"B\":\"AA==\"}}", "{\"\\u0069d\":{\"S\":\"\\u00e9\"}}",
    };
    if (below(w, 40) == 0) {
        put_map(w, 1);
    } else {
        put(w, keys[below(w, 4)]);
    }
}

static void put_time(struct writer *w)
{
    static const char *const times[] = {
        "1772355600000123", "1772355600000", "1772355600", "1772355600.25", "1.7723556E9", "0",
        "99999999999", "100000000000", "99999999999999", "100000000000000",
    };
    if (below(w, 30) == 0) {
        put_value(w, 1);
    } else {
        put(w, times[below(w, chance(w, 80) ? 3 : 10)]);
    }
}

static void put_precision(struct writer *w)
{
    static const char *const precisions[] = {
        "\"MICROSECOND\"", "\"MILLISECOND\"", "\"MICROSECOND\"", "null", "\"SECOND\"", "7"};
    put(w, precisions[below(w, chance(w, 90) ? 2 : 6)]);
}

static void put_text_or_not(struct writer *w)
{
    if (below(w, 60) == 0) {
        put_value(w, 1);
    } else if (chance(w, 20)) {
        put_string(w);
    } else {
        put(w, "\"products\"");
    }
}

static void put_op(struct writer *w)
{
    static const char *const ops[] = {"INSERT", "MODIFY", "REMOVE", "Modify", "UPSERT"};
    put_word(w, ops[below(w, below(w, 40) == 0 ? 5 : 3)]);
}

static void put_arn(struct writer *w)
{
    static const char *const arns[] = {
        "\"arn:aws:dynamodb:us-east-1:111122223333:table/ledger/stream/2026-01-01T00:00:00.000\"",
        "\"arn:aws:dynamodb:us-east-1:111122223333:table/ledger\"",
        "\"arn:aws:dynamodb:us-east-1:111122223333:table\\/x\\/stream\"", "\":table/\"", "null",
        "\":table//\"",
    };
    put(w, arns[below(w, 6)]);
}

static void put_identity(struct writer *w)
{
    static const char *const identities[] = {
        "null", "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}",
        "{\"Type\":\"Service\",\"PrincipalId\":\"dynamodb.amazonaws.com\"}", "{}",
        "{\"type\":null,\"x\":[1]}", "{\"type\":\"a\",\"Type\":null}",
        "{\"type\":\"a\",\"Type\":\"b\"}", "7",
    };
    put(w, identities[below(w, chance(w, 90) ? 3 : 8)]);
}

static void put_any(struct writer *w)
{
    put_value(w, 3);
}

/* A member, how often it stands in a record (percent), and what writes its value. */
struct member {
    const char *name;
    unsigned percent;
    void (*put)(struct writer *w);
};

enum { MEMBERS_MAX = 12 };

/* Writes the members in a random order. */
static void put_members(struct writer *w, const struct member *members, size_t count)
{
    size_t order[MEMBERS_MAX];
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        size_t other = below(w, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    put(w, "{");
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[order[i]];
        if (!chance(w, member->percent)) {
            continue;
        }
        put(w, any ? "," : "");
        any = true;
        space(w);
        put_word(w, member->name);
        space(w);
        put(w, ":");
        space(w);
        member->put(w);
    }
    space(w);
    put(w, "}");
}

static void put_dynamodb(struct writer *w)
{
    static const struct member members[] = {
        {"ApproximateCreationDateTime", 98, put_time},
        {"ApproximateCreationDateTimePrecision", 30, put_precision},
        {"Keys", 98, put_keys},
        {"NewImage", 70, put_image},
        {"OldImage", 70, put_image},
        {"SizeBytes", 70, put_number},
        {"Other", 10, put_any},
    };
    put_members(w, members, sizeof members / sizeof *members);
}

void put_record(struct writer *w)
{
    static const struct member members[] = {
        {"awsRegion", 90, put_text_or_not}, {"eventID", 90, put_text_or_not},
        {"eventName", 99, put_op},          {"userIdentity", 70, put_identity},
        {"tableName", 85, put_text_or_not}, {"eventSourceARN", 25, put_arn},
        {"dynamodb", 99, put_dynamodb},     {"eventSource", 70, put_any},
    };
    put_members(w, members, sizeof members / sizeof *members);
}
