/* aws_xml.c: one pass with a stack of open elements; their names lie one behind the other in one
 * path, so that closing one cuts it off. */
#include "aws/aws_xml.h"

#include "base/buf.h"

struct open_element {
    size_t path_len; /* of the path without this element */
    struct buf text;
};

struct scan {
    struct span rest;
    struct arena *arena;
    aws_xml_fn each;
    void *context;
    char path[AWS_XML_PATH_MAX];
    size_t path_len;
    size_t depth;
    struct open_element open[AWS_XML_DEPTH_MAX];
    bool root_seen;
};

static bool take(struct scan *scan, struct span prefix)
{
    if (!span_starts_with(scan->rest, prefix)) {
        return false;
    }
    scan->rest = span_of(scan->rest.ptr + prefix.len, scan->rest.len - prefix.len);
    return true;
}

/* Takes everything up to `end` and `end` itself. */
static bool take_until(struct scan *scan, struct span end, struct span *out)
{
    const char *found = scan->rest.len
                            ? memmem(scan->rest.ptr, scan->rest.len, end.ptr, end.len) : NULL;
    if (!found) {
        return false;
    }
    *out = span_of(scan->rest.ptr, (size_t)(found - scan->rest.ptr));
    scan->rest = span_of(found + end.len, scan->rest.len - out->len - end.len);
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct scan *scan)
{
    while (scan->rest.len && is_space(*scan->rest.ptr)) {
        scan->rest = span_of(scan->rest.ptr + 1, scan->rest.len - 1);
    }
}

static bool is_name_char(char c, bool first)
{
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == ':';
    return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static bool take_name(struct scan *scan, struct span *out)
{
    size_t len = 0;
    while (len < scan->rest.len && is_name_char(scan->rest.ptr[len], len == 0)) {
        len++;
    }
    *out = span_of(scan->rest.ptr, len);
    scan->rest = span_of(scan->rest.ptr + len, scan->rest.len - len);
    return len > 0;
}

static bool append_code_point(struct buf *out, uint32_t code)
{
    bool is_char = code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code < 0xD800) ||
                   (code >= 0xE000 && code < 0xFFFE) || (code >= 0x10000 && code < 0x110000);
    if (!is_char) {
        return false;
    }
    if (code < 0x80) {
        buf_append_char(out, (char)code);
        return true;
    }
    int shift = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18;
    uint32_t lead = code < 0x800 ? 0xC0 : code < 0x10000 ? 0xE0 : 0xF0;
    buf_append_char(out, (char)(lead | code >> shift));
    while (shift > 0) {
        shift -= 6;
        buf_append_char(out, (char)(0x80 | (code >> shift & 0x3F)));
    }
    return true;
}

/* "#60" or "#x3C". */
static bool append_numeric(struct buf *out, struct span digits)
{
    bool hex = digits.len > 1 && digits.ptr[1] == 'x';
    uint32_t code = 0;
    size_t i = hex ? 2 : 1;
    if (i >= digits.len) {
        return false;
    }
    for (; i < digits.len && code < 0x110000; i++) {
        char c = digits.ptr[i];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10 : 99;
        if (digit >= (hex ? 16u : 10u)) {
            return false;
        }
        code = code * (hex ? 16 : 10) + digit;
    }
    return append_code_point(out, code);
}

static bool append_entity(struct buf *out, struct span name)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    if (name.len && name.ptr[0] == '#') {
        return append_numeric(out, name);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (span_equals(name, span_view(known[i].name))) {
            buf_append_char(out, known[i].c);
            return true;
        }
    }
    return false;
}

/* Takes text up to the next '<'; outside of the root only white space may stand. */
static bool read_text(struct scan *scan)
{
    struct buf *out = scan->depth ? &scan->open[scan->depth - 1].text : NULL;
    while (scan->rest.len && *scan->rest.ptr != '<') {
        struct span entity;
        char c = *scan->rest.ptr;
        if (!out) {
            if (!is_space(c)) {
                return false;
            }
            skip_space(scan);
        } else if (take(scan, SPAN("&"))) {
            if (!take_until(scan, SPAN(";"), &entity) || !append_entity(out, entity)) {
                return false;
            }
        } else if ((unsigned char)c < 0x20 && !is_space(c)) {
            return false;
        } else {
            buf_append_char(out, c);
            scan->rest = span_of(scan->rest.ptr + 1, scan->rest.len - 1);
        }
    }
    return true;
}

static bool open_element(struct scan *scan, struct span name)
{
    bool slash = scan->depth > 0;
    if (scan->depth == AWS_XML_DEPTH_MAX ||
        name.len + slash > sizeof scan->path - scan->path_len || (scan->root_seen && !slash)) {
        return false;
    }
    scan->open[scan->depth++].path_len = scan->path_len;
    if (slash) {
        scan->path[scan->path_len++] = '/';
    }
    memcpy(scan->path + scan->path_len, name.ptr, name.len);
    scan->path_len += name.len;
    scan->root_seen = true;
    return true;
}

static void close_element(struct scan *scan)
{
    struct open_element *element = &scan->open[--scan->depth];
    struct span text = arena_copy(scan->arena, span_trim(buf_view(&element->text)));
    scan->each(scan->context, span_of(scan->path, scan->path_len), text);
    scan->path_len = element->path_len;
    buf_clear(&element->text);
}

/* Passes over attributes, up to the end of the tag. */
static bool skip_attributes(struct scan *scan)
{
    for (;;) {
        struct span ignored;
        skip_space(scan);
        if (!scan->rest.len || *scan->rest.ptr == '>' || *scan->rest.ptr == '/') {
            return scan->rest.len > 0;
        }
        if (!take_name(scan, &ignored) || !take(scan, SPAN("="))) {
            return false;
        }
        struct span quote = take(scan, SPAN("\"")) ? SPAN("\"") : SPAN("'");
        bool opened = quote.ptr[0] == '"' || take(scan, SPAN("'"));
        if (!opened || !take_until(scan, quote, &ignored) ||
            (ignored.len && memchr(ignored.ptr, '<', ignored.len))) {
            return false;
        }
    }
}

static bool read_opening_tag(struct scan *scan)
{
    struct span name;
    if (!take_name(scan, &name) || !open_element(scan, name) || !skip_attributes(scan)) {
        return false;
    }
    if (take(scan, SPAN("/>"))) {
        close_element(scan);
        return true;
    }
    return take(scan, SPAN(">"));
}

static bool read_closing_tag(struct scan *scan)
{
    struct span name;
    if (!take_name(scan, &name) || scan->depth == 0) {
        return false;
    }
    skip_space(scan);
    size_t before = scan->open[scan->depth - 1].path_len;
    before += scan->depth > 1; /* its slash */
    struct span open = span_of(scan->path + before, scan->path_len - before);
    if (!span_equals(name, open) || !take(scan, SPAN(">"))) {
        return false;
    }
    close_element(scan);
    return true;
}

static bool read_markup(struct scan *scan)
{
    struct span ignored;
    if (take(scan, SPAN("<!--"))) {
        return take_until(scan, SPAN("-->"), &ignored);
    }
    if (take(scan, SPAN("</"))) {
        return read_closing_tag(scan);
    }
    return take(scan, SPAN("<")) && read_opening_tag(scan);
}

static bool read_document(struct scan *scan)
{
    struct span ignored;
    skip_space(scan);
    if (take(scan, SPAN("<?xml ")) && !take_until(scan, SPAN("?>"), &ignored)) {
        return false;
    }
    while (scan->rest.len) {
        if (!read_text(scan) || (scan->rest.len && !read_markup(scan))) {
            return false;
        }
    }
    return scan->root_seen && scan->depth == 0;
}

enum status aws_xml_read(struct span xml, struct arena *arena, aws_xml_fn each, void *context)
{
    struct scan scan = {.rest = xml, .arena = arena, .each = each, .context = context};
    bool well_formed = span_utf8_prefix(xml) == xml.len && read_document(&scan);
    for (size_t i = 0; i < AWS_XML_DEPTH_MAX; i++) {
        buf_deinit(&scan.open[i].text);
    }
    return well_formed ? STATUS_OK : STATUS_INVALID;
}

struct search {
    struct span path;
    struct span found;
    bool is_found;
};

static void look_at(void *context, struct span path, struct span text)
{
    struct search *search = context;
    if (!search->is_found && span_equals(path, search->path)) {
        search->found = text;
        search->is_found = true;
    }
}

bool aws_xml_find(struct span xml, const char *path, struct arena *arena, struct span *out)
{
    struct search search = {.path = span_view(path)};
    if (aws_xml_read(xml, arena, look_at, &search) != STATUS_OK || !search.is_found) {
        return false;
    }
    *out = search.found;
    return true;
}
