/* zone_rule.c: the POSIX rule at the end of a zone's file ("CET-1CEST,M3.5.0,M10.5.0/3"), for times
 * after its last transition. */
#include "cel/library/time.h"
#include "cel/library/zone.h"

/* --- reading --- */

static char peek(const struct span *text)
{
    return text->len ? text->ptr[0] : '\0';
}

static void skip(struct span *text, size_t bytes)
{
    *text = span_of(text->ptr + bytes, text->len - bytes);
}

static bool take(struct span *text, char wanted)
{
    if (peek(text) != wanted) {
        return false;
    }
    skip(text, 1);
    return true;
}

/* Letters, or anything in angle brackets. */
static bool skip_name(struct span *text)
{
    size_t count = 0;
    if (take(text, '<')) {
        while (text->len && peek(text) != '>') {
            skip(text, 1);
        }
        return take(text, '>');
    }
    while ((peek(text) >= 'A' && peek(text) <= 'Z') || (peek(text) >= 'a' && peek(text) <= 'z')) {
        skip(text, 1);
        count++;
    }
    return count >= 3;
}

static bool read_number(struct span *text, int max, int *out)
{
    size_t digits = 0;
    *out = 0;
    while (peek(text) >= '0' && peek(text) <= '9' && digits < 3) {
        *out = *out * 10 + (peek(text) - '0');
        skip(text, 1);
        digits++;
    }
    return digits > 0 && *out <= max;
}

/* [+-]h[:m[:s]] in seconds; hours up to a week. */
static bool read_time(struct span *text, int32_t *seconds)
{
    enum { HOURS_MAX = 167 };
    int sign = peek(text) == '-' ? -1 : 1;
    int hours;
    int minutes = 0;
    int rest = 0;
    if (peek(text) == '-' || peek(text) == '+') {
        skip(text, 1);
    }
    if (!read_number(text, HOURS_MAX, &hours) ||
        (take(text, ':') && !read_number(text, 59, &minutes)) ||
        (take(text, ':') && !read_number(text, 59, &rest))) {
        return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
}

/* ",M3.5.0/2" */
static bool read_change(struct span *text, struct zone_change *out)
{
    out->seconds = 2 * 3600;
    return take(text, ',') && take(text, 'M') && read_number(text, 12, &out->month) &&
           take(text, '.') && read_number(text, 5, &out->week) && take(text, '.') &&
           read_number(text, 6, &out->day_of_week) &&
           (!take(text, '/') || read_time(text, &out->seconds)) && out->month > 0 && out->week > 0;
}

/* POSIX counts hours west of Greenwich; here seconds count east. Without an offset of its own
 * summer time is one hour ahead. */
bool zone_rule_parse(struct span text, struct zone_rule *out)
{
    struct zone_rule rule = {0};
    int32_t west;
    if (!take(&text, '\n') || !skip_name(&text) || !read_time(&text, &west)) {
        return false;
    }
    rule.standard_seconds = -west;
    if (!take(&text, '\n')) {
        rule.has_summer = true;
        rule.summer_seconds = rule.standard_seconds + 3600;
        if (!skip_name(&text)) {
            return false;
        }
        if (peek(&text) != ',') {
            if (!read_time(&text, &west)) {
                return false;
            }
            rule.summer_seconds = -west;
        }
        if (!read_change(&text, &rule.to_summer) || !read_change(&text, &rule.to_standard)) {
            return false;
        }
    }
    *out = rule;
    return true;
}

/* --- asking --- */

/* The instant of a change in a year, when clocks stood `offset_seconds` east of UTC before it. */
static int64_t change_instant(const struct zone_change *change, int64_t year,
                              int32_t offset_seconds)
{
    int64_t first = time_days_of(year, change->month - 1, 1);
    int first_day_of_week = (int)((((first + 4) % 7) + 7) % 7);
    int64_t day = first + (change->day_of_week - first_day_of_week + 7) % 7;
    day += 7 * (change->week - 1);
    int64_t next_month = change->month == 12 ? time_days_of(year + 1, 0, 1)
                                             : time_days_of(year, change->month, 1);
    /* week 5 is the last one, which may be the fourth */
    while (day >= next_month) {
        day -= 7;
    }
    return day * TIME_SECONDS_PER_DAY + change->seconds - offset_seconds;
}

int32_t zone_rule_offset(const struct zone_rule *rule, int64_t seconds)
{
    if (!rule->has_summer) {
        return rule->standard_seconds;
    }
    int64_t year = time_fields_of(seconds + rule->standard_seconds).year;
    int64_t summer = change_instant(&rule->to_summer, year, rule->standard_seconds);
    int64_t standard = change_instant(&rule->to_standard, year, rule->summer_seconds);
    /* south of the equator summer time spans the turn of the year */
    bool is_summer = summer < standard ? seconds >= summer && seconds < standard
                                       : seconds >= summer || seconds < standard;
    return is_summer ? rule->summer_seconds : rule->standard_seconds;
}
