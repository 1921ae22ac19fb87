/* Fetches pages of Kinesis records and decodes their base64, nothing else: what `deltaward connect`
 * is measured against.
 *
 *   bench_fetch URL PAGES
 *
 * The endpoint is bench/kafka's own: it answers GetRecords with one page after the other. Prints
 * "records CPU-seconds seconds". */
#include "seconds.h"

#include "base/buf.h"
#include "model/base64.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static size_t keep(char *bytes, size_t size, size_t count, void *out)
{
    buf_append(out, span_of(bytes, size * count));
    return size * count;
}

static CURL *open_client(const char *url, struct curl_slist *headers, struct buf *page)
{
    CURL *client = curl_easy_init();
    curl_easy_setopt(client, CURLOPT_URL, url);
    curl_easy_setopt(client, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client, CURLOPT_POSTFIELDS, "{\"ShardIterator\":\"bare\"}");
    curl_easy_setopt(client, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(client, CURLOPT_WRITEDATA, page);
    curl_easy_setopt(client, CURLOPT_BUFFERSIZE, 512L * 1024);
    return client;
}

/* Decodes every "Data" of a page; the sum of bytes keeps the work from being left out. */
static long decode(struct span page, struct arena *arena, size_t *bytes)
{
    static const char name[] = "\"Data\":\"";
    long records = 0;
    const char *at = page.ptr;
    const char *end = page.ptr + page.len;
    arena_reset(arena);
    while ((at = memmem(at, (size_t)(end - at), name, sizeof name - 1))) {
        at += sizeof name - 1;
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote) {
            break;
        }
        *bytes += base64_decode(span_of(at, (size_t)(quote - at)), arena).len;
        records++;
        at = quote;
    }
    return records;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bench_fetch URL PAGES\n", stderr);
        return 2;
    }
    struct curl_slist *headers =
        curl_slist_append(NULL, "X-Amz-Target: Kinesis_20131202.GetRecords");
    struct arena *arena = arena_new(1 << 20);
    struct buf page = {0};
    size_t bytes = 0;
    long records = 0;
    CURL *client = open_client(argv[1], headers, &page);
    double cpu = seconds_cpu();
    double wall = seconds_wall();
    for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
        buf_clear(&page);
        if (curl_easy_perform(client) != CURLE_OK) {
            fputs("bench_fetch: no answer\n", stderr);
            return 1;
        }
        records += decode(buf_view(&page), arena, &bytes);
    }
    printf("%ld %.3f %.3f\n", records, seconds_cpu() - cpu, seconds_wall() - wall);
    curl_easy_cleanup(client);
    curl_slist_free_all(headers);
    arena_free(&arena);
    buf_deinit(&page);
    return bytes > 0 ? 0 : 1;
}
