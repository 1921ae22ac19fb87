/* slow_names.c: put before the C library (LD_PRELOAD), a name server that takes 8 seconds to say
 * nothing. */
#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)result;
    sleep(8);
    return EAI_AGAIN;
}
