/* XML answers of SNS and STS. */
#include "fuzz.h"

#include "aws/aws_xml.h"
#include "base/check.h"

static void look_at(void *context, struct span path, struct span text)
{
    size_t *count = context;
    check(path.len > 0 && path.len <= AWS_XML_PATH_MAX);
    check(span_utf8_prefix(text) == text.len);
    ++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span xml = span_of((const char *)data, size);
    struct span found;
    size_t count = 0;
    if (aws_xml_read(xml, arena, look_at, &count) == STATUS_OK) {
        check(count > 0);
    }
    if (aws_xml_find(xml, "ErrorResponse/Error/Code", arena, &found)) {
        check(count > 0);
    }
    arena_free(&arena);
    return 0;
}
