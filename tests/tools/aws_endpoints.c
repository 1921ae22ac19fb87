/* aws_endpoints.c: prints the host name of every service in the regions that standard input names,
 * one a line: "region service fips dual-stack host", for a suite that knows botocore's rules. */
#include "aws/aws_endpoint.h"

#include <stdio.h>

static void print_region(const char *region)
{
    struct arena *arena = arena_new(0);
    for (int i = 0; i < AWS_SERVICE_COUNT * 4; i++) {
        enum aws_service service = (enum aws_service)(i / 4);
        const struct aws_endpoint_kind kind = {.fips = i & 1, .dual_stack = i & 2};
        const struct aws_endpoint endpoint = aws_endpoint_default(service, span_view(region), kind,
                                                                  arena);
        printf("%s %s %d %d %s\n", region, aws_service_row(service)->section_id, kind.fips,
               kind.dual_stack, endpoint.host.ptr);
    }
    arena_free(&arena);
}

int main(void)
{
    char region[64];
    while (scanf("%63s", region) == 1) {
        print_region(region);
    }
    return 0;
}
