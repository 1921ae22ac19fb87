/* library_regex.c: what patterns do. Each function has two entries: with a pattern that comes with
 * the data, and with one that was compiled when the expression was loaded (closure_pattern.c;
 * closure_matches.c for matches). */
#include "cel/library/library_regex.h"

#include "cel/library/item_list.h"
#include "cel/library/library_functions.h"

/* Only for patterns that are no constants: these are compiled at every call, up to a millisecond,
 * so that few fit into one evaluation. */
enum { COMPILE_STEPS = 10000, EXTRACT_GROUPS_MAX = 1 };

/* Compiles arguments[1]; NULL: *failure says why. */
static const struct regex *compiled(const char *name, const struct value *arguments, size_t count,
                                    struct cel_scratch *scratch, struct value *failure)
{
    struct span problem;
    if (arguments[0].kind != VALUE_STRING || arguments[1].kind != VALUE_STRING) {
        *failure = failure_no_overload(name, arguments, count, scratch->arena);
        return NULL;
    }
    if (!steps_take(scratch->steps_left, COMPILE_STEPS)) {
        *failure = failure_limit();
        return NULL;
    }
    const struct regex *regex = regex_compile(arguments[1].text, scratch->arena, &problem);
    if (!regex) {
        *failure = value_failure(VALUE_ERROR_OTHER, problem);
    }
    return regex;
}

struct value library_matches(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    struct value failure;
    const struct regex *regex = compiled("matches", arguments, count, scratch, &failure);
    return regex ? regex_search(regex, arguments[0].text, scratch) : failure;
}

/* --- find, findAll, regex.extract, regex.extractAll --- */

/* What is gathered from the matches of one text. */
struct gathering {
    struct item_list found;
    size_t group; /* of each match, this one */
    bool skips_empty;
    int64_t left; /* matches still wanted; below 0: all */
};

static bool gather(void *context, const struct regex_match *match)
{
    struct gathering *gathering = context;
    struct span text = match->groups[gathering->group];
    if (text.len > 0 || !gathering->skips_empty) {
        struct value item = value_string(text.ptr ? text : span_of("", 0));
        item_list_add(&gathering->found, &item);
    }
    return gathering->left < 0 || --gathering->left > 0;
}

static struct value gather_all(const struct regex *regex, const struct value *text,
                               struct gathering *gathering, struct cel_scratch *scratch)
{
    gathering->found.arena = scratch->arena;
    if (gathering->left == 0) {
        return item_list_value(&gathering->found);
    }
    struct value done = regex_each_match(regex, text->text, gather, gathering, scratch);
    return done.kind == VALUE_ERROR ? done : item_list_value(&gathering->found);
}

static struct value find_compiled(const struct regex *regex, const struct value *arguments,
                                  size_t count, struct cel_scratch *scratch)
{
    struct gathering gathering = {.left = 1};
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("find", arguments, count, scratch->arena);
    }
    struct value found = gather_all(regex, arguments, &gathering, scratch);
    if (found.kind == VALUE_ERROR) {
        return found;
    }
    return found.list.count ? found.list.items[0] : value_string(span_of("", 0));
}

static struct value find_all_compiled(const struct regex *regex, const struct value *arguments,
                                      size_t count, struct cel_scratch *scratch)
{
    struct gathering gathering = {.left = -1};
    if (arguments->kind != VALUE_STRING || (count == 3 && arguments[2].kind != VALUE_INT)) {
        return failure_no_overload("findAll", arguments, count, scratch->arena);
    }
    gathering.left = count == 3 ? arguments[2].integer : -1;
    return gather_all(regex, arguments, &gathering, scratch);
}

/* The group if there is one, else the whole match. */
static struct value extract_some(const struct regex *regex, const struct value *text, int64_t most,
                                 struct cel_scratch *scratch)
{
    size_t groups = regex_group_count(regex);
    struct gathering gathering = {.group = groups, .skips_empty = groups > 0, .left = most};
    return groups > EXTRACT_GROUPS_MAX
               ? failure_text("the pattern has more than one capturing group")
               : gather_all(regex, text, &gathering, scratch);
}

static struct value extract_compiled(const struct regex *regex, const struct value *arguments,
                                     size_t count, struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("regex.extract", arguments, count, scratch->arena);
    }
    struct value found = extract_some(regex, arguments, 1, scratch);
    if (found.kind == VALUE_ERROR) {
        return found;
    }
    return found.list.count ? value_some(scratch->arena, found.list.items) : value_none();
}

static struct value extract_all_compiled(const struct regex *regex, const struct value *arguments,
                                         size_t count, struct cel_scratch *scratch)
{
    return arguments->kind == VALUE_STRING
               ? extract_some(regex, arguments, -1, scratch)
               : failure_no_overload("regex.extractAll", arguments, count, scratch->arena);
}

/* --- regex.replace --- */

struct replacing {
    struct span text;
    struct span replacement;
    size_t group_count;
    int64_t left;    /* below 0: all */
    const char *end; /* of the latest match */
    struct buf out;
    struct cel_scratch *scratch;
    struct value failure; /* VALUE_NULL: none */
};

static bool fail(struct replacing *replacing, struct value failure)
{
    replacing->failure = failure;
    return false;
}

/* What stands behind a "\" of the replacement: a group's number or a "\". */
static bool append_group(struct replacing *replacing, const struct regex_match *match, size_t at)
{
    char c = at < replacing->replacement.len ? replacing->replacement.ptr[at] : '\0';
    if (c == '\\') {
        buf_append_char(&replacing->out, c);
        return true;
    }
    if (c < '0' || c > '9') {
        return fail(replacing, failure_text("regex.replace: a '\\' in the replacement needs a "
                                            "digit or another '\\' behind it"));
    }
    if ((size_t)(c - '0') > replacing->group_count) {
        return fail(replacing, failure_text("regex.replace: the replacement names a group that "
                                            "the pattern does not have"));
    }
    buf_append(&replacing->out, match->groups[c - '0']);
    return true;
}

static bool append_replacement(struct replacing *replacing, const struct regex_match *match)
{
    struct span replacement = replacing->replacement;
    for (size_t i = 0; i < replacement.len; i++) {
        if (replacement.ptr[i] != '\\') {
            buf_append_char(&replacing->out, replacement.ptr[i]);
        } else if (!append_group(replacing, match, ++i)) {
            return false;
        }
    }
    return true;
}

static bool replace(void *context, const struct regex_match *match)
{
    struct replacing *replacing = context;
    struct span whole = match->groups[0];
    size_t before = replacing->out.len;
    buf_append(&replacing->out, span_of(replacing->end, (size_t)(whole.ptr - replacing->end)));
    replacing->end = whole.ptr + whole.len;
    if (!append_replacement(replacing, match)) {
        return false;
    }
    size_t work = replacing->replacement.len + replacing->out.len - before;
    if (!steps_take(replacing->scratch->steps_left, work / CEL_PARSED_BYTES_PER_STEP)) {
        return fail(replacing, failure_limit());
    }
    return replacing->left < 0 || --replacing->left > 0;
}

static struct value replaced(const struct regex *regex, struct replacing *replacing)
{
    struct span text = replacing->text;
    struct cel_scratch *scratch = replacing->scratch;
    replacing->end = text.ptr;
    struct value done = regex_each_match(regex, text, replace, replacing, scratch);
    if (done.kind == VALUE_ERROR || replacing->failure.kind == VALUE_ERROR) {
        return done.kind == VALUE_ERROR ? done : replacing->failure;
    }
    buf_append(&replacing->out, span_of(replacing->end,
                                        (size_t)(text.ptr + text.len - replacing->end)));
    return value_string(arena_copy(scratch->arena, buf_view(&replacing->out)));
}

static struct value replace_compiled(const struct regex *regex, const struct value *arguments,
                                     size_t count, struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_STRING || arguments[2].kind != VALUE_STRING ||
        (count == 4 && arguments[3].kind != VALUE_INT)) {
        return failure_no_overload("regex.replace", arguments, count, scratch->arena);
    }
    struct replacing replacing = {
        .text = arguments->text.ptr ? arguments->text : span_of("", 0),
        .replacement = arguments[2].text,
        .group_count = regex_group_count(regex),
        .left = count == 4 ? arguments[3].integer : -1,
        .scratch = scratch,
    };
    if (replacing.left == 0) {
        return *arguments;
    }
    struct value result = replaced(regex, &replacing);
    buf_deinit(&replacing.out);
    return result;
}

/* --- with a pattern from the data --- */

static struct value with_pattern(const char *name, regex_function_fn run,
                                 const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    struct value failure;
    const struct regex *regex = compiled(name, arguments, count, scratch, &failure);
    return regex ? run(regex, arguments, count, scratch) : failure;
}

struct value library_find(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    return with_pattern("find", find_compiled, arguments, count, scratch);
}

struct value library_find_all(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    return with_pattern("findAll", find_all_compiled, arguments, count, scratch);
}

struct value library_regex_extract(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    return with_pattern("regex.extract", extract_compiled, arguments, count, scratch);
}

struct value library_regex_extract_all(const struct value *arguments, size_t count,
                                       struct cel_scratch *scratch)
{
    return with_pattern("regex.extractAll", extract_all_compiled, arguments, count, scratch);
}

struct value library_regex_replace(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    return with_pattern("regex.replace", replace_compiled, arguments, count, scratch);
}

regex_function_fn library_regex_compiled(cel_function_fn run)
{
    static const struct {
        cel_function_fn run;
        regex_function_fn compiled;
    } rows[] = {
        {library_find, find_compiled},
        {library_find_all, find_all_compiled},
        {library_regex_extract, extract_compiled},
        {library_regex_extract_all, extract_all_compiled},
        {library_regex_replace, replace_compiled},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].run == run) {
            return rows[i].compiled;
        }
    }
    return NULL;
}

const char *library_regex_misfit(cel_function_fn run, const struct regex *regex)
{
    bool extracts = run == library_regex_extract || run == library_regex_extract_all;
    return extracts && regex_group_count(regex) > EXTRACT_GROUPS_MAX
               ? "it has more than one capturing group; write (?:...) for the others"
               : NULL;
}
