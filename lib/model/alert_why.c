/* alert_why.c: a member that is not there leaves out its words, so that each type says what it
 * has. */
#include "model/alert_why.h"

#include "model/alert_member.h"

enum { WHY_VALUE_BYTES = 160 };

struct why {
    const struct value *correlation;
    const char *indent;
    struct arena *arena;
    struct buf *out;
};

static void append_value(const struct why *why, const struct value *value)
{
    alert_append_short(value, WHY_VALUE_BYTES, why->arena, why->out);
}

/* The words, and the value of a member. */
static void append_of(const struct why *why, const struct value *map, const char *words,
                      const char *name)
{
    struct value value = alert_member(map, name);
    if (value.kind != VALUE_NULL) {
        buf_append(why->out, span_view(words));
        append_value(why, &value);
    }
}

static void append(const struct why *why, const char *words, const char *name)
{
    append_of(why, why->correlation, words, name);
}

static void next_line(const struct why *why)
{
    buf_append_char(why->out, '\n');
    buf_append(why->out, span_view(why->indent));
}

static void write_baseline(const struct why *why)
{
    append(why, "expected ", "expected_low");
    append(why, "..", "expected_high");
    append(why, ", saw ", "observed");
    append(why, ": ", "metric");
    append(why, " in ", "bucket");
    append(why, "; ", "reason");
    next_line(why);
    append(why, "learned from ", "baseline_n");
    append(why, " buckets since ", "since");
    append(why, "; as far outside before: ", "last_exceeded_at");
}

static void write_part(const struct why *why, const struct value *name, const struct value *part)
{
    struct value holds = alert_member(part, "holds");
    next_line(why);
    append_value(why, name);
    buf_append(why->out, holds.kind == VALUE_BOOL && holds.boolean ? SPAN(": true")
                                                                    : SPAN(": false"));
    append_of(why, part, ", events ", "count");
    append_of(why, part, ", value ", "value");
    append_of(why, part, ", since ", "since");
}

static void write_all(const struct why *why)
{
    struct value parts = alert_member(why->correlation, "parts");
    append(why, "required: ", "require");
    for (size_t i = 0; parts.kind == VALUE_MAP && i < parts.map.count; i++) {
        write_part(why, &parts.map.entries[i].key, &parts.map.entries[i].value);
    }
}

static void write_new_terms(const struct why *why)
{
    append(why, "new within ", "timespan");
    append(why, "; other values known: ", "value");
    append(why, ", since ", "since");
}

static void write_absence(const struct why *why)
{
    append(why, "not answered: nothing ", "before");
    append(why, " before it, nor ", "after");
    buf_append(why->out, SPAN(" after it"));
}

static void write_bounds(const struct why *why)
{
    struct value bounds = alert_member(why->correlation, "condition");
    for (size_t i = 0; bounds.kind == VALUE_MAP && i < bounds.map.count; i++) {
        buf_append(why->out, i ? SPAN(" and ") : SPAN(", asked for "));
        append_value(why, &bounds.map.entries[i].key);
        buf_append_char(why->out, ' ');
        append_value(why, &bounds.map.entries[i].value);
    }
}

/* Of all types that hold a value against bounds, or count a match. */
static void write_value(const struct why *why)
{
    append(why, "", "type");
    append(why, " ", "percentile");
    append(why, " is ", "value");
    write_bounds(why);
    append(why, "; window ", "window");
    append(why, " within ", "timespan");
}

static const struct {
    const char *type;
    void (*write)(const struct why *why);
} types[] = {
    {"baseline", write_baseline},
    {"all", write_all},
    {"new_terms", write_new_terms},
    {"absence", write_absence},
};

void alert_write_why(const struct value *correlation, const char *indent, struct arena *arena,
                     struct buf *out)
{
    const struct why why = {correlation, indent, arena, out};
    struct value type = alert_member(correlation, "type");
    void (*write)(const struct why *why) = write_value;
    if (type.kind != VALUE_STRING) {
        return;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        write = span_equals(type.text, span_view(types[i].type)) ? types[i].write : write;
    }
    write(&why);
    buf_append(out, alert_member(correlation, "approximate").kind != VALUE_NULL
                        ? SPAN(" (approximate)\n") : SPAN("\n"));
}
