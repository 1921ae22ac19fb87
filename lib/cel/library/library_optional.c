/* library_optional.c: making optionals and asking them. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"

struct value library_optional_of(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    (void)count;
    return value_some(scratch->arena, arguments);
}

static bool is_zero(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return !value->boolean;
    case VALUE_INT:
        return value->integer == 0;
    case VALUE_UINT:
        return value->unsigned_integer == 0;
    case VALUE_DOUBLE:
        return !(value->real < 0 || value->real > 0) && value->real == value->real;
    case VALUE_DECIMAL:
        return value->decimal.low == 0 && value->decimal.high == 0;
    case VALUE_STRING:
    case VALUE_BYTES:
        return value->text.len == 0;
    case VALUE_LIST:
    case VALUE_SET:
        return value->list.count == 0;
    case VALUE_MAP:
        return value->map.count == 0;
    case VALUE_DURATION:
        return value->duration_ns == 0;
    case VALUE_TIMESTAMP:
        return value->time.seconds == 0 && value->time.nanos == 0;
    case VALUE_OPTIONAL:
        return value->optional == NULL;
    case VALUE_TYPE:
    case VALUE_ADDRESS:
    case VALUE_QUANTITY:
    case VALUE_SEMVER:
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_ERROR:
        break;
    }
    return false;
}

struct value library_optional_of_non_zero(const struct value *arguments, size_t count,
                                          struct cel_scratch *scratch)
{
    (void)count;
    return is_zero(arguments) ? value_none() : value_some(scratch->arena, arguments);
}

struct value library_optional_none(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    (void)arguments;
    (void)count;
    (void)scratch;
    return value_none();
}

struct value library_optional_value(const struct value *arguments, size_t count,
                                    struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_OPTIONAL) {
        return failure_no_overload("value", arguments, count, scratch->arena);
    }
    return arguments->optional ? *arguments->optional
                               : value_failure(VALUE_ERROR_ABSENT, SPAN("the optional is none"));
}

struct value library_optional_has_value(const struct value *arguments, size_t count,
                                        struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_OPTIONAL) {
        return failure_no_overload("hasValue", arguments, count, scratch->arena);
    }
    return value_bool(arguments->optional != NULL);
}

struct value library_optional_or(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    if (arguments[0].kind != VALUE_OPTIONAL || arguments[1].kind != VALUE_OPTIONAL) {
        return failure_no_overload("or", arguments, count, scratch->arena);
    }
    return arguments[0].optional ? arguments[0] : arguments[1];
}

struct value library_optional_or_value(const struct value *arguments, size_t count,
                                       struct cel_scratch *scratch)
{
    if (arguments[0].kind != VALUE_OPTIONAL) {
        return failure_no_overload("orValue", arguments, count, scratch->arena);
    }
    return arguments[0].optional ? *arguments[0].optional : arguments[1];
}
