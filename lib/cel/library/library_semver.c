/* library_semver.c: semantic versions; their order is in library_quantity.c. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"
#include "model/semver.h"

/* One or two arguments: a text, and whether it is to be normalized. */
static bool takes(const struct value *arguments, size_t count)
{
    return arguments[0].kind == VALUE_STRING && (count == 1 || arguments[1].kind == VALUE_BOOL);
}

/* Reads a version; false when the text is none. */
static bool read(const struct value *arguments, size_t count, struct arena *arena,
                 struct span *version)
{
    if (count == 2 && arguments[1].boolean) {
        return semver_normalize(arguments->text, arena, version);
    }
    *version = arguments->text;
    return semver_is_valid(arguments->text);
}

struct value library_semver(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    struct span version;
    if (!takes(arguments, count)) {
        return failure_no_overload("semver", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments->text.len / CEL_PARSED_BYTES_PER_STEP)) {
        return failure_limit();
    }
    return read(arguments, count, scratch->arena, &version)
               ? (struct value){.kind = VALUE_SEMVER, .text = version}
               : failure_malformed("version such as '1.2.3' or '1.2.3-rc.1'", arguments->text,
                                   scratch->arena);
}

struct value library_is_semver(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    struct span version;
    if (!takes(arguments, count)) {
        return failure_no_overload("isSemver", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments->text.len / CEL_PARSED_BYTES_PER_STEP)) {
        return failure_limit();
    }
    return value_bool(read(arguments, count, scratch->arena, &version));
}

static struct value number_of(const char *name, const struct value *version,
                              enum semver_part part, struct cel_scratch *scratch)
{
    if (version->kind != VALUE_SEMVER) {
        return failure_no_overload(name, version, 1, scratch->arena);
    }
    uint64_t number = semver_number(version->text, part);
    return number <= INT64_MAX ? value_int((int64_t)number)
                               : failure_text("the number of the version is out of range of int");
}

struct value library_semver_major(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    (void)count;
    return number_of("major", arguments, SEMVER_MAJOR, scratch);
}

struct value library_semver_minor(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    (void)count;
    return number_of("minor", arguments, SEMVER_MINOR, scratch);
}

struct value library_semver_patch(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    (void)count;
    return number_of("patch", arguments, SEMVER_PATCH, scratch);
}
