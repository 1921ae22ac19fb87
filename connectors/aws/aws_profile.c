/* aws_profile.c: line by line; every setting becomes one entry of a list, later ones win. */
#include "aws/aws_profile.h"

#include "aws/aws_file.h"
#include "aws/aws_keys.h"

#include <errno.h>

struct reader {
    struct aws_profiles *profiles;
    enum aws_profile_file file;
    enum aws_section_kind kind;
    struct span section;
    bool in_section;
    struct span outer; /* the key that indented lines belong to; empty: none */
    const char *reason;
};

void aws_profiles_init(struct aws_profiles *profiles, struct arena *arena)
{
    *profiles = (struct aws_profiles){.arena = arena};
    profiles->last = &profiles->first;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool fail(struct reader *reader, const char *reason)
{
    reader->reason = reason;
    return false;
}

/* Takes a word that ends at white space. */
static struct span cut_word(struct span *text)
{
    size_t len = 0;
    while (len < text->len && !is_blank(text->ptr[len])) {
        len++;
    }
    struct span word = span_of(text->ptr, len);
    *text = span_trim(span_of(text->ptr + len, text->len - len));
    return word;
}

static struct span without_quotes(struct span name)
{
    bool quoted = name.len >= 2 && (name.ptr[0] == '"' || name.ptr[0] == '\'') &&
                  name.ptr[name.len - 1] == name.ptr[0];
    return quoted ? span_of(name.ptr + 1, name.len - 2) : name;
}

/* "default", "profile NAME", "services NAME"; in the credentials file just NAME. */
static void name_section(struct reader *reader, struct span heading)
{
    struct span rest = heading;
    struct span word = cut_word(&rest);
    reader->kind = AWS_SECTION_PROFILE;
    reader->section = without_quotes(heading);
    if (reader->file == AWS_FILE_CREDENTIALS) {
        return;
    }
    if (span_equals(word, SPAN("profile")) && rest.len) {
        reader->section = without_quotes(rest);
    } else if (span_equals(word, SPAN("services")) && rest.len) {
        reader->kind = AWS_SECTION_SERVICES;
        reader->section = without_quotes(rest);
    } else if (!span_equals(heading, SPAN("default"))) {
        reader->kind = AWS_SECTION_OTHER;
    }
}

static struct aws_setting *new_setting(struct reader *reader, struct span key, struct span value)
{
    struct aws_profiles *profiles = reader->profiles;
    struct aws_setting *setting = arena_alloc(profiles->arena, sizeof *setting);
    *setting = (struct aws_setting){
        .file = reader->file,
        .kind = reader->kind,
        .section = reader->section,
        .key = key,
        .value = arena_copy(profiles->arena, value),
    };
    profiles->count++;
    return setting;
}

static bool read_heading(struct reader *reader, struct span line)
{
    const char *close = memchr(line.ptr, ']', line.len);
    if (!close) {
        return fail(reader, "a heading lacks its ']'");
    }
    struct span heading = span_trim(span_of(line.ptr + 1, (size_t)(close - line.ptr) - 1));
    if (!heading.len) {
        return fail(reader, "a heading is empty");
    }
    name_section(reader, arena_copy(reader->profiles->arena, heading));
    reader->in_section = true;
    reader->outer = SPAN("");
    struct aws_setting *setting = new_setting(reader, SPAN(""), SPAN(""));
    setting->next = reader->profiles->sections;
    reader->profiles->sections = setting;
    return true;
}

/* A comment inside a line begins with white space and '#' or ';'. */
static struct span without_comment(struct span value)
{
    for (size_t i = 1; i < value.len; i++) {
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') && is_blank(value.ptr[i - 1])) {
            return span_trim(span_of(value.ptr, i));
        }
    }
    return value;
}

static struct span lower_key(struct arena *arena, struct span outer, struct span key)
{
    struct span copy = outer.len ? arena_printf(arena, "%.*s.%.*s", SPAN_ARG(outer), SPAN_ARG(key))
                                 : arena_printf(arena, "%.*s", SPAN_ARG(key));
    char *text = arena_alloc(arena, copy.len + 1);
    for (size_t i = 0; i < copy.len; i++) {
        char c = copy.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return span_of(text, copy.len);
}

static bool read_setting(struct reader *reader, struct span line, bool indented)
{
    const char *equals = memchr(line.ptr, '=', line.len);
    if (!reader->in_section) {
        return fail(reader, "a setting stands before the first heading");
    }
    if (indented && !reader->outer.len) {
        return true; /* goes on with a value that is no group: no key of ours is that long */
    }
    if (!equals) {
        return fail(reader, "a line is neither a heading nor \"key = value\"");
    }
    struct span key = span_trim(span_of(line.ptr, (size_t)(equals - line.ptr)));
    struct span value = span_trim(span_of(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)));
    if (!key.len) {
        return fail(reader, "a setting has no key");
    }
    struct span name = lower_key(reader->profiles->arena, indented ? reader->outer : SPAN(""), key);
    struct aws_setting *setting = new_setting(reader, name, without_comment(value));
    *reader->profiles->last = setting;
    reader->profiles->last = &setting->next;
    if (!indented) {
        reader->outer = value.len ? SPAN("") : name;
    }
    return true;
}

static bool read_line(struct reader *reader, struct span line)
{
    bool indented = line.len && is_blank(line.ptr[0]);
    line = span_trim(line);
    if (line.len && memchr(line.ptr, '\0', line.len)) {
        return fail(reader, "a line holds a NUL character");
    }
    if (!line.len || line.ptr[0] == '#' || line.ptr[0] == ';') {
        return true;
    }
    if (line.ptr[0] == '[' && !indented) {
        return read_heading(reader, line);
    }
    return read_setting(reader, line, indented);
}

enum status aws_profiles_read(struct aws_profiles *profiles, struct span text,
                              enum aws_profile_file file, uint32_t *line, const char **reason)
{
    struct reader reader = {.profiles = profiles, .file = file};
    uint32_t number = 0;
    size_t at = span_starts_with(text, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    while (at < text.len) {
        const char *found = memchr(text.ptr + at, '\n', text.len - at);
        size_t end = found ? (size_t)(found - text.ptr) : text.len;
        number++;
        if (profiles->count == AWS_PROFILE_SETTINGS_MAX) {
            *line = number;
            *reason = "too many settings";
            return STATUS_LIMIT;
        }
        if (!read_line(&reader, span_of(text.ptr + at, end - at))) {
            *line = number;
            *reason = reader.reason;
            return STATUS_INVALID;
        }
        at = end + 1;
    }
    return STATUS_OK;
}

/* -- files */

static enum status load_file(struct aws_profiles *profiles, enum aws_profile_file file,
                             struct span path, struct span *problem)
{
    struct buf text = {0};
    uint32_t line = 0;
    const char *reason = "longer than 1 MiB";
    enum status status = aws_file_read(path.ptr, AWS_PROFILE_BYTES_MAX, &text);
    if (status == STATUS_OK) {
        status = aws_profiles_read(profiles, buf_view(&text), file, &line, &reason);
    }
    if (status == STATUS_IO) {
        *problem = arena_printf(profiles->arena, "cannot read %s: %s", path.ptr, strerror(errno));
    } else if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        *problem = arena_printf(profiles->arena, "%s:%u: %s", path.ptr, line, reason);
        status = STATUS_INVALID;
    }
    aws_wipe(&text);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static struct span path_of(struct arena *arena, const struct aws_environment *environment,
                           const char *variable, const char *name)
{
    struct span path = aws_environment_get(environment, variable);
    struct span home = aws_environment_get(environment, "HOME");
    if (!path.len) {
        return home.len ? arena_printf(arena, "%.*s/.aws/%s", SPAN_ARG(home), name) : SPAN("");
    }
    bool from_home = span_starts_with(path, SPAN("~/"));
    return from_home ? arena_printf(arena, "%.*s%s", SPAN_ARG(home), path.ptr + 1)
                     : arena_copy(arena, path);
}

enum status aws_profiles_load(struct aws_profiles *profiles,
                              const struct aws_environment *environment, struct span *problem)
{
    struct arena *arena = profiles->arena;
    struct span config = path_of(arena, environment, "AWS_CONFIG_FILE", "config");
    struct span credentials = path_of(arena, environment, "AWS_SHARED_CREDENTIALS_FILE",
                                      "credentials");
    enum status status = STATUS_OK;
    if (config.len) {
        status = load_file(profiles, AWS_FILE_CONFIG, config, problem);
    }
    if (status == STATUS_OK && credentials.len) {
        status = load_file(profiles, AWS_FILE_CREDENTIALS, credentials, problem);
    }
    return status;
}

/* -- looking up */

bool aws_profiles_has(const struct aws_profiles *profiles, struct span profile)
{
    for (const struct aws_setting *one = profiles->sections; one; one = one->next) {
        if (one->kind == AWS_SECTION_PROFILE && span_equals(one->section, profile)) {
            return true;
        }
    }
    return false;
}

struct span aws_profiles_get_from(const struct aws_profiles *profiles, enum aws_profile_file file,
                                  struct span profile, const char *key)
{
    struct span found = SPAN("");
    for (const struct aws_setting *one = profiles->first; one; one = one->next) {
        if (one->file == file && one->kind == AWS_SECTION_PROFILE &&
            span_equals(one->section, profile) && span_equals(one->key, span_view(key))) {
            found = one->value;
        }
    }
    return found;
}

struct span aws_profiles_get(const struct aws_profiles *profiles, struct span profile,
                             const char *key)
{
    struct span found = aws_profiles_get_from(profiles, AWS_FILE_CREDENTIALS, profile, key);
    return found.len ? found : aws_profiles_get_from(profiles, AWS_FILE_CONFIG, profile, key);
}

struct span aws_profiles_get_service(const struct aws_profiles *profiles, struct span name,
                                     struct span key)
{
    struct span found = SPAN("");
    for (const struct aws_setting *one = profiles->first; one; one = one->next) {
        if (one->kind == AWS_SECTION_SERVICES && span_equals(one->section, name) &&
            span_equals(one->key, key)) {
            found = one->value;
        }
    }
    return found;
}
