/* url.c: a text is read twice: as a request's target, which must be absolute and has no fragment,
 * and then without its fragment. So does Kubernetes. */
#include "model/url.h"

#include "base/buf.h"
#include "base/check.h"

#include <arpa/inet.h>

enum part { PART_PATH, PART_FRAGMENT, PART_USER, PART_HOST, PART_ZONE, PART_QUERY };

enum { ADDRESS_BYTES_MAX = 46, ESCAPE_LEN = 3 };

/* --- escapes --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_letter_or_digit(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *characters)
{
    return c && strchr(characters, c) != NULL;
}

/* Whether the character stands for itself in this part of a URL. */
static bool stands_for_itself(char c, enum part part)
{
    static const char *const characters[] = {
        [PART_PATH] = "$&+,/:;=@",           [PART_FRAGMENT] = "$&+,/:;=?@!()*",
        [PART_USER] = "$&+,;=",              [PART_HOST] = "!$&'()*+,;=:[]<>\"",
        [PART_ZONE] = "!$&'()*+,;=:[]<>\"", [PART_QUERY] = "",
    };
    return is_letter_or_digit(c) || is_one_of(c, "-_.~") || is_one_of(c, characters[part]);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that "%41" stands for; -1 when it is no escape. */
static int escaped_byte(struct span text, size_t at)
{
    if (text.len - at < ESCAPE_LEN) {
        return -1;
    }
    int high = hex_value(text.ptr[at + 1]);
    int low = hex_value(text.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Hosts escape only what is no ASCII, and "%" itself. */
static bool may_be_escaped(int byte, enum part part)
{
    if (part == PART_HOST) {
        return byte >= 0x80 || byte == '%';
    }
    return part != PART_ZONE || byte == '%' || byte == ' ' ||
           stands_for_itself((char)byte, PART_HOST);
}

static bool may_be_plain(char c, enum part part)
{
    bool checked = part == PART_HOST || part == PART_ZONE;
    return !checked || (unsigned char)c >= 0x80 || stands_for_itself(c, part);
}

/* Appends the text without its escapes; false when one is malformed or a character out of place. */
static bool unescape(struct span text, enum part part, struct buf *out)
{
    buf_reserve(out, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int byte = escaped_byte(text, i);
            if (byte < 0 || !may_be_escaped(byte, part)) {
                return false;
            }
            buf_append_char(out, (char)byte);
            i += ESCAPE_LEN - 1;
        } else if (!may_be_plain(c, part)) {
            return false;
        } else {
            buf_append_char(out, c == '+' && part == PART_QUERY ? ' ' : c);
        }
    }
    return true;
}

static void escape(struct span text, enum part part, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (stands_for_itself(text.ptr[i], part)) {
            buf_append_char(out, text.ptr[i]);
        } else {
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
        }
    }
}

static struct span taken(struct buf *text, struct arena *arena)
{
    struct span copy = arena_copy(arena, buf_view(text));
    buf_deinit(text);
    return copy;
}

/* As written when all is escaped that must be, else escaped anew. False: a malformed escape. */
static bool escape_anew(struct span text, enum part part, struct arena *arena, struct span *out)
{
    struct buf plain = {0};
    struct buf escaped = {0};
    bool well_formed = unescape(text, part, &plain);
    bool is_escaped = part != PART_USER;
    for (size_t i = 0; i < text.len && is_escaped; i++) {
        char c = text.ptr[i];
        is_escaped = stands_for_itself(c, part) || is_one_of(c, "!$&'()*+,;=:@[]%");
    }
    *out = text;
    if (well_formed && !is_escaped) {
        escape(buf_view(&plain), part, &escaped);
        *out = taken(&escaped, arena);
    }
    buf_deinit(&plain);
    return well_formed;
}

bool url_unescape_query(struct span text, struct arena *arena, struct span *out)
{
    struct buf plain = {0};
    bool well_formed = unescape(text, PART_QUERY, &plain);
    *out = taken(&plain, arena);
    return well_formed && span_utf8_prefix(*out) == out->len;
}

/* --- cutting --- */

static size_t find(struct span text, char c)
{
    const char *found = text.len ? memchr(text.ptr, c, text.len) : NULL;
    return found ? (size_t)(found - text.ptr) : text.len;
}

static size_t find_last(struct span text, char c)
{
    const char *found = text.len ? memrchr(text.ptr, c, text.len) : NULL;
    return found ? (size_t)(found - text.ptr) : text.len;
}

static struct span first(struct span text, size_t len)
{
    return span_of(text.ptr, len);
}

static struct span from(struct span text, size_t start)
{
    return start < text.len ? span_of(text.ptr + start, text.len - start) : span_of("", 0);
}

/* What stands before the character; *rest is what stands behind it. */
static struct span cut(struct span text, char c, struct span *rest)
{
    size_t at = find(text, c);
    *rest = from(text, at + 1);
    return first(text, at);
}

/* --- the host --- */

static bool is_port(struct span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len == 0 || text.ptr[0] == ':';
}

void url_split_host(struct span host, struct span *name, struct span *port)
{
    size_t colon = find_last(host, ':');
    *name = host;
    *port = span_of("", 0);
    if (colon < host.len && is_port(from(host, colon))) {
        *name = first(host, colon);
        *port = from(host, colon + 1);
    }
    if (name->len > 1 && name->ptr[0] == '[' && name->ptr[name->len - 1] == ']') {
        *name = span_of(name->ptr + 1, name->len - 2);
    }
}

/* "fe80::1", "fe80::1%eth0" */
static bool is_ipv6(struct span text)
{
    char address[ADDRESS_BYTES_MAX];
    unsigned char bytes[16];
    size_t len = find(text, '%');
    bool has_empty_zone = len + 1 == text.len;
    if (len >= sizeof address || has_empty_zone) {
        return false;
    }
    memcpy(address, text.ptr, len);
    address[len] = '\0';
    return inet_pton(AF_INET6, address, bytes) == 1;
}

/* "[fe80::1%25eth0]:80", unescaped to `out`. */
static bool read_bracketed(struct span host, struct buf *out)
{
    size_t close = find_last(host, ']');
    if (close == host.len || !is_port(from(host, close + 1))) {
        return false;
    }
    struct span name = span_of(host.ptr + 1, close - 1);
    const char *sign = name.len ? memmem(name.ptr, name.len, "%25", ESCAPE_LEN) : NULL;
    size_t zone = sign ? (size_t)(sign - name.ptr) : name.len;
    buf_append_char(out, '[');
    if (!unescape(first(name, zone), PART_HOST, out) ||
        !unescape(from(name, zone), PART_ZONE, out) ||
        !is_ipv6(from(buf_view(out), 1))) {
        return false;
    }
    buf_append(out, from(host, close));
    return true;
}

/* Schemes but http and https may have further colons before that of the port. */
static bool has_port_in_place(struct span scheme, struct span host)
{
    bool web = span_equals(scheme, SPAN("http")) || span_equals(scheme, SPAN("https"));
    size_t colon = web ? find(host, ':') : find_last(host, ':');
    return is_port(from(host, colon));
}

static bool read_host(struct span host, struct arena *arena, struct url *url)
{
    struct buf plain = {0};
    size_t bracket = find_last(host, '[');
    bool bracketed = bracket == 0 && host.len > 0;
    bool valid = bracketed ? read_bracketed(host, &plain)
                           : bracket == host.len && has_port_in_place(url->scheme, host) &&
                                 unescape(host, PART_HOST, &plain);
    url->host = taken(&plain, arena);
    return valid && span_utf8_prefix(url->host) == url->host.len;
}

/* --- who --- */

static bool is_userinfo(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_letter_or_digit(c) && !is_one_of(c, "-._:~!$&'()*+,;=%@")) {
            return false;
        }
    }
    return true;
}

static bool read_userinfo(struct span userinfo, struct arena *arena, struct url *url)
{
    struct span user;
    struct span password;
    struct span rest;
    bool has_password = find(userinfo, ':') < userinfo.len;
    if (!is_userinfo(userinfo) ||
        !escape_anew(cut(userinfo, ':', &rest), PART_USER, arena, &user) ||
        !escape_anew(rest, PART_USER, arena, &password)) {
        return false;
    }
    url->userinfo = arena_printf(arena, "%.*s%s%.*s", SPAN_ARG(user), has_password ? ":" : "",
                                 SPAN_ARG(password));
    return true;
}

static bool read_authority(struct span authority, struct arena *arena, struct url *url)
{
    size_t at = find_last(authority, '@');
    if (at == authority.len) {
        return read_host(authority, arena, url);
    }
    return read_host(from(authority, at + 1), arena, url) &&
           read_userinfo(first(authority, at), arena, url);
}

/* --- the whole --- */

/* Cuts "https:" off; false for ":" alone. */
static bool read_scheme(struct span *rest, struct arena *arena, struct url *url)
{
    size_t len = 0;
    while (len < rest->len && (is_letter_or_digit(rest->ptr[len]) ||
                               is_one_of(rest->ptr[len], "+-."))) {
        len++;
    }
    if (len == rest->len || rest->ptr[len] != ':') {
        return true;
    }
    if (len == 0 || !is_letter(rest->ptr[0])) {
        return len > 0;
    }
    struct buf scheme = {0};
    for (size_t i = 0; i < len; i++) {
        char c = rest->ptr[i];
        buf_append_char(&scheme, is_letter(c) ? (char)(c | 0x20) : c);
    }
    url->scheme = taken(&scheme, arena);
    *rest = from(*rest, len + 1);
    return true;
}

static void cut_query(struct span *rest, struct url *url)
{
    size_t at = find(*rest, '?');
    url->forces_query = at + 1 == rest->len;
    url->query = from(*rest, at + 1);
    *rest = first(*rest, at);
}

static bool has_control_character(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F) {
            return true;
        }
    }
    return false;
}

/* NULL, or what is wrong. `request`: the text is the target of a request. */
static const char *read_whole(struct span rest, bool request, struct arena *arena, struct url *url)
{
    if (span_equals(rest, SPAN("*"))) {
        url->path = rest;
        return NULL;
    }
    if (!read_scheme(&rest, arena, url)) {
        return "the scheme before ':' is missing";
    }
    cut_query(&rest, url);
    if (!span_starts_with(rest, SPAN("/"))) {
        url->opaque = rest;
        bool is_relative = url->scheme.len == 0;
        return is_relative && request ? "it is neither absolute nor an absolute path" : NULL;
    }
    bool may_have_host = url->scheme.len || (!request && !span_starts_with(rest, SPAN("///")));
    if (may_have_host && span_starts_with(rest, SPAN("//"))) {
        struct span behind = from(rest, 2);
        size_t slash = find(behind, '/');
        rest = from(behind, slash);
        if (!read_authority(first(behind, slash), arena, url)) {
            return "host, port or user are malformed";
        }
    } else {
        url->omits_host = url->scheme.len > 0;
    }
    return escape_anew(rest, PART_PATH, arena, &url->path) ? NULL
                                                           : "an escape in the path is malformed";
}

/* As above. */
static const char *read_with_fragment(struct span text, struct arena *arena, struct url *url)
{
    struct span fragment;
    const char *problem = read_whole(cut(text, '#', &fragment), false, arena, url);
    if (problem) {
        return problem;
    }
    return escape_anew(fragment, PART_FRAGMENT, arena, &url->fragment)
               ? NULL
               : "an escape in the fragment is malformed";
}

bool url_is_target(struct span text, struct arena *arena, const char **problem)
{
    struct url url = {0};
    *problem = text.len == 0                 ? "it is empty"
               : has_control_character(text) ? "it holds a control character"
                                             : read_whole(text, true, arena, &url);
    return !*problem;
}

bool url_parse(struct span text, struct arena *arena, struct url *out, const char **problem)
{
    struct url url = {0};
    if (!url_is_target(text, arena, problem)) {
        return false;
    }
    *problem = read_with_fragment(text, arena, &url);
    if (*problem) {
        return false;
    }
    *out = url;
    return true;
}

struct url url_read(struct span normal_text, struct arena *arena)
{
    struct url url = {0};
    check(!read_with_fragment(normal_text, arena, &url));
    return url;
}

/* "https://user@host/path", without query and fragment. */
static void append_start(const struct url *url, struct buf *out)
{
    buf_append(out, url->scheme);
    buf_append(out, url->scheme.len ? SPAN(":") : SPAN(""));
    bool whole = url->host.len || url->userinfo.ptr;
    if (whole || (url->scheme.len && url->path.len && !url->omits_host)) {
        buf_append(out, SPAN("//"));
    }
    if (url->userinfo.ptr) {
        buf_append(out, url->userinfo);
        buf_append_char(out, '@');
    }
    escape(url->host, PART_HOST, out);
    buf_append(out, url->path);
}

struct span url_format(const struct url *url, struct arena *arena)
{
    struct buf text = {0};
    if (url->opaque.len) {
        buf_append(&text, url->scheme);
        buf_append_char(&text, ':');
        buf_append(&text, url->opaque);
    } else {
        append_start(url, &text);
    }
    if (url->forces_query || url->query.len) {
        buf_append_char(&text, '?');
        buf_append(&text, url->query);
    }
    if (url->fragment.len) {
        buf_append_char(&text, '#');
        buf_append(&text, url->fragment);
    }
    return taken(&text, arena);
}
