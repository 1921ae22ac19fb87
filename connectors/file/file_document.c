/* file_document.c: knows strings, braces and brackets, nothing else of JSON. */
#include "file/file_document.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum file_head file_document_head(struct span text, size_t *length)
{
    static const char head[] = "{\"Records\":[";
    size_t matched = 0;
    size_t most = text.len < FILE_DOCUMENT_HEAD_MAX ? text.len : FILE_DOCUMENT_HEAD_MAX;
    for (size_t i = 0; i < most; i++) {
        /* space may stand around the name, not inside it, nor before the brace */
        bool between = matched == 1 || matched == 10 || matched == 11;
        if (text.ptr[i] == head[matched]) {
            matched++;
        } else if (!between || !is_space(text.ptr[i])) {
            return FILE_HEAD_NONE;
        }
        if (matched == sizeof head - 1) {
            *length = i + 1;
            return FILE_HEAD_FOUND;
        }
    }
    return most < FILE_DOCUMENT_HEAD_MAX ? FILE_HEAD_MAYBE : FILE_HEAD_NONE;
}

/* One byte inside of a string. */
static void pass_string(struct file_element *element, char c)
{
    if (element->escaped) {
        element->escaped = false;
    } else if (c == '\\') {
        element->escaped = true;
    } else if (c == '"') {
        element->in_string = false;
    }
}

/* One byte outside of strings. */
static void pass_plain(struct file_element *element, char c)
{
    if (c == '"') {
        element->in_string = true;
    } else if (c == '{' || c == '[') {
        element->depth++;
    } else if ((c == '}' || c == ']') && element->depth > 0) {
        element->depth--;
    }
}

static bool ends_before(const struct file_element *element, char c)
{
    return !element->in_string && element->depth == 0 &&
           (c == ',' || c == ']' || is_space(c));
}

size_t file_element_scan(struct file_element *element, struct span bytes, bool *ended)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.ptr[i];
        if (element->begun && ends_before(element, c)) {
            *ended = true;
            return i;
        }
        bool nested = element->in_string || element->depth > 0;
        if (element->in_string) {
            pass_string(element, c);
        } else {
            pass_plain(element, c);
        }
        element->begun = true;
        if (nested && !element->in_string && element->depth == 0) {
            *ended = true;
            return i + 1;
        }
    }
    *ended = false;
    return bytes.len;
}
