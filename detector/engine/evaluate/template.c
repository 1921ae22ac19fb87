/* template.c: renders the parts one after the other and cuts the whole; an absent value shows the
 * part's own word. */
#include "engine/evaluate/template.h"

#include "base/text.h"

static struct value unwrapped(struct value value)
{
    while (value.kind == VALUE_OPTIONAL) {
        if (!value.optional) {
            return value_failure(VALUE_ERROR_ABSENT, SPAN("none"));
        }
        value = *value.optional;
    }
    return value;
}

static void render_value(const struct plan_template_part *part, struct cel_frame *frame,
                         struct buf *text)
{
    struct value value = unwrapped(cel_run(part->program, frame));
    bool absent = value.kind == VALUE_ERROR && value.error == VALUE_ERROR_ABSENT;
    if ((absent || value.kind == VALUE_NULL) && part->has_fallback) {
        buf_append(text, part->fallback);
    } else if (absent) {
        buf_append(text, SPAN("(absent)"));
    } else if (value.kind == VALUE_ERROR) {
        buf_append(text, SPAN("(no value)"));
    } else {
        value_write_text(&value, text);
    }
}

void template_render(const struct plan_template *template, struct cel_frame *frame,
                     size_t length_max, struct buf *out)
{
    struct buf text = {0};
    for (size_t i = 0; i < template->count; i++) {
        const struct plan_template_part *part = &template->parts[i];
        if (part->program) {
            render_value(part, frame, &text);
        } else {
            buf_append(&text, part->literal);
        }
    }
    size_t from = out->len;
    text_append_visible(out, buf_view(&text));
    buf_deinit(&text);
    struct span shown = span_of(out->ptr + from, out->len - from);
    if (shown.len > length_max) {
        out->len = from + text_cut_length(shown, length_max - strlen(TEXT_CUT_MARK));
        buf_append(out, SPAN(TEXT_CUT_MARK));
    }
}
