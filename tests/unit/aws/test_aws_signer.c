/* test_aws_signer.c: the signing suite (sigv4.jsonl, whose first line says where it is from). */
#include "aws/aws_signer.h"

#include "aws/aws_file.h"
#include "base/clock.h"
#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { CASES = 38, HEADERS_MAX = 8, SUITE_BYTES_MAX = 1 << 20 };

static const struct span suite_secret = {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40};

static struct aws_scope suite_scope(void)
{
    struct aws_scope scope = {.region = SPAN("us-east-1"), .service = SPAN("service")};
    assert_true(clock_parse(SPAN("2015-08-30T12:36:00Z"), &scope.time_us));
    return scope;
}

static struct span text_of(const struct value *object, const char *name)
{
    const struct value *member = value_map_get(object, span_view(name));
    assert_non_null(member);
    assert_int_equal(member->kind, VALUE_STRING);
    return member->text;
}

static size_t read_headers(const struct value *object, struct aws_header headers[HEADERS_MAX])
{
    const struct value *list = value_map_get(object, SPAN("headers"));
    assert_non_null(list);
    assert_in_range(list->list.count, 1, HEADERS_MAX);
    for (size_t i = 0; i < list->list.count; i++) {
        const struct value *pair = list->list.items[i].list.items;
        headers[i] = (struct aws_header){pair[0].text, pair[1].text};
    }
    return list->list.count;
}

static void assert_span(struct span got, struct span wanted, struct span where)
{
    if (!span_equals(got, wanted)) {
        print_error("%.*s: got\n%.*s\nnot\n%.*s\n", SPAN_ARG(where), SPAN_ARG(got),
                    SPAN_ARG(wanted));
        fail();
    }
}

/* Signs and holds canonical request and signature against the suite's. */
static void check_signature(const struct value *row, const struct value *wanted,
                            struct span query, struct arena *arena)
{
    struct aws_header headers[HEADERS_MAX];
    char body_hash[AWS_SHA256_HEX_SIZE];
    char signature[AWS_SHA256_HEX_SIZE];
    unsigned char key[HMAC_BYTES];
    struct buf canonical = {0};
    struct buf string = {0};
    const struct aws_scope scope = suite_scope();
    aws_sha256_hex(text_of(row, "body"), body_hash);
    const struct aws_signable request = {
        .method = text_of(row, "method"),
        .path = text_of(row, "path"),
        .query = query,
        .headers = headers,
        .header_count = read_headers(wanted, headers),
        .body_hash = span_view(body_hash),
        .keep_dots = value_map_get(row, SPAN("keep_dots"))->boolean,
    };
    aws_sign_canonical(&request, arena, &canonical);
    assert_span(buf_view(&canonical), text_of(wanted, "canonical"), text_of(row, "name"));
    aws_sign_string(buf_view(&canonical), &scope, &string);
    aws_signing_key(suite_secret, &scope, key);
    aws_sign_signature(key, buf_view(&string), signature);
    assert_span(span_view(signature), text_of(wanted, "signature"), text_of(row, "name"));
    buf_deinit(&canonical);
    buf_deinit(&string);
}

static void check_row(const struct value *row, struct arena *arena)
{
    const struct value *presigned = value_map_get(row, SPAN("presigned"));
    assert_non_null(presigned);
    check_signature(row, row, text_of(row, "query"), arena);
    check_signature(row, presigned, text_of(presigned, "query"), arena);
}

static void test_sign__suite(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct buf text = {0};
    size_t rows = 0;
    assert_int_equal(aws_file_read("tests/unit/aws/sigv4.jsonl", SUITE_BYTES_MAX, &text),
                     STATUS_OK);
    for (char *line = text.ptr; line < text.ptr + text.len;) {
        char *end = memchr(line, '\n', (size_t)(text.ptr + text.len - line));
        struct json_error error;
        struct value row;
        assert_non_null(end);
        assert_int_equal(json_read(span_of(line, (size_t)(end - line)), JSON_NUMBERS_CEL, arena,
                                   &error, &row), STATUS_OK);
        if (!value_map_get(&row, SPAN("about"))) {
            check_row(&row, arena);
            rows++;
        }
        line = end + 1;
    }
    assert_int_equal(rows, CASES);
    buf_deinit(&text);
    arena_free(&arena);
}

static void test_sign_string__suite_get_vanilla(void **state)
{
    (void)state;
    struct buf string = {0};
    const struct aws_scope scope = suite_scope();
    aws_sign_string(SPAN("GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
                         "host;x-amz-date\n"
                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                    &scope, &string);
    assert_string_equal(string.ptr,
                        "AWS4-HMAC-SHA256\n20150830T123600Z\n"
                        "20150830/us-east-1/service/aws4_request\n"
                        "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
    buf_deinit(&string);
}

static void test_sign_authorization__get_vanilla(void **state)
{
    (void)state;
    const struct aws_header headers[] = {
        {SPAN("X-Amz-Date"), SPAN("20150830T123600Z")},
        {SPAN("Host"), SPAN("example.amazonaws.com")},
    };
    const struct aws_scope scope = suite_scope();
    char body_hash[AWS_SHA256_HEX_SIZE];
    unsigned char key[HMAC_BYTES];
    struct buf value = {0};
    aws_sha256_hex(SPAN(""), body_hash);
    const struct aws_signable request = {.method = SPAN("GET"), .path = SPAN("/"),
                                         .headers = headers, .header_count = 2,
                                         .body_hash = span_view(body_hash)};
    aws_signing_key(suite_secret, &scope, key);
    aws_sign_authorization(&request, &scope, SPAN("AKIDEXAMPLE"), key, &value);
    assert_string_equal(value.ptr,
                        "AWS4-HMAC-SHA256 "
                        "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                        "SignedHeaders=host;x-amz-date, Signature="
                        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    buf_deinit(&value);
}

/* A path that is encoded already: S3 signs it as it is, all others encode it once more. */
static void test_sign_canonical__encoded_path(void **state)
{
    (void)state;
    static const struct {
        bool final;
        struct span path;
        const char *line;
    } rows[] = {
        {false, {"/a%3Ab/c", 8}, "/a%253Ab/c"},
        {true, {"/a%3Ab/../c//d", 14}, "/a%3Ab/../c//d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct buf canonical = {0};
        const struct aws_signable request = {.method = SPAN("PUT"), .path = rows[i].path,
                                             .path_is_final = rows[i].final,
                                             .body_hash = SPAN("x")};
        aws_sign_canonical(&request, arena, &canonical);
        struct span wanted = arena_printf(arena, "PUT\n%s\n\n\n\nx", rows[i].line);
        assert_string_equal(canonical.ptr, wanted.ptr);
        buf_deinit(&canonical);
        arena_free(&arena);
    }
}

/* Sorted as it is encoded, by name and then by value; a name alone has an empty value. */
static void test_sign_canonical__query(void **state)
{
    (void)state;
    static const struct {
        struct span query;
        const char *line;
    } rows[] = {
        {{"b=2&a=2&a=1&a", 13}, "a=&a=1&a=2&b=2"},
        {{"&&a=b=c&%7e=%2f&", 16}, "a=b%3Dc&~=%2F"},
        {{"a=%2&b=%zz&c=1+2", 16}, "a=%252&b=%25zz&c=1%2B2"},
        {{"A=1&a=1&0=1&_=1", 15}, "0=1&A=1&_=1&a=1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct buf canonical = {0};
        const struct aws_signable request = {.method = SPAN("GET"), .path = SPAN("/"),
                                             .query = rows[i].query, .body_hash = SPAN("x")};
        aws_sign_canonical(&request, arena, &canonical);
        struct span wanted = arena_printf(arena, "GET\n/\n%s\n\n\nx", rows[i].line);
        assert_string_equal(canonical.ptr, wanted.ptr);
        buf_deinit(&canonical);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign__suite),
        cmocka_unit_test(test_sign_string__suite_get_vanilla),
        cmocka_unit_test(test_sign_authorization__get_vanilla),
        cmocka_unit_test(test_sign_canonical__encoded_path),
        cmocka_unit_test(test_sign_canonical__query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
