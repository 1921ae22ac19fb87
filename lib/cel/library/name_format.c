/* name_format.c: one table of names; most are made of labels between points. */
#include "cel/library/name_format.h"

#include "cel/library/time.h"
#include "model/url.h"

enum { LABEL_BYTES_MAX = 63, SUBDOMAIN_BYTES_MAX = 253, DATE_LEN = 10 };

static void add(struct name_problems *out, const char *problem)
{
    if (out->count < NAME_FORMAT_PROBLEMS_MAX) {
        out->texts[out->count++] = problem;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* --- labels and names --- */

/* Small letters, digits and "-"; no "-" at the ends. */
static bool is_label(struct span text, bool digit_first)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_lower(c) && !is_digit(c) && c != '-') {
            return false;
        }
    }
    return text.len > 0 && text.ptr[text.len - 1] != '-' &&
           (is_lower(text.ptr[0]) || (digit_first && is_digit(text.ptr[0])));
}

static bool is_subdomain(struct span text)
{
    const char *end = text.ptr + text.len;
    const char *start = text.ptr;
    for (const char *at = text.ptr; at < end; at++) {
        if (*at == '.') {
            if (!is_label(span_of(start, (size_t)(at - start)), true)) {
                return false;
            }
            start = at + 1;
        }
    }
    return text.len > 0 && is_label(span_of(start, (size_t)(end - start)), true);
}

/* Letters, digits, "-", "_" and "."; a letter or digit at the ends. */
static bool is_name(struct span text)
{
    bool ends = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        ends = is_lower(c) || is_upper(c) || is_digit(c);
        if (!ends && ((c != '-' && c != '_' && c != '.') || i == 0)) {
            return false;
        }
    }
    return ends;
}

static void check_label(struct span text, struct name_problems *out)
{
    if (text.len > LABEL_BYTES_MAX) {
        add(out, "a label has at most 63 bytes");
    }
    if (!is_label(text, true)) {
        add(out, is_subdomain(text)
                     ? "a label holds no points"
                     : "a label is made of small letters, digits and '-', with a letter or digit "
                       "at both ends");
    }
}

static void check_subdomain(struct span text, struct name_problems *out)
{
    if (text.len > SUBDOMAIN_BYTES_MAX) {
        add(out, "a subdomain has at most 253 bytes");
    }
    if (!is_subdomain(text)) {
        add(out, "a subdomain is made of labels between points: small letters, digits and '-', "
                 "with a letter or digit at both ends of each");
    }
}

static void check_label_of_1035(struct span text, struct name_problems *out)
{
    if (text.len > LABEL_BYTES_MAX) {
        add(out, "a label has at most 63 bytes");
    }
    if (!is_label(text, false)) {
        add(out, "a label is made of small letters, digits and '-', with a letter first and a "
                 "letter or digit last");
    }
}

static void check_label_value(struct span text, struct name_problems *out)
{
    if (text.len > LABEL_BYTES_MAX) {
        add(out, "the value of a label has at most 63 bytes");
    }
    if (text.len > 0 && !is_name(text)) {
        add(out, "the value of a label is empty or made of letters, digits, '-', '_' and '.', with "
                 "a letter or digit at both ends");
    }
}

static void check_prefix_of_name(struct span prefix, struct name_problems *out)
{
    struct name_problems problems = {0};
    check_subdomain(prefix, &problems);
    if (prefix.len == 0) {
        add(out, "the prefix before '/' is empty");
    } else if (problems.count > 0) {
        add(out, "the prefix before '/' is no subdomain");
    }
    if (problems.count > 1) {
        add(out, "the prefix before '/' has at most 253 bytes");
    }
}

static void check_qualified_name(struct span text, struct name_problems *out)
{
    struct span name = text;
    const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
    if (slash) {
        size_t prefix_len = (size_t)(slash - text.ptr);
        name = span_of(slash + 1, text.len - prefix_len - 1);
        if (name.len && memchr(name.ptr, '/', name.len)) {
            add(out, "a qualified name holds at most one '/'");
            return;
        }
        check_prefix_of_name(span_of(text.ptr, prefix_len), out);
    }
    if (name.len == 0) {
        add(out, "the name is empty");
    } else if (name.len > LABEL_BYTES_MAX) {
        add(out, "the name has at most 63 bytes");
    }
    if (!is_name(name)) {
        add(out, "the name is made of letters, digits, '-', '_' and '.', with a letter or digit at "
                 "both ends");
    }
}

/* --- other formats --- */

static void check_uuid(struct span text, struct name_problems *out)
{
    static const size_t groups[] = {8, 4, 4, 4, 12};
    enum { GROUPS = sizeof groups / sizeof *groups };
    size_t at = 0;
    bool valid = true;
    for (size_t g = 0; g < GROUPS && valid; g++) {
        at += g > 0 && at < text.len && text.ptr[at] == '-';
        for (size_t i = 0; i < groups[g] && valid; i++, at++) {
            char c = at < text.len ? text.ptr[at] : '\0';
            valid = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        }
    }
    if (!valid || at != text.len) {
        add(out, "it is no UUID: 32 hexadecimal digits, with or without '-'");
    }
}

/* Whole groups of four, the last with one or two "=" at its end. */
static void check_byte(struct span text, struct name_problems *out)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=') {
        padding++;
    }
    bool valid = text.len > 0 && text.len % 4 == 0;
    for (size_t i = 0; valid && i < text.len - padding; i++) {
        char c = text.ptr[i];
        valid = is_lower(c) || is_upper(c) || is_digit(c) || c == '+' || c == '/';
    }
    if (!valid) {
        add(out, "it is no base64");
    }
}

/* The time of a day and the zone, "T" before them: any of each is fine to try a date with. */
static bool is_time(struct span text, struct arena *arena)
{
    struct value_time time;
    return time_parse(arena_printf(arena, "%.*s", SPAN_ARG(text)), &time);
}

static bool is_date(struct span text, struct arena *arena)
{
    return text.len == DATE_LEN &&
           is_time(arena_printf(arena, "%.*sT00:00:00Z", SPAN_ARG(text)), arena);
}

static void check_date(struct span text, struct arena *arena, struct name_problems *out)
{
    if (!is_date(text, arena)) {
        add(out, "it is no date such as 2026-01-31");
    }
}

static void check_datetime(struct span text, struct arena *arena, struct name_problems *out)
{
    if (!is_time(text, arena)) {
        add(out, "it is no time such as 2026-01-31T13:30:00Z (RFC 3339)");
    }
}

static void check_uri(struct span text, struct arena *arena, struct name_problems *out)
{
    const char *problem;
    if (!url_is_target(text, arena, &problem)) {
        add(out, problem);
    }
}

/* --- the table --- */

/* A name to which more is to be appended may end in "-": Kubernetes checks it with a letter in
 * place of the last two characters. */
static struct span completed(struct span text, struct arena *arena)
{
    return text.len > 1 && text.ptr[text.len - 1] == '-'
               ? arena_printf(arena, "%.*sa", (int)text.len - 2, text.ptr)
               : text;
}

static const struct {
    struct span name;
    bool is_prefix;
    void (*check)(struct span text, struct name_problems *out);
    void (*check_whole)(struct span text, struct arena *arena, struct name_problems *out);
} FORMATS[] = {
    {{"dns1123Label", 12}, false, check_label, NULL},
    {{"dns1123Subdomain", 16}, false, check_subdomain, NULL},
    {{"dns1035Label", 12}, false, check_label_of_1035, NULL},
    {{"dns1123LabelPrefix", 18}, true, check_label, NULL},
    {{"dns1123SubdomainPrefix", 22}, true, check_subdomain, NULL},
    {{"dns1035LabelPrefix", 18}, true, check_label_of_1035, NULL},
    {{"qualifiedName", 13}, false, check_qualified_name, NULL},
    {{"labelValue", 10}, false, check_label_value, NULL},
    {{"uri", 3}, false, NULL, check_uri},
    {{"uuid", 4}, false, check_uuid, NULL},
    {{"byte", 4}, false, check_byte, NULL},
    {{"date", 4}, false, NULL, check_date},
    {{"datetime", 8}, false, NULL, check_datetime},
};

enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS };

struct span name_format_find(struct span name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (span_equals(FORMATS[i].name, name)) {
            return FORMATS[i].name;
        }
    }
    return span_of(NULL, 0);
}

void name_format_check(struct span format, struct span text, struct arena *arena,
                       struct name_problems *out)
{
    *out = (struct name_problems){0};
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (!span_equals(FORMATS[i].name, format)) {
            continue;
        }
        if (FORMATS[i].check) {
            FORMATS[i].check(FORMATS[i].is_prefix ? completed(text, arena) : text, out);
        } else {
            FORMATS[i].check_whole(text, arena, out);
        }
    }
}
