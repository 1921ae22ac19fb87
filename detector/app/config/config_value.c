/* config_value.c: the text of a value, from a flag, the environment, a file or the table. */
#include "app/config/config.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static bool parse_number(const struct config_key *key, struct span text, struct buf *problem,
                         struct config_value *out)
{
    char digits[24] = "";
    if (text.len > 0 && text.len < sizeof digits) {
        memcpy(digits, text.ptr, text.len);
    }
    char *end = digits;
    errno = 0;
    int64_t number = strtoll(digits, &end, 10);
    if (end == digits || *end || errno || number < key->min || number > key->max) {
        buf_printf(problem, "wants a whole number from %" PRId64 " to %" PRId64 ", not '%.*s'",
                   key->min, key->max, SPAN_ARG(text));
        return false;
    }
    out->number = number;
    return true;
}

void config_write_duration(int64_t us, struct buf *out)
{
    static const struct {
        int64_t us;
        const char *name;
    } units[] = {{INT64_C(86400000000), "d"}, {INT64_C(3600000000), "h"}, {60000000, "m"},
                 {1000000, "s"}, {1000, "ms"}};
    size_t at = us ? 0 : 3; /* nothing is 0s */
    while (at + 1 < sizeof units / sizeof *units && us % units[at].us != 0) {
        at++;
    }
    buf_printf(out, "%" PRId64 "%s", us / units[at].us, units[at].name);
}

static bool parse_duration(const struct config_key *key, struct span text, struct buf *problem,
                           struct config_value *out)
{
    int64_t us = 0;
    if (!clock_parse_duration(text, &us) || us < key->min || us > key->max) {
        buf_append(problem, SPAN("wants a duration from "));
        config_write_duration(key->min, problem);
        buf_append(problem, SPAN(" to "));
        config_write_duration(key->max, problem);
        buf_printf(problem, " such as 500ms, 30s or 5m, not '%.*s'", SPAN_ARG(text));
        return false;
    }
    out->number = us;
    out->text = text;
    return true;
}

static bool parse_time(struct span text, struct buf *problem, struct config_value *out)
{
    if (!clock_parse(text, &out->number)) {
        buf_printf(problem, "wants a time such as 2026-03-01T00:00:00Z, not '%.*s'",
                   SPAN_ARG(text));
        return false;
    }
    out->text = text;
    return true;
}

static bool parse_bool(struct span text, struct buf *problem, struct config_value *out)
{
    bool yes = span_equals(text, SPAN("true"));
    if (!yes && !span_equals(text, SPAN("false"))) {
        buf_printf(problem, "wants true or false, not '%.*s'", SPAN_ARG(text));
        return false;
    }
    out->number = yes;
    return true;
}

bool config_is_choice(const struct config_key *key, struct span text, struct buf *problem)
{
    if (!key->choices || config_words_hold(key->choices, text)) {
        return true;
    }
    if (config_words_hold(key->later, text)) {
        buf_printf(problem, "'%.*s' is not available yet; there is", SPAN_ARG(text));
    } else {
        buf_printf(problem, "wants one of these words, not '%.*s':", SPAN_ARG(text));
    }
    for (const char *const *choice = key->choices; *choice; choice++) {
        buf_printf(problem, "%s %s", choice == key->choices ? "" : ",", *choice);
    }
    return false;
}

static bool parse_choice(const struct config_key *key, struct span text, struct buf *problem,
                         struct config_value *out)
{
    if (!config_is_choice(key, text, problem)) {
        return false;
    }
    out->text = text;
    return true;
}

/* "a,b": as the environment writes lists. */
static bool parse_texts(const struct config_key *key, struct span text, struct arena *arena,
                        struct buf *problem, struct config_value *out)
{
    size_t most = 1;
    for (size_t i = 0; i < text.len; i++) {
        most += text.ptr[i] == ',';
    }
    struct span *texts = arena_array(arena, most, sizeof *texts);
    size_t start = 0;
    out->count = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == ',') {
            struct span piece = span_trim(span_of(text.ptr + start, i - start));
            if (piece.len && !config_is_choice(key, piece, problem)) {
                return false;
            }
            if (piece.len) {
                texts[out->count++] = piece;
            }
            start = i + 1;
        }
    }
    out->texts = texts;
    return true;
}

bool config_parse(const struct config_key *key, struct span text, struct arena *arena,
                  struct buf *problem, struct config_value *out)
{
    switch (key->type) {
    case CONFIG_TYPE_NUMBER:
        return parse_number(key, text, problem, out);
    case CONFIG_TYPE_BOOL:
        return parse_bool(text, problem, out);
    case CONFIG_TYPE_CHOICE:
        return parse_choice(key, text, problem, out);
    case CONFIG_TYPE_TEXTS:
    case CONFIG_TYPE_PATHS:
        return parse_texts(key, text, arena, problem, out);
    case CONFIG_TYPE_DURATION:
        return parse_duration(key, text, problem, out);
    case CONFIG_TYPE_TIME:
        return parse_time(text, problem, out);
    case CONFIG_TYPE_MAP:
    case CONFIG_TYPE_PROPERTIES:
    case CONFIG_TYPE_ITEMS:
        buf_append(problem, SPAN("is written in the configuration file only"));
        return false;
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_PATH:
    default:
        out->text = text;
        return true;
    }
}

bool config_key_applies(const struct config_item *item, size_t key)
{
    const char *const *only = item->section->keys[key].only;
    return !only || config_words_hold(only, config_text(item, CONFIG_TYPED_KEY));
}

struct config_item config_item_new(const struct config_section *section, struct arena *arena)
{
    struct config_item item = {
        .section = section,
        .values = arena_array(arena, section->count, sizeof *item.values),
    };
    struct buf problem = {0};
    for (size_t i = 0; i < section->count; i++) {
        const struct config_key *key = &section->keys[i];
        if (key->fallback) {
            item.values[i].given = config_parse(key, span_view(key->fallback), arena, &problem,
                                                &item.values[i]);
        }
    }
    buf_deinit(&problem);
    return item;
}
