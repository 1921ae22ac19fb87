/* text_out.h: a text made piece by piece in the frame's arena, within the budget of steps.
 * Private to lib/cel. */
#ifndef CEL_TEXT_OUT_H
#define CEL_TEXT_OUT_H

#include "cel/run/values.h"

struct text_out {
    struct cel_scratch *scratch;
    char *ptr;
    size_t len;
    size_t capacity;
    bool full; /* the budget was used up: the text is not whole */
};

static inline struct text_out text_out_in(struct cel_scratch *scratch)
{
    return (struct text_out){.scratch = scratch};
}
/* Copies the text behind what is there. Once the budget is used up nothing more is added. */
void text_out_append(struct text_out *out, struct span text);
void text_out_char(struct text_out *out, char c);
/* Takes steps for work on the text; false, and the text is not whole, when they are used up. */
bool text_out_pay(struct text_out *out, uint64_t steps);
/* The text, or VALUE_ERROR_LIMIT. */
struct value text_out_value(const struct text_out *out);

#endif
