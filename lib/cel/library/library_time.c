/* library_time.c: the getters of timestamps and durations. */
#include "cel/library/library_functions.h"
#include "cel/library/time.h"
#include "cel/library/zone.h"

/* Getters of a timestamp take a zone as second argument; without one they mean UTC. Those of a
 * duration convert the whole: duration('90m').getHours() is 1. */

/* Zones that are no constants are read from their file at every call. */
enum { ZONE_LOAD_STEPS = 500 };

enum time_field {
    FIELD_YEAR,
    FIELD_MONTH,
    FIELD_DATE,
    FIELD_DAY_OF_MONTH,
    FIELD_DAY_OF_WEEK,
    FIELD_DAY_OF_YEAR,
    FIELD_HOURS,
    FIELD_MINUTES,
    FIELD_SECONDS,
};

static int64_t field_of(const struct time_fields *fields, enum time_field field)
{
    switch (field) {
    case FIELD_YEAR:
        return fields->year;
    case FIELD_MONTH:
        return fields->month;
    case FIELD_DATE:
        return fields->day;
    case FIELD_DAY_OF_MONTH:
        return fields->day - 1;
    case FIELD_DAY_OF_WEEK:
        return fields->day_of_week;
    case FIELD_DAY_OF_YEAR:
        return fields->day_of_year;
    case FIELD_HOURS:
        return fields->hour;
    case FIELD_MINUTES:
        return fields->minute;
    case FIELD_SECONDS:
        break;
    }
    return fields->second;
}

static struct value unknown_zone(struct span zone, struct cel_scratch *scratch)
{
    enum { SHOWN_BYTES_MAX = 64 };
    zone.len = zone.len > SHOWN_BYTES_MAX ? SHOWN_BYTES_MAX : zone.len;
    return value_failure(VALUE_ERROR_OTHER,
                         arena_printf(scratch->arena,
                                      "unknown time zone '%.*s': write a name such as "
                                      "'Europe/Berlin' or an offset such as '+01:00'",
                                      SPAN_ARG(zone)));
}

static struct value get_field(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch, enum time_field field)
{
    int64_t seconds = arguments[0].time.seconds;
    bool zoned = count == 2 && arguments[1].kind == VALUE_STRING;
    if (arguments[0].kind != VALUE_TIMESTAMP || (count == 2 && !zoned)) {
        return failure_no_overload("a getter of time", arguments, count, scratch->arena);
    }
    if (zoned) {
        const struct zone *zone = zone_load(arguments[1].text, scratch->arena);
        if (!zone || !steps_take(scratch->steps_left, ZONE_LOAD_STEPS)) {
            return zone ? failure_limit() : unknown_zone(arguments[1].text, scratch);
        }
        seconds += zone_offset(zone, seconds);
    }
    struct time_fields fields = time_fields_of(seconds);
    return value_int(field_of(&fields, field));
}

struct value library_full_year(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    return get_field(arguments, count, scratch, FIELD_YEAR);
}

struct value library_month(const struct value *arguments, size_t count,
                           struct cel_scratch *scratch)
{
    return get_field(arguments, count, scratch, FIELD_MONTH);
}

struct value library_date(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    return get_field(arguments, count, scratch, FIELD_DATE);
}

struct value library_day_of_month(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    return get_field(arguments, count, scratch, FIELD_DAY_OF_MONTH);
}

struct value library_day_of_week(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return get_field(arguments, count, scratch, FIELD_DAY_OF_WEEK);
}

struct value library_day_of_year(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return get_field(arguments, count, scratch, FIELD_DAY_OF_YEAR);
}

static struct value field_or_part(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch, enum time_field field,
                                  int64_t unit_ns)
{
    if (arguments->kind == VALUE_DURATION && count == 1) {
        return value_int(arguments->duration_ns / unit_ns);
    }
    return get_field(arguments, count, scratch, field);
}

struct value library_hours(const struct value *arguments, size_t count,
                           struct cel_scratch *scratch)
{
    return field_or_part(arguments, count, scratch, FIELD_HOURS, 3600000000000);
}

struct value library_minutes(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    return field_or_part(arguments, count, scratch, FIELD_MINUTES, 60000000000);
}

struct value library_seconds(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    return field_or_part(arguments, count, scratch, FIELD_SECONDS, TIME_NANOS_PER_SECOND);
}

/* Of a duration too only the milliseconds of its second: the suite wants it so. */
struct value library_milliseconds(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    const int64_t millisecond_ns = 1000000;
    if (arguments->kind == VALUE_DURATION && count == 1) {
        return value_int(arguments->duration_ns / millisecond_ns % 1000);
    }
    struct value checked = get_field(arguments, count, scratch, FIELD_SECONDS);
    if (checked.kind == VALUE_ERROR) {
        return checked;
    }
    return value_int(arguments->time.nanos / millisecond_ns);
}
