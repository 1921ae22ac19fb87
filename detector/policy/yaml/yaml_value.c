/* yaml_value.c: plain scalars by the rules of YAML 1.2's core schema; quoted ones are texts. */
#include "policy/document/report.h"
#include "policy/yaml/yaml_tree.h"

static bool is_one_of(struct span text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_equals(text, span_view(words[i]))) {
            return true;
        }
    }
    return false;
}

static size_t digits_from(struct span text, size_t at)
{
    size_t count = 0;
    while (at + count < text.len && text.ptr[at + count] >= '0' && text.ptr[at + count] <= '9') {
        count++;
    }
    return count;
}

/* [-+]? ( . digits | digits ( . digits? )? ) ( [eE] [-+]? digits )? */
static bool is_decimal(struct span text)
{
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    size_t whole = digits_from(text, at);
    at += whole;
    if (at < text.len && text.ptr[at] == '.') {
        size_t fraction = digits_from(text, at + 1);
        at += 1 + fraction;
        whole += fraction;
    }
    if (whole == 0) {
        return false;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at++;
        at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
        size_t exponent = digits_from(text, at);
        at += exponent;
        return exponent > 0 && at == text.len;
    }
    return at == text.len;
}

static bool is_infinite(struct span text)
{
    static const char *const words[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                        "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}

static bool is_true(struct span text)
{
    static const char *const words[] = {"true", "True", "TRUE"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}

static bool is_false(struct span text)
{
    static const char *const words[] = {"false", "False", "FALSE"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}

static bool is_null(struct span text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}

enum yaml_meaning yaml_meaning(const struct yaml_node *scalar)
{
    struct span text = scalar->text;
    if (scalar->style != YAML_STYLE_PLAIN) {
        return YAML_MEANS_TEXT;
    }
    if (is_null(text)) {
        return YAML_MEANS_NULL;
    }
    if (is_true(text) || is_false(text)) {
        return YAML_MEANS_BOOL;
    }
    return is_decimal(text) || is_infinite(text) ? YAML_MEANS_NUMBER : YAML_MEANS_TEXT;
}

const char *yaml_describe(const struct yaml_node *node)
{
    static const char *const meanings[] = {[YAML_MEANS_TEXT] = "text",
                                           [YAML_MEANS_NULL] = "nothing",
                                           [YAML_MEANS_BOOL] = "true or false",
                                           [YAML_MEANS_NUMBER] = "a number"};
    switch (node->kind) {
    case YAML_KIND_MAP: return "a map";
    case YAML_KIND_LIST: return "a list";
    case YAML_KIND_SCALAR: break;
    }
    return meanings[yaml_meaning(node)];
}

/* 012345678901 is most likely an account, whose zero a number would lose. */
static bool has_leading_zero(struct span text)
{
    size_t at = text.ptr[0] == '-' || text.ptr[0] == '+';
    return text.len > at + 1 && text.ptr[at] == '0' && digits_from(text, at + 1) > 0;
}

static enum status number_value(const struct yaml_node *node, struct diag_list *diags,
                                struct value *out)
{
    struct span text = node->text;
    struct decimal number;
    if (is_infinite(text)) {
        report_error(diags, yaml_place(node), SPAN("put it in quotes if it is text"),
                     "'%.*s' is no number here", SPAN_ARG(text));
        return STATUS_INVALID;
    }
    if (has_leading_zero(text)) {
        report_error(diags, yaml_place(node), SPAN("put it in quotes if it is text"),
                     "a number with leading zeros would lose them");
        return STATUS_INVALID;
    }
    if (text.ptr[0] == '+') {
        text = span_of(text.ptr + 1, text.len - 1);
    }
    if (decimal_parse(text, &number) != STATUS_OK) {
        report_error(diags, yaml_place(node), SPAN("put it in quotes if it is text"),
                     "a number has at most 38 digits and an exponent within 6144");
        return STATUS_INVALID;
    }
    *out = value_decimal(number);
    return STATUS_OK;
}

static enum status scalar_value(const struct yaml_node *node, struct diag_list *diags,
                                struct value *out)
{
    switch (yaml_meaning(node)) {
    case YAML_MEANS_NULL: *out = value_null(); return STATUS_OK;
    case YAML_MEANS_BOOL: *out = value_bool(is_true(node->text)); return STATUS_OK;
    case YAML_MEANS_NUMBER: return number_value(node, diags, out);
    case YAML_MEANS_TEXT: break;
    }
    *out = value_string(node->text);
    return STATUS_OK;
}

static enum status list_value(const struct yaml_node *node, struct arena *arena,
                              struct diag_list *diags, struct value *out)
{
    struct value *items = arena_array(arena, node->count, sizeof *items);
    enum status result = STATUS_OK;
    for (size_t i = 0; i < node->count; i++) {
        enum status status = yaml_value(node->items[i], arena, diags, &items[i]);
        result = status != STATUS_OK ? status : result;
    }
    if (result == STATUS_OK) {
        *out = (struct value){.kind = VALUE_LIST, .list = {items, node->count}};
    }
    return result;
}

static enum status map_value(const struct yaml_node *node, struct arena *arena,
                             struct diag_list *diags, struct value *out)
{
    struct value_entry *entries = arena_array(arena, node->count, sizeof *entries);
    enum status result = STATUS_OK;
    for (size_t i = 0; i < node->count; i++) {
        entries[i].key = value_string(node->entries[i].key->text);
        enum status status = yaml_value(node->entries[i].value, arena, diags, &entries[i].value);
        result = status != STATUS_OK ? status : result;
    }
    if (result == STATUS_OK) {
        *out = (struct value){.kind = VALUE_MAP, .map = {entries, node->count}};
    }
    return result;
}

enum status yaml_value(const struct yaml_node *node, struct arena *arena, struct diag_list *diags,
                       struct value *out)
{
    switch (node->kind) {
    case YAML_KIND_SCALAR: return scalar_value(node, diags, out);
    case YAML_KIND_LIST: return list_value(node, arena, diags, out);
    case YAML_KIND_MAP: break;
    }
    return map_value(node, arena, diags, out);
}
