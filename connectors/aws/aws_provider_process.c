/* aws_provider_process.c: credential_process: a program that prints credentials. It is started
 * without a shell, and ended when it takes too long. */
#include "aws/aws_provider.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGUMENTS_MAX = 64,
    OUTPUT_BYTES_MAX = 64 * 1024,
    TIMEOUT_MS = 60 * 1000,
    SLICE_MS = 100, /* between looks whether the client was cancelled */
};

extern char **environ;

/* -- the command line */

/* Takes one word: blanks end it, "..." and '...' hold it together, '\' takes the next character as
 * it is (but not within '...'). False at the end; *broken: a quote is open. */
static bool take_word(struct span *text, char *out, size_t *len, bool *broken)
{
    char quote = '\0';
    size_t at = 0;
    while (at < text->len && (text->ptr[at] == ' ' || text->ptr[at] == '\t')) {
        at++;
    }
    bool found = at < text->len;
    *len = 0;
    for (; at < text->len; at++) {
        char c = text->ptr[at];
        if (!quote && (c == ' ' || c == '\t')) {
            break;
        }
        if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? '\0' : c;
        } else if (c == '\\' && quote != '\'' && at + 1 < text->len) {
            out[(*len)++] = text->ptr[++at];
        } else {
            out[(*len)++] = c;
        }
    }
    *broken = quote != '\0';
    *text = span_of(text->ptr + at, text->len - at);
    return found;
}

static enum status split(struct aws_search *search, struct span line, char **arguments)
{
    size_t count = 0;
    bool broken = false;
    char *word = arena_alloc(search->arena, line.len + 1);
    size_t len;
    while (take_word(&line, word, &len, &broken) && !broken && count < ARGUMENTS_MAX) {
        word[len] = '\0';
        arguments[count++] = word;
        word = arena_alloc(search->arena, line.len + 1);
    }
    if (count == 0 || broken || count == ARGUMENTS_MAX) {
        return aws_search_fail(search, STATUS_INVALID,
                               "credential_process of the AWS profile \"%.*s\" is no command line",
                               SPAN_ARG(search->profile));
    }
    arguments[count] = NULL;
    return STATUS_OK;
}

/* -- the process */

/* Ours are its environment and working folder; its input and its errors lead nowhere, since errors
 * may quote secrets. It gets a group of its own, so that its children end with it. */
static int spawn(char **arguments, int output, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t ignored_by_us;
    sigemptyset(&none);
    sigemptyset(&ignored_by_us);
    sigaddset(&ignored_by_us, SIGPIPE);
    sigaddset(&ignored_by_us, SIGXFSZ);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &ignored_by_us);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    int error = posix_spawnp(child, arguments[0], &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Reads to the end. STATUS_LIMIT: too much, or too slow. */
static enum status read_output(struct aws_search *search, int input, struct buf *out)
{
    for (int waited = 0; waited < TIMEOUT_MS;) {
        struct pollfd poll_on = {.fd = input, .events = POLLIN};
        if (aws_transport_is_cancelled(search->transport)) {
            return STATUS_CLOSED;
        }
        if (poll(&poll_on, 1, SLICE_MS) == 0) {
            waited += SLICE_MS;
            continue;
        }
        buf_reserve(out, 4096);
        ssize_t got = read(input, out->ptr + out->len, 4096);
        if (got == 0) {
            return STATUS_OK;
        }
        if (got < 0 && errno != EINTR) {
            return STATUS_IO;
        }
        out->len += got > 0 ? (size_t)got : 0;
        if (out->len > OUTPUT_BYTES_MAX) {
            return STATUS_LIMIT;
        }
    }
    return STATUS_LIMIT;
}

/* Waits for its end, which a closed output announces; past the time it is made to end. */
static bool ended_well(struct aws_search *search, pid_t child)
{
    int status = 0;
    for (int waited = 0; waited < TIMEOUT_MS; waited += SLICE_MS) {
        pid_t got = waitpid(child, &status, WNOHANG);
        if (got != 0 && errno != EINTR) {
            return got == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        if (!aws_transport_wait_ms(search->transport, SLICE_MS)) {
            break;
        }
    }
    kill(-child, SIGKILL);
    waitpid(child, &status, 0);
    return false;
}

static enum status run(struct aws_search *search, char **arguments, struct buf *out)
{
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return aws_search_fail(search, STATUS_IO, "cannot make a pipe: %s", strerror(errno));
    }
    int error = spawn(arguments, ends[1], &child);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return aws_search_fail(search, STATUS_IO, "cannot start credential_process %s: %s",
                               arguments[0], strerror(error));
    }
    enum status status = read_output(search, ends[0], out);
    close(ends[0]);
    if (status != STATUS_OK) {
        kill(-child, SIGKILL);
    }
    bool well = ended_well(search, child);
    if (aws_transport_is_cancelled(search->transport)) {
        return STATUS_CLOSED;
    }
    if (status != STATUS_OK || !well) {
        return aws_search_fail(search, STATUS_IO, "credential_process %s %s", arguments[0],
                               status == STATUS_LIMIT ? "took too long or printed too much"
                                                      : "failed");
    }
    return STATUS_OK;
}

enum status aws_provider_process(struct aws_search *search, struct aws_keys *out)
{
    struct span line = aws_search_get(search, "credential_process");
    char *arguments[ARGUMENTS_MAX + 1];
    struct buf output = {0};
    const char *reason = "";
    if (!line.len) {
        return STATUS_NOT_FOUND;
    }
    enum status status = split(search, line, arguments);
    if (status == STATUS_OK) {
        status = run(search, arguments, &output);
    }
    if (status == STATUS_OK &&
        aws_keys_from_json(buf_view(&output), out, &reason) != STATUS_OK) {
        status = aws_search_fail(search, STATUS_IO, "credential_process %s gave no credentials: "
                                 "%s", arguments[0], reason);
    }
    aws_wipe(&output);
    return status;
}
