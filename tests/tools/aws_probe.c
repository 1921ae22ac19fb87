/* aws_probe.c: the AWS client as a command, for Python suites to drive.
 *
 *   aws_probe [--region R] [--profile P] [--endpoint URL] [--ca-file F] [--timeout-ms N]
 *             [--attempts N] [--answer-bytes N] [--calls N] [--threads N] [--cancel-after-ms N]
 *             [--wants TEXT] SERVICE OPERATION [BODY]
 *
 * SERVICE: kinesis, sns, eventbridge, sts. --wants: answers without this text are malformed. Makes
 * so many calls in each thread, one behind the other, and prints one JSON object a call and one
 * with the sums. Exit status 0 once calls were made, whatever they brought; 2 usage; 3 no client.
 */
#include "aws/aws_client.h"
#include "base/check.h"
#include "base/json_writer.h"

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS_MAX = 64 };

struct job {
    struct aws_options options;
    struct aws_request request;
    struct aws_client *client;
    unsigned calls;
    unsigned threads;
    int64_t cancel_after_ms;
    pthread_mutex_t output;
};

static void print_object(struct job *job, struct buf *text)
{
    buf_append_char(text, '\n');
    pthread_mutex_lock(&job->output);
    fwrite(text->ptr, 1, text->len, stdout);
    fflush(stdout);
    pthread_mutex_unlock(&job->output);
    buf_deinit(text);
}

static void print_answer(struct job *job, enum status status, const struct aws_answer *answer,
                         uint64_t took_ns)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_object(&writer);
    json_key(&writer, "status");
    json_write_string(&writer, span_view(status_text(status)));
    json_key(&writer, "failure");
    json_write_string(&writer, span_view(aws_failure_text(answer->failure)));
    json_key(&writer, "http_status");
    json_write_int(&writer, answer->http_status);
    json_key(&writer, "code");
    json_write_string(&writer, answer->code);
    json_key(&writer, "message");
    json_write_string(&writer, answer->message);
    json_key(&writer, "request_id");
    json_write_string(&writer, answer->request_id);
    json_key(&writer, "attempts");
    json_write_uint(&writer, answer->attempts);
    json_key(&writer, "retry_after_ms");
    json_write_int(&writer, answer->retry_after_ms);
    json_key(&writer, "took_ms");
    json_write_uint(&writer, took_ns / 1000000);
    json_key(&writer, "body");
    json_write_string(&writer, buf_view(&answer->body));
    json_close_object(&writer);
    print_object(job, &text);
}

static void print_stats(struct job *job)
{
    const struct aws_stats stats = aws_client_stats(job->client);
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    const struct {
        const char *name;
        uint64_t number;
    } rows[] = {
        {"calls", stats.calls},
        {"attempts", stats.attempts},
        {"throttled", stats.throttled},
        {"transient", stats.transient},
        {"budget_exhausted", stats.budget_exhausted},
        {"refreshes", stats.refreshes},
        {"refreshes_failed", stats.refreshes_failed},
    };
    json_open_object(&writer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_key(&writer, rows[i].name);
        json_write_uint(&writer, rows[i].number);
    }
    json_key(&writer, "clock_offset_us");
    json_write_int(&writer, stats.clock_offset_us);
    json_close_object(&writer);
    print_object(job, &text);
}

static bool has_wanted_text(void *context, struct span body)
{
    const char *wanted = context;
    return memmem(body.ptr, body.len, wanted, strlen(wanted)) != NULL;
}

static void *run_calls(void *context)
{
    struct job *job = context;
    struct aws_answer answer = {.attempts = 0};
    for (unsigned i = 0; i < job->calls; i++) {
        uint64_t begin = clock_monotonic_ns();
        enum status status = aws_call(job->client, &job->request, &answer);
        print_answer(job, status, &answer, clock_monotonic_ns() - begin);
    }
    aws_answer_deinit(&answer);
    return NULL;
}

static void sleep_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void run(struct job *job)
{
    pthread_t threads[THREADS_MAX];
    for (unsigned i = 0; i < job->threads; i++) {
        check(pthread_create(&threads[i], NULL, run_calls, job) == 0);
    }
    if (job->cancel_after_ms > 0) {
        sleep_ms(job->cancel_after_ms);
        aws_client_cancel(job->client);
    }
    for (unsigned i = 0; i < job->threads; i++) {
        pthread_join(threads[i], NULL);
    }
    print_stats(job);
}

static bool read_service(const char *name, enum aws_service *out)
{
    for (int i = 0; i < AWS_SERVICE_COUNT; i++) {
        if (strcmp(aws_service_row((enum aws_service)i)->section_id, name) == 0) {
            *out = (enum aws_service)i;
            return true;
        }
    }
    return false;
}

static const struct option long_options[] = {
    {"region", required_argument, NULL, 'r'},
    {"profile", required_argument, NULL, 'p'},
    {"endpoint", required_argument, NULL, 'e'},
    {"ca-file", required_argument, NULL, 'c'},
    {"timeout-ms", required_argument, NULL, 't'},
    {"attempts", required_argument, NULL, 'a'},
    {"answer-bytes", required_argument, NULL, 'b'},
    {"calls", required_argument, NULL, 'n'},
    {"threads", required_argument, NULL, 'j'},
    {"cancel-after-ms", required_argument, NULL, 'x'},
    {"wants", required_argument, NULL, 'w'},
    {NULL, 0, NULL, 0},
};

static bool read_option(struct job *job, int option, char *text)
{
    unsigned long number = strtoul(text, NULL, 10);
    switch (option) {
    case 'r': job->options.region = span_view(text); return true;
    case 'p': job->options.profile = span_view(text); return true;
    case 'e': job->options.endpoint_url = span_view(text); return true;
    case 'c': job->options.ca_file = span_view(text); return true;
    case 't': job->request.timeout_ms = (int64_t)number; return true;
    case 'a': job->request.attempts_max = (unsigned)number; return true;
    case 'b': job->request.answer_bytes_max = number; return true;
    case 'n': job->calls = (unsigned)number; return true;
    case 'j': job->threads = (unsigned)number; return number > 0 && number <= THREADS_MAX;
    case 'x': job->cancel_after_ms = (int64_t)number; return true;
    case 'w':
        job->request.read = has_wanted_text;
        job->request.context = text;
        return true;
    default: return false;
    }
}

static bool read_arguments(struct job *job, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?' || !read_option(job, option, optarg)) {
            return false;
        }
    }
    if (argc - optind < 2 || argc - optind > 3 ||
        !read_service(argv[optind], &job->request.service)) {
        return false;
    }
    job->request.operation = argv[optind + 1];
    job->request.body = span_view(argv[optind + 2]);
    return true;
}

int main(int argc, char **argv)
{
    struct job job = {.calls = 1, .threads = 1, .output = PTHREAD_MUTEX_INITIALIZER};
    struct arena *arena = arena_new(0);
    struct span problem;
    signal(SIGPIPE, SIG_IGN);
    if (!read_arguments(&job, argc, argv)) {
        fprintf(stderr, "aws_probe: see the head of its source for the usage\n");
        arena_free(&arena);
        return 2;
    }
    if (aws_client_new(&job.options, arena, &problem, &job.client) != STATUS_OK) {
        fprintf(stderr, "aws_probe: %.*s\n", SPAN_ARG(problem));
        arena_free(&arena);
        return 3;
    }
    run(&job);
    aws_client_free(&job.client);
    arena_free(&arena);
    return 0;
}
