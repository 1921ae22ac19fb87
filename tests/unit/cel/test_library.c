/* What the functions of Kubernetes and cel-go's extensions give. The file of cases says of each
 * expression what those two engines answered; where ours answers otherwise, a comment says why. */
#include "cel_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char CASES[] = "tests/unit/cel/library_cases.txt";
static const char SEPARATOR[] = "\t=> ";

static int start(void **state)
{
    static struct test_host host;
    test_host_init(&host, 0);
    cel_env_add_variable(host.env, SPAN("object"), cel_type_simple(CEL_TYPE_DYN), HOST_DATA);
    cel_env_add_variable(host.env, SPAN("oldObject"), cel_type_simple(CEL_TYPE_DYN), HOST_OLD);
    *state = &host;
    return 0;
}

static int stop(void **state)
{
    test_host_deinit(*state);
    return 0;
}

/* --- a value as the file writes it --- */

static void write_value(const struct value *value, struct buf *out);

static void write_quoted(struct span text, struct buf *out)
{
    buf_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((unsigned char)c < ' ' || c == 0x7F) {
            buf_printf(out, "\\x%02x", (unsigned)c);
        } else {
            buf_append(out, c == '"' || c == '\\' ? SPAN("\\") : SPAN(""));
            buf_append_char(out, c);
        }
    }
    buf_append_char(out, '"');
}

static void write_named(const char *name, struct span text, struct buf *out)
{
    buf_printf(out, "%s(%.*s)", name, SPAN_ARG(text));
}

static void write_list(const struct value_list *list, struct buf *out)
{
    buf_append_char(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        buf_append(out, i ? SPAN(", ") : SPAN(""));
        write_value(&list->items[i], out);
    }
    buf_append_char(out, ']');
}

static int compare_entries(const void *a, const void *b)
{
    return span_compare(((const struct value_entry *)a)->key.text,
                        ((const struct value_entry *)b)->key.text);
}

/* By their keys, which are texts. */
static void write_map(const struct value_map *map, struct buf *out)
{
    struct value_entry entries[16];
    assert_true(map->count <= sizeof entries / sizeof *entries);
    memcpy(entries, map->entries, map->count * sizeof *entries);
    qsort(entries, map->count, sizeof *entries, compare_entries);
    buf_append_char(out, '{');
    for (size_t i = 0; i < map->count; i++) {
        buf_append(out, i ? SPAN(", ") : SPAN(""));
        write_value(&entries[i].key, out);
        buf_append(out, SPAN(": "));
        write_value(&entries[i].value, out);
    }
    buf_append_char(out, '}');
}

static void write_optional(const struct value *optional, struct buf *out)
{
    if (!optional) {
        buf_append(out, SPAN("none"));
        return;
    }
    buf_append(out, SPAN("some("));
    write_value(optional, out);
    buf_append_char(out, ')');
}

static void write_as_text(const char *name, const struct value *value, struct buf *out)
{
    struct buf text = {0};
    value_write_text(value, &text);
    write_named(name, buf_view(&text), out);
    buf_deinit(&text);
}

static void write_value(const struct value *value, struct buf *out)
{
    switch ((int)value->kind) {
    case VALUE_ERROR: buf_append(out, SPAN("error")); break;
    case VALUE_NULL: buf_append(out, SPAN("null")); break;
    case VALUE_BOOL: buf_printf(out, "%s", value->boolean ? "true" : "false"); break;
    case VALUE_INT: buf_printf(out, "%" PRId64, value->integer); break;
    case VALUE_UINT: buf_printf(out, "%" PRIu64 "u", value->unsigned_integer); break;
    case VALUE_DOUBLE: write_as_text("double", value, out); break;
    case VALUE_DECIMAL: write_as_text("decimal", value, out); break;
    case VALUE_STRING: write_quoted(value->text, out); break;
    case VALUE_BYTES:
        buf_append_char(out, 'b');
        write_quoted(value->text, out);
        break;
    case VALUE_LIST:
    case VALUE_SET: write_list(&value->list, out); break;
    case VALUE_MAP: write_map(&value->map, out); break;
    case VALUE_OPTIONAL: write_optional(value->optional, out); break;
    case VALUE_DURATION: buf_printf(out, "duration(%" PRId64 ")", value->duration_ns); break;
    case VALUE_TIMESTAMP: buf_printf(out, "timestamp(%" PRId64 ")", value->time.seconds); break;
    case VALUE_QUANTITY: write_as_text("quantity", value, out); break;
    default: write_as_text(value_kind_name(value->kind), value, out); break;
    }
}

/* --- the cases --- */

static struct cel_program *compile(struct test_host *host, struct span text,
                                   struct cel_issues *issues)
{
    struct cel_program *program = NULL;
    enum status status = cel_compile(host->env, text, host->plan_arena, issues, &program);
    return status == STATUS_OK ? program : NULL;
}

/* What always fails is refused at load: that is an error, too. */
static void answer(struct test_host *host, struct span text, bool generic, struct buf *out)
{
    struct cel_issues issues = cel_issues_in(host->plan_arena);
    struct value value = value_failure(VALUE_ERROR_OTHER, SPAN(""));
    cel_env_set_generic(host->env, generic);
    struct cel_program *program = compile(host, text, &issues);
    cel_env_set_generic(host->env, false);
    if (program) {
        value = test_host_run(host, program);
    }
    write_value(&value, out);
}

static bool check_case(struct test_host *host, struct span text, struct span wanted)
{
    bool good = true;
    for (int generic = 0; generic <= 1; generic++) {
        struct buf given = {0};
        answer(host, text, generic, &given);
        if (!span_equals(buf_view(&given), wanted)) {
            good = false;
            print_error("%.*s%s%.*s\n    wanted%s: %.*s\n", SPAN_ARG(text), SEPARATOR,
                        SPAN_ARG(buf_view(&given)), generic ? " by the generic way" : "",
                        SPAN_ARG(wanted));
        }
        buf_deinit(&given);
    }
    return good;
}

/* "let object = {...}": the object that further lines speak of, as JSON. */
static bool is_assignment(struct test_host *host, const char *text)
{
    /* values borrow their text */
    const char *line = arena_copy(host->plan_arena, span_view(text)).ptr;
    static const char start_of_object[] = "let object = ";
    static const char start_of_old[] = "let oldObject = ";
    if (strncmp(line, start_of_object, sizeof start_of_object - 1) == 0) {
        test_host_set_data(host, line + sizeof start_of_object - 1);
        return true;
    }
    if (strncmp(line, start_of_old, sizeof start_of_old - 1) == 0) {
        test_host_set_images(host, line + sizeof start_of_old - 1, "null");
        return true;
    }
    return text[0] == '\0' || text[0] == '#';
}

static void test_library__gives_what_kubernetes_and_cel_go_give(void **state)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t cases = 0;
    size_t wrong = 0;
    FILE *file = fopen(CASES, "r");
    assert_non_null(file);
    while (getline(&line, &capacity, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        if (is_assignment(*state, line)) {
            continue;
        }
        char *wanted = strstr(line, SEPARATOR);
        assert_non_null(wanted);
        struct span text = span_of(line, (size_t)(wanted - line));
        wrong += !check_case(*state, text, span_view(wanted + sizeof SEPARATOR - 1));
        cases++;
    }
    free(line);
    fclose(file);
    assert_int_equal(wrong, 0);
    assert_true(cases > 600);
}

static struct span first_error(const struct cel_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        if (!issues->items[i].warning) {
            return issues->items[i].message;
        }
    }
    return span_of(NULL, 0);
}

/* --- constants that are read when an expression is loaded --- */

static void test_library__constants_are_read_at_load(void **state)
{
    static const struct {
        const char *expression;
        const char *message;
    } rows[] = {
        {"quantity('5Mb')",
         "'5Mb' is no quantity such as '500m', '1.5Gi' or '2e3'"},
        {"quantity('1.2345678901234567890123456789012345678901')",
         "a quantity has at most 38 significant digits, from 1E-9 to 1E+6144"},
        {"semver('1.2')", "'1.2' is no version such as '1.2.3' or '1.2.3-rc.1'"},
        {"semver('x', true)", "'x' is no version such as '1.2.3' or '1.2.3-rc.1'"},
        {"url('somewhere')",
         "'somewhere' is no URL: it is neither absolute nor an absolute path"},
        {"url('https://a:b/')",
         "'https://a:b/' is no URL: host, port or user are malformed"},
        /* nothing around it makes a mistake good */
        {"new.a == 'x' || quantity(' 1') == quantity(new.a)", "' 1' is no quantity"},
        {"new.a == 'x' || semver('1', false) == semver(new.a)", "'1' is no version"},
        {"new.a == 'x' || url('x') == url(new.a)", "'x' is no URL"},
        {"new.a.find('(')", "the pattern of find: a ( without a )"},
        {"new.a.findAll('a(?!b)', 3)", "the pattern of findAll:"},
        {"regex.replace(new.a, '[', '')", "the pattern of regex.replace:"},
        {"regex.extract(new.a, '(a)(b)')",
         "the pattern of regex.extract: it has more than one capturing group; write (?:...) for "
         "the others"},
    };
    struct test_host *host = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cel_issues issues = cel_issues_in(host->plan_arena);
        struct cel_program *program = compile(host, span_view(rows[i].expression), &issues);
        if (program) {
            fail_msg("%s is not refused", rows[i].expression);
        }
        if (!span_starts_with(first_error(&issues), span_view(rows[i].message))) {
            fail_msg("%s: %.*s", rows[i].expression, SPAN_ARG(first_error(&issues)));
        }
    }
}

/* --- patterns and texts that come with the data --- */

static void test_library__patterns_from_the_data(void **state)
{
    static const struct test_row rows[] = {
        {"new.text.find(new.digits)", "\"12\""},
        {"new.text.findAll(new.digits)", "[\"12\",\"345\"]"},
        {"new.text.findAll('[0-9]', 2)", "[\"1\",\"2\"]"},
        {"regex.extract(new.text, new.digits)", "\"12\""},
        {"regex.extractAll(new.text, '([0-9])[a-z]')", "[\"2\",\"5\"]"},
        {"regex.replace(new.text, new.digits, '#')", "\"a#b#c\""},
        {"regex.replace(new.text, '([0-9]+)', '<\\\\1>', 1)", "\"a<12>b345c\""},
        {"new.text.find(new.wrong)", "error"},
        {"regex.replace(new.text, new.digits, '\\\\1')", "error"},
        {"new.number.find('a')", "no overload"},
        {"new.number.findAll('a')", "no overload"},
        {"regex.extract(new.number, 'a')", "no overload"},
        {"regex.replace(new.number, 'a', 'b')", "no overload"},
        {"new.none.find('a')", "absent"},
        {"quantity(new.amount).add(new.number) == quantity('1.5k')", "true"},
        {"quantity(new.text)", "error"},
        {"quantity(new.number)", "no overload"},
        {"semver(new.text)", "error"},
        {"url(new.text)", "error"},
        {"url(new.number)", "no overload"},
        {"new.text.getHost()", "no overload"},
        {"new.text.major()", "no overload"},
        {"new.text.asInteger()", "no overload"},
        {"new.text.compareTo(new.text)", "no overload"},
        {"new.text.validate('x')", "no overload"},
        {"new.text.first()", "no overload"},
        {"new.list.flatten(1)", "[3,1,2]"},
        {"new.list.flatten(2)", "[3,1,2]"},
        {"new.list.first()", "[3]"},
        {"new.list.flatten(1).sortBy(x, -x)", "[3,2,1]"},
        {"new.list.sortBy(x, x)", "no overload"},
        {"string(quantity(new.amount))", "\"1\""},
        {"string(url('https://example.com/a b'))", "\"https://example.com/a%20b\""},
        {"string(semver('1.2', true))", "\"1.2.0\""},
        {"json.encode(new.list)", "\"[[3],[1,2]]\""},
        {"json.encode({'a': new.text, 'b': [true, null, new.number]})",
         "\"{\\\"a\\\":\\\"a12b345c\\\",\\\"b\\\":[true,null,1499]}\""},
        {"json.decode(json.encode(new.list)).value() == new.list", "true"},
        {"type(quantity(new.amount)) == type(quantity('1'))", "true"},
        {"type(quantity(new.amount)) == type(semver('1.0.0'))", "false"},
    };
    test_host_set_images(*state, "null",
                         "{\"text\": \"a12b345c\", \"digits\": \"[0-9]+\", \"wrong\": \"(\","
                         " \"number\": 1499, \"amount\": \"1\", \"list\": [[3], [1, 2]]}");
    test_host_check_rows(*state, rows, sizeof rows / sizeof *rows);
}

/* --- bounds --- */

/* Work counts: with few steps, each of these ends with the error of the limit. */
static void test_library__work_is_counted(void **state)
{
    static const char *const expressions[] = {
        "data.findAll('a').size()",
        "regex.replace(data, 'a', 'bb').size()",
        "regex.extractAll(data, 'a').size()",
        "url('/?' + data).getQuery().size()",
        "url('/' + data).getPort()",
        "data.split('').sortBy(x, x).size()",
        "data.split('').flatten(1).size()",
        "data.split('').includes('b')",
        "json.encode([data, data, data]).size()",
        "quantity(data + data + data).sign()",
        "isSemver(data + data + data)",
        "format.labelValue().validate(data + data + data).hasValue()",
        "data.split('').map(x, optional.of(x)).unwrapOpt().size()",
    };
    static char json[2100];
    struct test_host host;
    (void)state;
    test_host_init(&host, 1000);
    memset(json, 'a', sizeof json - 1);
    json[0] = '"';
    json[sizeof json - 2] = '"';
    for (size_t i = 1; i < sizeof json - 2; i += 2) {
        json[i] = '&';
    }
    test_host_set_data(&host, json);
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        const char *result = test_host_evaluate(&host, expressions[i]);
        if (strcmp(result, "limit") != 0) {
            fail_msg("%s: %s", expressions[i], result);
        }
    }
    test_host_deinit(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_library__gives_what_kubernetes_and_cel_go_give,
                                        start, stop),
        cmocka_unit_test_setup_teardown(test_library__constants_are_read_at_load, start, stop),
        cmocka_unit_test_setup_teardown(test_library__patterns_from_the_data, start, stop),
        cmocka_unit_test(test_library__work_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
