/* The shared files of AWS tools: the first byte says which of the two. */
#include "fuzz.h"

#include "aws/aws_profile.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct aws_profiles profiles;
    uint32_t line = 0;
    const char *reason = NULL;
    enum aws_profile_file file = size && data[0] % 2 ? AWS_FILE_CREDENTIALS : AWS_FILE_CONFIG;
    struct span text = span_of((const char *)data + (size ? 1 : 0), size ? size - 1 : 0);
    aws_profiles_init(&profiles, arena);
    enum status status = aws_profiles_read(&profiles, text, file, &line, &reason);
    check(status == STATUS_OK || (line > 0 && reason));
    for (const struct aws_setting *one = profiles.first; one; one = one->next) {
        check(one->key.len > 0);
        check(one->kind != AWS_SECTION_PROFILE || aws_profiles_has(&profiles, one->section));
    }
    aws_profiles_get(&profiles, SPAN("default"), "region");
    arena_free(&arena);
    return 0;
}
