/* library_name_format.c: format.named('uuid'), format.uuid(), and validate(text). */
#include "cel/library/library_functions.h"
#include "cel/library/name_format.h"
#include "cel/run/values.h"

static struct value format_of(struct span name)
{
    return (struct value){.kind = VALUE_FORMAT, .text = name};
}

struct value library_format_named(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("format.named", arguments, count, scratch->arena);
    }
    struct span name = name_format_find(arguments->text);
    struct value format = format_of(name);
    return name.ptr ? value_some(scratch->arena, &format) : value_none();
}

struct value library_format_validate(const struct value *arguments, size_t count,
                                     struct cel_scratch *scratch)
{
    struct name_problems problems;
    if (arguments[0].kind != VALUE_FORMAT || arguments[1].kind != VALUE_STRING) {
        return failure_no_overload("validate", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments[1].text.len / CEL_PARSED_BYTES_PER_STEP)) {
        return failure_limit();
    }
    name_format_check(arguments[0].text, arguments[1].text, scratch->arena, &problems);
    if (problems.count == 0) {
        return value_none();
    }
    struct value *texts = arena_array(scratch->arena, problems.count, sizeof *texts);
    for (size_t i = 0; i < problems.count; i++) {
        texts[i] = value_string(span_view(problems.texts[i]));
    }
    struct value list = value_list_of(texts, problems.count);
    return value_some(scratch->arena, &list);
}

/* One function a format, since rows of the table have no room for a name. */
#define NAMED_FORMAT(function, name)                                                               \
    struct value function(const struct value *arguments, size_t count,                             \
                          struct cel_scratch *scratch)                                             \
    {                                                                                              \
        (void)arguments;                                                                           \
        (void)count;                                                                               \
        (void)scratch;                                                                             \
        return format_of(SPAN(name));                                                              \
    }

NAMED_FORMAT(library_format_dns1123_label, "dns1123Label")
NAMED_FORMAT(library_format_dns1123_subdomain, "dns1123Subdomain")
NAMED_FORMAT(library_format_dns1035_label, "dns1035Label")
NAMED_FORMAT(library_format_dns1123_label_prefix, "dns1123LabelPrefix")
NAMED_FORMAT(library_format_dns1123_subdomain_prefix, "dns1123SubdomainPrefix")
NAMED_FORMAT(library_format_dns1035_label_prefix, "dns1035LabelPrefix")
NAMED_FORMAT(library_format_qualified_name, "qualifiedName")
NAMED_FORMAT(library_format_label_value, "labelValue")
NAMED_FORMAT(library_format_uri, "uri")
NAMED_FORMAT(library_format_uuid, "uuid")
NAMED_FORMAT(library_format_byte, "byte")
NAMED_FORMAT(library_format_date, "date")
NAMED_FORMAT(library_format_datetime, "datetime")
