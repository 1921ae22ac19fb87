#include "expected_change.h"

static bool is_kind(const struct oracle_node *node, enum oracle_kind kind)
{
    return node && oracle_kind(node) == kind;
}

static bool is_number(const struct oracle_node *node)
{
    return is_kind(node, ORACLE_INTEGER) || is_kind(node, ORACLE_REAL);
}

static struct span text_of(const struct oracle_node *node)
{
    struct span text;
    text.ptr = oracle_text(node, &text.len);
    return text;
}

/* ---- depth ---- */

static void deepest(const char *name, size_t size, const struct oracle_node *member, void *context)
{
    size_t *depth = context;
    size_t below = oracle_depth(member);
    (void)name;
    (void)size;
    *depth = below > *depth ? below : *depth;
}

size_t oracle_depth(const struct oracle_node *node)
{
    size_t below = 0;
    if (is_kind(node, ORACLE_ARRAY)) {
        for (size_t i = 0; i < oracle_count(node); i++) {
            deepest(NULL, 0, oracle_item(node, i), &below);
        }
        return below + 1;
    }
    if (is_kind(node, ORACLE_OBJECT)) {
        oracle_each(node, deepest, &below);
        return below + 1;
    }
    return 0;
}

/* ---- typed values ---- */

struct single_member {
    struct span name;
    const struct oracle_node *node;
};

static void keep_member(const char *name, size_t size, const struct oracle_node *member,
                        void *context)
{
    *(struct single_member *)context = (struct single_member){span_of(name, size), member};
}

const struct oracle_node *oracle_typed(const struct oracle_node *node, struct span *tag)
{
    struct single_member single = {0};
    if (!is_kind(node, ORACLE_OBJECT) || oracle_count(node) != 1) {
        return NULL;
    }
    oracle_each(node, keep_member, &single);
    *tag = single.name;
    return single.node;
}

/* `level`: containers that stand open around the value. */
static void check_typed(struct expected_change *expected, const struct oracle_node *node,
                        size_t level);

static void check_level(struct expected_change *expected, size_t level)
{
    expected->limit |= level > JSON_DEPTH_MAX;
}

static void check_number(struct expected_change *expected, const struct oracle_node *node)
{
    struct decimal number;
    if (is_number(node)) {
        return; /* its range: see compare.c, extreme numbers */
    }
    enum status status =
        is_kind(node, ORACLE_STRING) ? decimal_parse(text_of(node), &number) : STATUS_INVALID;
    expected->limit |= status == STATUS_LIMIT;
    expected->invalid |= status == STATUS_INVALID;
}

static bool is_base64(struct span text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = 0;
    while (length < text.len && text.ptr[length] && strchr(digits, text.ptr[length])) {
        length++;
    }
    size_t padding = text.len - length;
    for (size_t i = length; i < text.len; i++) {
        if (text.ptr[i] != '=') {
            return false;
        }
    }
    return text.len % 4 == 0 && padding <= 2;
}

static void check_scalar(struct expected_change *expected, char tag, const struct oracle_node *node)
{
    if (tag == 'N') {
        check_number(expected, node);
    } else if (!is_kind(node, ORACLE_STRING) || (tag == 'B' && !is_base64(text_of(node)))) {
        expected->invalid = true;
    }
}

static void check_set(struct expected_change *expected, char tag, const struct oracle_node *node,
                      size_t level)
{
    if (!is_kind(node, ORACLE_ARRAY)) {
        expected->invalid = true;
        return;
    }
    check_level(expected, level + 1);
    expected->invalid |= oracle_count(node) == 0;
    for (size_t i = 0; i < oracle_count(node); i++) {
        check_scalar(expected, tag, oracle_item(node, i));
    }
}

struct members_context {
    struct expected_change *expected;
    size_t level;
};

static void check_member(const char *name, size_t size, const struct oracle_node *member,
                         void *context)
{
    struct members_context *members = context;
    (void)name;
    (void)size;
    check_typed(members->expected, member, members->level);
}

/* The attributes of an object that stands open at `level`. */
static void check_members(struct expected_change *expected, const struct oracle_node *node,
                          size_t level)
{
    struct members_context members = {expected, level};
    if (!is_kind(node, ORACLE_OBJECT)) {
        expected->invalid = true;
        return;
    }
    check_level(expected, level);
    oracle_each(node, check_member, &members);
}

static void check_list(struct expected_change *expected, const struct oracle_node *node,
                       size_t level)
{
    if (!is_kind(node, ORACLE_ARRAY)) {
        expected->invalid = true;
        return;
    }
    check_level(expected, level + 1);
    for (size_t i = 0; i < oracle_count(node); i++) {
        check_typed(expected, oracle_item(node, i), level + 1);
    }
}

static bool is_tag(struct span tag, const char *name)
{
    return span_equals(tag, span_view(name));
}

static void check_typed(struct expected_change *expected, const struct oracle_node *node,
                        size_t level)
{
    struct span tag;
    const struct oracle_node *value = oracle_typed(node, &tag);
    if (!value) {
        expected->invalid = true;
        check_level(expected, level + oracle_depth(node)); /* the first of two tags may be deep */
    } else if (is_tag(tag, "S") || is_tag(tag, "N") || is_tag(tag, "B")) {
        check_scalar(expected, tag.ptr[0], value);
    } else if (is_tag(tag, "SS") || is_tag(tag, "NS") || is_tag(tag, "BS")) {
        check_set(expected, tag.ptr[0], value, level);
    } else if (is_tag(tag, "M")) {
        check_members(expected, value, level + 1);
    } else if (is_tag(tag, "L")) {
        check_list(expected, value, level);
    } else if (is_tag(tag, "BOOL")) {
        expected->invalid |= !is_kind(value, ORACLE_BOOL);
    } else if (is_tag(tag, "NULL")) {
        expected->invalid |= !is_kind(value, ORACLE_BOOL) || !oracle_truth(value);
    } else {
        expected->invalid = true;
    }
}

/* ---- the record ---- */

static const struct oracle_node *member_of(const struct oracle_node *object, const char *name)
{
    const struct oracle_node *member = oracle_member(object, name, strlen(name));
    return is_kind(member, ORACLE_NULL) ? NULL : member;
}

static struct span expect_text(struct expected_change *expected, const struct oracle_node *object,
                               const char *name)
{
    const struct oracle_node *member = member_of(object, name);
    if (!member) {
        return span_of(NULL, 0);
    }
    if (!is_kind(member, ORACLE_STRING)) {
        expected->invalid = true;
        return span_of(NULL, 0);
    }
    return text_of(member);
}

static struct span expect_either(struct expected_change *expected, const struct oracle_node *object,
                                 const char *lower, const char *upper)
{
    struct span a = expect_text(expected, object, lower);
    struct span b = expect_text(expected, object, upper);
    expected->invalid |= a.ptr && b.ptr;
    return a.ptr ? a : b;
}

static void expect_identity(struct expected_change *expected, const struct oracle_node *root)
{
    const struct oracle_node *identity = member_of(root, "userIdentity");
    if (!identity) {
        return;
    }
    expected->invalid |= !is_kind(identity, ORACLE_OBJECT);
    expected->principal_type = expect_either(expected, identity, "type", "Type");
    expected->principal_id = expect_either(expected, identity, "principalId", "PrincipalId");
}

static void expect_op(struct expected_change *expected, const struct oracle_node *root)
{
    static const char *const names[] = {"INSERT", "MODIFY", "REMOVE"};
    struct span name = expect_text(expected, root, "eventName");
    for (int op = 0; op < 3; op++) {
        if (span_equals_nocase(name, span_view(names[op]))) {
            expected->op = (enum change_op)op;
            return;
        }
    }
    expected->invalid = true;
}

static void expect_table(struct expected_change *expected, const struct oracle_node *root)
{
    struct span arn = expect_text(expected, root, "eventSourceARN");
    expected->table = expect_text(expected, root, "tableName");
    const char *mark = arn.len ? memmem(arn.ptr, arn.len, ":table/", 7) : NULL;
    if (expected->table.len == 0 && mark) {
        const char *end = arn.ptr + arn.len;
        const char *slash = memchr(mark + 7, '/', (size_t)(end - mark - 7));
        expected->table = span_of(mark + 7, (size_t)((slash ? slash : end) - mark - 7));
    }
    expected->invalid |= expected->table.len == 0;
}

/* Microseconds in the unit of an integer time; 0: it must be seconds. */
static int64_t unit_us(int64_t time, struct span precision)
{
    if (time == 0) {
        return 0;
    }
    if (is_tag(precision, "MICROSECOND")) {
        return 1;
    }
    if (is_tag(precision, "MILLISECOND")) {
        return 1000;
    }
    return time >= INT64_C(100000000000000) ? 1 : time >= INT64_C(100000000000) ? 1000 : 0;
}

static void expect_time(struct expected_change *expected, const struct oracle_node *dynamodb,
                        enum record_format format)
{
    static const double limit = 1e17;
    struct span precision = expect_text(expected, dynamodb, "ApproximateCreationDateTimePrecision");
    const struct oracle_node *time = member_of(dynamodb, "ApproximateCreationDateTime");
    if (!is_number(time)) {
        expected->invalid = true;
        return;
    }
    bool whole = is_kind(time, ORACLE_INTEGER);
    int64_t unit = whole ? unit_us(oracle_integer(time), precision) : 0;
    bool seconds = format == RECORD_FORMAT_DYNAMODB_STREAMS ||
                   (format == RECORD_FORMAT_AUTO && unit == 0);
    double time_us = oracle_real(time) * (seconds ? 1e6 : (double)unit);
    expected->invalid |= (!seconds && unit == 0) || time_us < 0 || time_us >= limit;
    expected->time_rounded = !whole;
    if (!expected->invalid) {
        expected->event_time_us = whole ? oracle_integer(time) * (seconds ? 1000000 : unit)
                                        : (int64_t)time_us;
    }
}

static bool is_key_attribute(const struct oracle_node *node)
{
    struct span tag;
    return oracle_typed(node, &tag) && (is_tag(tag, "S") || is_tag(tag, "N") || is_tag(tag, "B"));
}

static void check_key(const char *name, size_t size, const struct oracle_node *member,
                      void *context)
{
    struct expected_change *expected = context;
    (void)name;
    (void)size;
    expected->invalid |= !is_key_attribute(member);
}

static const struct oracle_node *expect_image(struct expected_change *expected,
                                              const struct oracle_node *dynamodb, const char *name)
{
    const struct oracle_node *image = member_of(dynamodb, name);
    if (image) {
        check_members(expected, image, 3);
    }
    return image;
}

static void expect_keys(struct expected_change *expected, const struct oracle_node *dynamodb)
{
    expected->keys = expect_image(expected, dynamodb, "Keys");
    if (!is_kind(expected->keys, ORACLE_OBJECT) || oracle_count(expected->keys) == 0) {
        expected->invalid = true;
        return;
    }
    oracle_each(expected->keys, check_key, expected);
}

static bool is_image_name(struct span name)
{
    return is_tag(name, "Keys") || is_tag(name, "OldImage") || is_tag(name, "NewImage");
}

/* Members that are not typed values, of the record (level 1) and of its member dynamodb (2). */
static void check_others(const char *name, size_t size, const struct oracle_node *member,
                         void *context)
{
    struct members_context *members = context;
    struct span member_name = span_of(name, size);
    bool other = members->level == 1 ? !is_tag(member_name, "dynamodb")
                                     : !is_image_name(member_name);
    if (other) {
        check_level(members->expected, members->level + oracle_depth(member));
    }
}

struct expected_change expect_change(const struct oracle_node *root, enum record_format format)
{
    struct expected_change expected = {0};
    if (!is_kind(root, ORACLE_OBJECT)) {
        expected.invalid = true;
        return expected;
    }
    const struct oracle_node *dynamodb = member_of(root, "dynamodb");
    expect_op(&expected, root);
    expect_table(&expected, root);
    expect_identity(&expected, root);
    expected.region = expect_text(&expected, root, "awsRegion");
    expected.event_id = expect_text(&expected, root, "eventID");
    oracle_each(root, check_others, &(struct members_context){&expected, 1});
    if (!is_kind(dynamodb, ORACLE_OBJECT)) {
        expected.invalid = true;
        return expected;
    }
    oracle_each(dynamodb, check_others, &(struct members_context){&expected, 2});
    expect_keys(&expected, dynamodb);
    expected.old_image = expect_image(&expected, dynamodb, "OldImage");
    expected.new_image = expect_image(&expected, dynamodb, "NewImage");
    expect_time(&expected, dynamodb, format);
    return expected;
}
