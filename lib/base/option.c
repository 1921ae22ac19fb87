/* option.c: one pass over the words; values are checked as they come, the arguments at the end. */
#include "base/option.h"

#include "base/check.h"
#include "base/diag.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct given {
    struct span *items;
    size_t count;
    int64_t number; /* of OPTION_NUMBER, the last one */
};

struct option_values {
    const struct option_command *command;
    struct given *given; /* index for index of command->options */
    struct span *arguments;
    size_t argument_count;
    bool help;
};

/* What is being read; one per parse. */
struct reader {
    struct option_values *values;
    char *const *next;
    size_t words;
    struct arena *arena;
    struct buf *problem;
};

static size_t find_name(const struct option_command *command, struct span name)
{
    size_t at = 0;
    while (at < command->option_count &&
           !span_equals(span_view(command->options[at].name), name)) {
        at++;
    }
    return at;
}

static size_t find_letter(const struct option_command *command, char letter)
{
    size_t at = 0;
    while (at < command->option_count && command->options[at].letter != letter) {
        at++;
    }
    return at;
}

static enum status unknown_flag(const struct reader *reader, struct span word, struct span name)
{
    const struct option_command *command = reader->values->command;
    struct span *names = arena_array(reader->arena, command->option_count + 1, sizeof *names);
    for (size_t i = 0; i < command->option_count; i++) {
        names[i] = span_view(command->options[i].name);
    }
    names[command->option_count] = SPAN("help");
    struct span near = diag_nearest(name, names, command->option_count + 1);
    buf_printf(reader->problem, "unknown flag %.*s", SPAN_ARG(word));
    if (near.len) {
        buf_printf(reader->problem, "; did you mean --%.*s?", SPAN_ARG(near));
    }
    return STATUS_INVALID;
}

static bool read_number(const struct option *option, struct span text, int64_t *out)
{
    char digits[24];
    if (text.len == 0 || text.len >= sizeof digits) {
        return false;
    }
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    char *end = NULL;
    errno = 0;
    int64_t number = strtoll(digits, &end, 10);
    bool whole = (digits[0] == '-' || (digits[0] >= '0' && digits[0] <= '9')) && *end == '\0';
    if (!whole || errno || number < option->min || number > option->max) {
        return false;
    }
    *out = number;
    return true;
}

static bool is_choice(const struct option *option, struct span text)
{
    for (const char *const *choice = option->choices; *choice; choice++) {
        if (span_equals(span_view(*choice), text)) {
            return true;
        }
    }
    return false;
}

static void append_choices(const struct option *option, const char *between, struct buf *out)
{
    for (const char *const *choice = option->choices; *choice; choice++) {
        buf_printf(out, "%s%s", choice == option->choices ? "" : between, *choice);
    }
}

static enum status refuse_value(const struct option *option, struct span text, struct buf *problem)
{
    buf_printf(problem, "--%s wants ", option->name);
    if (option->type == OPTION_NUMBER) {
        buf_printf(problem, "a whole number from %" PRId64 " to %" PRId64, option->min,
                   option->max);
    } else {
        buf_append(problem, SPAN("one of "));
        append_choices(option, ", ", problem);
    }
    buf_printf(problem, ", not '%.*s'", SPAN_ARG(text));
    return STATUS_INVALID;
}

static enum status take_value(struct reader *reader, size_t at, struct span text)
{
    const struct option *option = &reader->values->command->options[at];
    struct given *given = &reader->values->given[at];
    if ((option->type == OPTION_NUMBER && !read_number(option, text, &given->number)) ||
        (option->type == OPTION_CHOICE && !is_choice(option, text))) {
        return refuse_value(option, text, reader->problem);
    }
    if (given->count && !option->repeated) {
        buf_printf(reader->problem, "--%s is given twice", option->name);
        return STATUS_INVALID;
    }
    /* a repeated flag stands at most as often as there are words */
    if (!given->items) {
        given->items = arena_array(reader->arena, option->repeated ? reader->words : 1,
                                   sizeof *given->items);
    }
    given->items[given->count++] = text;
    return STATUS_OK;
}

/* The value stands behind '=' (has_value) or is the next word. */
static enum status take_option(struct reader *reader, size_t at, bool has_value, struct span value)
{
    const struct option *option = &reader->values->command->options[at];
    if (option->type == OPTION_FLAG) {
        if (has_value) {
            buf_printf(reader->problem, "--%s takes no value", option->name);
            return STATUS_INVALID;
        }
        reader->values->given[at].count = 1;
        return STATUS_OK;
    }
    if (!has_value) {
        if (!*reader->next) {
            buf_printf(reader->problem, "--%s wants a value (%s)", option->name,
                       option->placeholder);
            return STATUS_INVALID;
        }
        value = span_view(*reader->next++);
    }
    return take_value(reader, at, value);
}

static enum status take_long(struct reader *reader, struct span word)
{
    struct span name = span_of(word.ptr + 2, word.len - 2);
    const char *equals = memchr(name.ptr, '=', name.len);
    struct span value = {0};
    if (equals) {
        value = span_of(equals + 1, (size_t)(name.ptr + name.len - equals - 1));
        name.len = (size_t)(equals - name.ptr);
    }
    if (span_equals(name, SPAN("help"))) {
        reader->values->help = true;
        return STATUS_OK;
    }
    size_t at = find_name(reader->values->command, name);
    if (at == reader->values->command->option_count) {
        return unknown_flag(reader, span_of(word.ptr, name.len + 2), name);
    }
    return take_option(reader, at, equals != NULL, value);
}

/* One letter a word: -a -b, never -ab. */
static enum status take_letter(struct reader *reader, struct span word)
{
    if (span_equals(word, SPAN("-h"))) {
        reader->values->help = true;
        return STATUS_OK;
    }
    size_t at = find_letter(reader->values->command, word.ptr[1]);
    if (word.len != 2 || at == reader->values->command->option_count) {
        return unknown_flag(reader, word, span_of(word.ptr + 1, word.len - 1));
    }
    return take_option(reader, at, false, (struct span){0});
}

static void take_argument(struct reader *reader, struct span word)
{
    reader->values->arguments[reader->values->argument_count++] = word;
}

static enum status take_words(struct reader *reader)
{
    while (*reader->next) {
        struct span word = span_view(*reader->next++);
        enum status status = STATUS_OK;
        /* all behind it are arguments, even with a leading '-' */
        if (span_equals(word, SPAN("--"))) {
            while (*reader->next) {
                take_argument(reader, span_view(*reader->next++));
            }
        } else if (span_starts_with(word, SPAN("--"))) {
            status = take_long(reader, word);
        } else if (word.len > 1 && word.ptr[0] == '-') {
            status = take_letter(reader, word);
        } else {
            take_argument(reader, word);
        }
        if (status != STATUS_OK || reader->values->help) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status check_arguments(const struct reader *reader)
{
    const struct option_values *values = reader->values;
    const struct option_command *command = values->command;
    if (values->argument_count < command->argument_min) {
        buf_printf(reader->problem, "%s is missing", command->arguments);
        return STATUS_INVALID;
    }
    if (values->argument_count > command->argument_max) {
        struct span extra = values->arguments[command->argument_max];
        buf_printf(reader->problem, "unexpected argument '%.*s'", SPAN_ARG(extra));
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status option_parse(const struct option_command *command, char *const *argv,
                         struct arena *arena, struct buf *problem, struct option_values **out)
{
    size_t words = 0;
    while (argv[words]) {
        words++;
    }
    struct option_values *values = arena_alloc(arena, sizeof *values);
    values->command = command;
    values->given = arena_array(arena, command->option_count + 1, sizeof *values->given);
    values->arguments = arena_array(arena, words + 1, sizeof *values->arguments);
    struct reader reader = {values, argv, words, arena, problem};
    enum status status = take_words(&reader);
    if (status == STATUS_OK && !values->help) {
        status = check_arguments(&reader);
    }
    if (status == STATUS_OK) {
        *out = values;
    }
    return status;
}

bool option_wants_help(const struct option_values *values)
{
    return values->help;
}

bool option_exists(const struct option_values *values, const char *name)
{
    return find_name(values->command, span_view(name)) < values->command->option_count;
}

static size_t index_of(const struct option_values *values, const char *name)
{
    size_t at = find_name(values->command, span_view(name));
    check(at < values->command->option_count);
    return at;
}

bool option_given(const struct option_values *values, const char *name)
{
    return values->given[index_of(values, name)].count > 0;
}

bool option_flag(const struct option_values *values, const char *name)
{
    return option_given(values, name);
}

struct span option_text(const struct option_values *values, const char *name)
{
    size_t at = index_of(values, name);
    const struct given *given = &values->given[at];
    return given->count ? given->items[given->count - 1]
                        : span_view(values->command->options[at].fallback);
}

int64_t option_number(const struct option_values *values, const char *name)
{
    size_t at = index_of(values, name);
    const struct option *option = &values->command->options[at];
    int64_t number = values->given[at].number;
    if (values->given[at].count == 0) {
        check(option->fallback && read_number(option, span_view(option->fallback), &number));
    }
    return number;
}

const struct span *option_list(const struct option_values *values, const char *name, size_t *count)
{
    const struct given *given = &values->given[index_of(values, name)];
    *count = given->count;
    return given->items;
}

const struct span *option_arguments(const struct option_values *values, size_t *count)
{
    *count = values->argument_count;
    return values->arguments;
}

enum { HELP_TEXT_COLUMN = 28, HELP_COLUMNS = 96 };

/* Appends words with line breaks; the text begins and goes on at HELP_TEXT_COLUMN. */
static void append_wrapped(struct span text, struct buf *out)
{
    size_t column = HELP_TEXT_COLUMN;
    while (text.len) {
        const char *blank = memchr(text.ptr, ' ', text.len);
        size_t length = blank ? (size_t)(blank - text.ptr) : text.len;
        if (column > HELP_TEXT_COLUMN && column + 1 + length > HELP_COLUMNS) {
            buf_printf(out, "\n%*s", HELP_TEXT_COLUMN, "");
            column = HELP_TEXT_COLUMN;
        } else if (column > HELP_TEXT_COLUMN) {
            buf_append_char(out, ' ');
            column++;
        }
        buf_append(out, span_of(text.ptr, length));
        column += length;
        size_t used = blank ? length + 1 : length;
        text = span_of(text.ptr + used, text.len - used);
    }
    buf_append_char(out, '\n');
}

static void describe_option(const struct option *option, struct buf *text)
{
    buf_append(text, span_view(option->text));
    const char *open = " (";
    if (option->type == OPTION_CHOICE) {
        buf_append(text, span_view(open));
        append_choices(option, ", ", text);
        open = "; ";
    }
    if (option->type == OPTION_NUMBER) {
        buf_printf(text, "%s%" PRId64 " to %" PRId64, open, option->min, option->max);
        open = "; ";
    }
    if (option->fallback) {
        buf_printf(text, "%sdefault: %s", open, option->fallback);
        open = "; ";
    }
    if (option->repeated) {
        buf_printf(text, "%sseveral times if need be", open);
        open = "; ";
    }
    buf_append(text, open[0] == ';' ? SPAN(")") : SPAN(""));
}

static void append_option(const struct option *option, struct buf *out)
{
    size_t start = out->len;
    buf_printf(out, "  %c%c%s --%s%s%s", option->letter ? '-' : ' ',
               option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
               option->placeholder ? " " : "", option->placeholder ? option->placeholder : "");
    size_t used = out->len - start;
    if (used + 1 >= HELP_TEXT_COLUMN) {
        buf_printf(out, "\n%*s", HELP_TEXT_COLUMN, "");
    } else {
        buf_printf(out, "%*s", (int)(HELP_TEXT_COLUMN - used), "");
    }
    struct buf text = {0};
    describe_option(option, &text);
    append_wrapped(buf_view(&text), out);
    buf_deinit(&text);
}

void option_help(const struct option_command *command, const char *program, struct buf *out)
{
    static const struct option help = {.name = "help", .letter = 'h', .text = "print this help"};
    buf_append(out, SPAN("Examples:\n"));
    for (const struct option_example *example = command->examples; example->command; example++) {
        buf_printf(out, "  %s\n      %s\n", example->command, example->text);
    }
    buf_printf(out, "\n%s\n\nUsage: %s %s [FLAGS]%s%s\n\nFlags:\n", command->summary, program,
               command->name, command->arguments[0] ? " " : "", command->arguments);
    for (size_t i = 0; i < command->option_count; i++) {
        if (!command->options[i].hidden) {
            append_option(&command->options[i], out);
        }
    }
    append_option(&help, out);
}
