/* source_watch.h: what a source has to say, as log lines, metrics and readiness. Does nothing for
 * sources that say nothing. */
#ifndef APP_SOURCE_WATCH_H
#define APP_SOURCE_WATCH_H

#include "app/health/app_metrics.h"
#include "app/health/health.h"
#include "base/log.h"
#include "port/source.h"

struct aws_client;

enum { SOURCE_WATCH_PARTS_MAX = 1024 }; /* shown in metrics */

struct source_watch {
    struct source *source;
    struct aws_client *client; /* that it uses; NULL: none */
    struct log *log;
    struct metrics *metrics;   /* NULL: nobody measures */
    struct health *health;     /* NULL: nobody asks */
    /* Told of each notice, after it is logged; NULL: nobody. */
    void (*told)(void *context, const struct source_notice *notice);
    void *context;
    uint64_t look_ns; /* the rest is private */
    struct health_loop *threads; /* beats while no thread of the source hangs */
    struct arena *shown; /* names of the parts that metrics show */
    struct arena *fresh;
    struct span *names;
    size_t name_count;
};

/* In place. The members above the private ones are set by the caller, before. */
void source_watch_init(struct source_watch *watch);
void source_watch_deinit(struct source_watch *watch);
/* Tells what there is to tell. From the thread that uses the source: after each read, and every few
 * seconds while nothing is read, or the source's threads count as standing still. */
void source_watch_look(struct source_watch *watch);
/* The source gives no more: nobody looks any longer. */
void source_watch_end(struct source_watch *watch);

#endif
