#include "base/hmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* RFC 4231, test cases 1, 2, 3 and 6; and nothing under nothing. */
static void test_hmac_sha256__known_answers(void **state)
{
    (void)state;
    char bytes_0b[20];
    char bytes_aa[131];
    char bytes_dd[50];
    memset(bytes_0b, 0x0b, sizeof bytes_0b);
    memset(bytes_aa, 0xaa, sizeof bytes_aa);
    memset(bytes_dd, 0xdd, sizeof bytes_dd);
    const struct {
        struct span key;
        struct span text;
        const char *hex;
    } rows[] = {
        {span_of(bytes_0b, 20), SPAN("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {SPAN("Jefe"), SPAN("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {span_of(bytes_aa, 20), span_of(bytes_dd, 50),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {span_of(bytes_aa, 131), SPAN("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {SPAN(""), SPAN(""),
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char hash[HMAC_BYTES];
        char hex[2 * HMAC_BYTES + 1];
        hmac_sha256(rows[i].key, rows[i].text, hash);
        for (size_t k = 0; k < HMAC_BYTES; k++) {
            snprintf(hex + 2 * k, 3, "%02x", (unsigned)hash[k]);
        }
        assert_string_equal(hex, rows[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac_sha256__known_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
