/* option.h: the flags of a command as one table: from it they are read, checked and explained. */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

enum option_type {
    OPTION_FLAG,   /* takes no value */
    OPTION_TEXT,
    OPTION_NUMBER, /* whole, between min and max */
    OPTION_CHOICE, /* one of `choices` */
};

struct option {
    const char *name;        /* "input": --input VALUE or --input=VALUE, never abbreviated */
    char letter;             /* -i VALUE; 0: none */
    enum option_type type;
    bool repeated;           /* may be given several times */
    bool hidden;             /* not in the help */
    int64_t min;             /* of NUMBER, inclusive */
    int64_t max;
    const char *const *choices; /* of CHOICE, ended by NULL */
    const char *placeholder; /* how the help calls the value: "FILE" */
    const char *fallback;    /* the value when it is not given, as text; NULL: none */
    const char *text;        /* what it does, one sentence without a full stop */
};

struct option_example {
    const char *command;
    const char *text;
};

/* A command's face. Every command takes --help (-h) besides. */
struct option_command {
    const char *name;        /* "policy check" */
    const char *summary;     /* one sentence with a full stop */
    const char *arguments;   /* "PATH..." for the usage line; "" when it takes none */
    size_t argument_min;
    size_t argument_max;
    const struct option_example *examples; /* ended by a NULL command; at least one */
    const struct option *options;
    size_t option_count;
};

struct option_values;

/* Reads the NULL-ended words behind the command's name. "--" ends the flags. STATUS_INVALID:
 * `problem` says what is wrong and what to do. The result lives in `arena` and views argv. */
MUST_USE enum status option_parse(const struct option_command *command, char *const *argv,
                                  struct arena *arena, struct buf *problem,
                                  struct option_values **out);

/* True for --help anywhere before "--"; then nothing else was checked. */
bool option_wants_help(const struct option_values *values);
/* The command has such a flag at all. */
bool option_exists(const struct option_values *values, const char *name);
/* By name, which must stand in the table. Given: on the command line, not by its fallback. */
bool option_given(const struct option_values *values, const char *name);
bool option_flag(const struct option_values *values, const char *name);
/* The last value given, else the fallback, else the empty span. */
struct span option_text(const struct option_values *values, const char *name);
int64_t option_number(const struct option_values *values, const char *name);
/* All values given, in order. */
const struct span *option_list(const struct option_values *values, const char *name,
                               size_t *count);
/* The words that are no flags. */
const struct span *option_arguments(const struct option_values *values, size_t *count);

/* Examples first, then usage and flags. `program` is put before the command's name. */
void option_help(const struct option_command *command, const char *program, struct buf *out);

#endif
