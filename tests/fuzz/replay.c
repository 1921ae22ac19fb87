/* replay.c: runs a fuzz target over every file of the folders given, in builds without libFuzzer.
 * */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_BYTES_MAX = 32 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

/* The input is put into memory of just its size, so that the sanitizers see a read past its end. */
static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *all = malloc(INPUT_BYTES_MAX);
    if (!file || !all) {
        perror(path);
        exit(1);
    }
    size_t size = fread(all, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    uint8_t *input = malloc(size ? size : 1);
    if (!input) {
        exit(1);
    }
    memcpy(input, all, size);
    free(all);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
}

static size_t replay_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (!entries) {
        perror(folder);
        exit(1);
    }
    size_t count = 0;
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        char path[PATH_BYTES_MAX];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        replay_file(path);
        count++;
    }
    closedir(entries);
    return count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        count += replay_folder(argv[i]);
    }
    printf("%zu inputs replayed\n", count);
    return count > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
