/* run_as.c: run_as UID PROGRAM WORDS...: without any capability, without a way to get one back, as
 * a user and group of that number. Linked statically, because it starts on a root that holds only
 * the image. bwrap does the same with a user namespace, which a machine may refuse. */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITIES = 64 };

/* A new user has none in force any more, but keeps the inheritable ones. */
static int drop_all(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    return (int)syscall(SYS_capset, &header, none);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 125;
    }
    unsigned id = (unsigned)strtoul(argv[1], NULL, 10);
    for (int i = 0; i < CAPABILITIES; i++) {
        (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0); /* fails for numbers that are none */
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0 || drop_all() != 0) {
        perror("run_as");
        return 125;
    }
    execv(argv[2], argv + 2);
    perror("run_as");
    return 126;
}
