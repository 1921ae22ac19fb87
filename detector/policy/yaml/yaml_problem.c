/* yaml_problem.c: one table: libyaml's message, ours, and a hint. */
#include "policy/yaml/yaml_problem.h"

static const struct yaml_problem problems[] = {
    {"mapping values are not allowed in this context", "a ':' stands where no key can stand",
     {"put the text in quotes when it contains ': '", 44}},
    {"could not find expected ':'", "this line is neither 'key: value' nor part of a value",
     {"write 'key: value', or indent it below its key", 46}},
    {"did not find expected key", "expected a key here",
     {"are the keys of this map indented alike, and quotes closed?", 59}},
    {"did not find expected '-' indicator", "expected '-' or less indentation here",
     {"are the elements of this list indented alike?", 45}},
    {"did not find expected ',' or ']'", "expected ',' or ']' in this list",
     {"a '[' is not closed, or an element needs quotes", 47}},
    {"did not find expected ',' or '}'", "expected ',' or '}' in this map",
     {"a '{' is not closed, or a value needs quotes", 44}},
    {"did not find expected node content", "expected a value here",
     {"a text that begins like this needs quotes", 41}},
    {"block sequence entries are not allowed in this context", "a '- ' list cannot begin here",
     {"begin the list on a line of its own", 35}},
    {"mapping keys are not allowed in this context", "a key cannot begin here",
     {"put the text in quotes if it begins with '?'", 44}},
    {"found unexpected end of stream", "the text ends inside quotes",
     {"close them with the same quote that opened them", 47}},
    {"found unexpected document indicator", "a '---' stands inside quotes",
     {"close the quotes before it", 26}},
    {"found unknown escape character", "unknown escape in double quotes",
     {"write \\\\ for a backslash, or use single quotes", 46}},
    {"did not find expected hexdecimal number", "expected hexadecimal digits after this escape",
     {"as in \\x41, \\u00e9, \\U0001f600", 30}},
    {"found invalid Unicode character escape code", "this escape names no character",
     {"surrogates and numbers above 10ffff are none", 44}},
    {"found a tab character that violates indentation", "a tab stands in the indentation",
     {"indent with spaces", 18}},
    {"found a tab character where an indentation space is expected",
     "a tab stands in the indentation", {"indent with spaces", 18}},
    {"did not find expected <document start>", "more text after the end of the document",
     {"begin another document with '---'", 33}},
    {"found an indentation indicator equal to 0", "the indentation of a block is 1 to 9",
     {"leave the digit out", 19}},
    {"did not find expected comment or line break", "text after '|' or '>'",
     {"begin the text on the next line", 31}},
    {"found undefined tag handle", "tags ('!') are not used here",
     {"put the text in quotes if it begins with '!'", 44}},
};

static struct yaml_problem cannot_start(char at)
{
    if (at == '\t') {
        return (struct yaml_problem){.message = "a tab stands in the indentation",
                                     .hint = SPAN("indent with spaces")};
    }
    return (struct yaml_problem){.message = "a value cannot begin with this character",
                                 .hint = SPAN("put it in quotes")};
}

struct yaml_problem yaml_problem_explain(const char *problem, char at)
{
    if (strcmp(problem, "found character that cannot start any token") == 0) {
        return cannot_start(at);
    }
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        if (strcmp(problem, problems[i].problem) == 0) {
            return problems[i];
        }
    }
    return (struct yaml_problem){.message = problem};
}
