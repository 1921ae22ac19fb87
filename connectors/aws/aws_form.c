/* aws_form.c: percent-encoding; application/x-www-form-urlencoded, where a space is a plus. */
#include "aws/aws_form.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>

/* Names are ours: "MessageAttributes.entry.10.Value.StringValue" is a long one. */
enum { NAME_SIZE = 128 };

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

void aws_percent_encode(struct span text, bool keep_slash, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            buf_append_char(out, c);
        } else {
            char coded[3] = {'%', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};
            buf_append(out, span_of(coded, sizeof coded));
        }
    }
}

static void append_field(struct span text, struct buf *form)
{
    while (text.len) {
        const char *space = memchr(text.ptr, ' ', text.len);
        size_t len = space ? (size_t)(space - text.ptr) : text.len;
        aws_percent_encode(span_of(text.ptr, len), false, form);
        if (space) {
            buf_append_char(form, '+');
            len++;
        }
        text = span_of(text.ptr + len, text.len - len);
    }
}

void aws_form_add(struct buf *form, const char *name, struct span value)
{
    if (form->len) {
        buf_append_char(form, '&');
    }
    append_field(span_view(name), form);
    buf_append_char(form, '=');
    append_field(value, form);
}

void aws_form_add_at(struct buf *form, struct span value, const char *format, ...)
{
    char name[NAME_SIZE];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(name, sizeof name, format, args);
    va_end(args);
    check(length > 0 && length < NAME_SIZE);
    aws_form_add(form, name, value);
}
