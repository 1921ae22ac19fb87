/* main.c: finds the command that was asked for and runs it. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        puts("deltaward " DELTAWARD_VERSION);
        return 0;
    }
    fputs("usage: deltaward version\n", stderr);
    return 2;
}
