/* stop.c: the handlers only set flags; the loops ask. */
#include "app/stop.h"

#include <signal.h>
#include <stddef.h>

/* Written by the signal handler only; it can reach nothing but file scope. */
static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t reload_wanted;

static void on_stop(int number)
{
    (void)number;
    stop_wanted = 1;
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
}

static void on_reload(int number)
{
    (void)number;
    reload_wanted = 1;
}

/* Without SA_RESTART: a waiting read returns, and the loop asks. */
static void install(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void stop_install(void)
{
    install(SIGTERM, on_stop);
    install(SIGINT, on_stop);
    install(SIGHUP, on_reload);
    install(SIGPIPE, SIG_IGN);
    install(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of the write, as a full disk is */
}

bool stop_asked(void)
{
    return stop_wanted != 0;
}

bool stop_take_reload(void)
{
    bool wanted = reload_wanted != 0;
    reload_wanted = 0;
    return wanted;
}
