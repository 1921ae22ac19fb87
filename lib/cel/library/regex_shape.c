#include "cel/library/regex_shape.h"

enum { COPIES_LINEAR = 16, COPIES_MAX = 1 << 20 };

/* Reading a pattern from the left. */
struct reading {
    struct span pattern;
    size_t at;
    bool after_group; /* what a repeat would repeat */
    bool group_repeated;
    size_t ways;         /* repeats that may match more or less */
    size_t single_copies;
    size_t group_copies; /* multiplied */
    size_t branches;
};

static char here(const struct reading *reading)
{
    return reading->at < reading->pattern.len ? reading->pattern.ptr[reading->at] : 0;
}

/* Behind a class, whose first ] may be meant as one, and which may hold [:names:]. */
static void skip_class(struct reading *reading)
{
    reading->at++;
    reading->at += here(reading) == '^';
    reading->at += here(reading) == ']';
    while (here(reading) && here(reading) != ']') {
        bool name = here(reading) == '[' && reading->at + 1 < reading->pattern.len &&
                    reading->pattern.ptr[reading->at + 1] == ':';
        const char *end = name ? memmem(reading->pattern.ptr + reading->at,
                                        reading->pattern.len - reading->at, ":]", 2)
                               : NULL;
        if (end) {
            reading->at = (size_t)(end - reading->pattern.ptr) + 2;
        } else {
            reading->at += here(reading) == '\\' ? 2 : 1;
        }
    }
    reading->at++;
}

static size_t read_number(struct reading *reading)
{
    size_t number = 0;
    while (here(reading) >= '0' && here(reading) <= '9') {
        number = number * 10 + (size_t)(here(reading) - '0');
        number = number < COPIES_MAX ? number : COPIES_MAX;
        reading->at++;
    }
    return number;
}

static void add_copies(struct reading *reading, size_t copies)
{
    if (reading->after_group) {
        reading->group_copies *= copies ? copies : 1;
        reading->group_copies =
            reading->group_copies < COPIES_MAX ? reading->group_copies : COPIES_MAX;
    } else {
        reading->single_copies += copies;
    }
}

/* {n}, {n,}, {n,m} */
static void read_counted(struct reading *reading)
{
    reading->at++;
    size_t least = read_number(reading);
    size_t most = least;
    bool open = false;
    if (here(reading) == ',') {
        reading->at++;
        open = here(reading) == '}';
        most = open ? least : read_number(reading);
    }
    reading->at++;
    add_copies(reading, most);
    reading->ways += open || most != least;
    reading->group_repeated |= reading->after_group;
}

static void read_one(struct reading *reading)
{
    char c = here(reading);
    switch (c) {
    case '*':
    case '+':
    case '?':
        reading->ways++;
        reading->group_repeated |= reading->after_group && c != '?';
        reading->at++;
        reading->at += here(reading) == '?'; /* lazy: as many ways */
        return;
    case '{':
        read_counted(reading);
        reading->at += here(reading) == '?';
        return;
    case '[':
        skip_class(reading);
        break;
    case '(':
        reading->at++;
        reading->at += here(reading) == '?';
        break;
    case '\\':
        /* quoted stretches are rare, and read as if they were none */
        reading->at += 2;
        break;
    default:
        reading->branches += c == '|';
        reading->at++;
        break;
    }
    reading->after_group = c == ')';
}

struct regex_shape regex_shape_of(struct span pattern)
{
    struct reading reading = {.pattern = pattern, .group_copies = 1, .branches = 1};
    while (reading.at < pattern.len) {
        read_one(&reading);
    }
    size_t copies = reading.single_copies * reading.group_copies;
    return (struct regex_shape){
        .linear = reading.ways <= 1 && !reading.group_repeated && copies <= COPIES_LINEAR,
        .branches = reading.branches,
        .written = pattern.len,
        .copies = copies < COPIES_MAX ? copies : COPIES_MAX,
    };
}
