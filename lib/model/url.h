/* url.h: absolute URLs and absolute paths as text (RFC 3986, as Go's net/url and so Kubernetes
 * read it), and their parts. Any thread; time linear in the text. */
#ifndef MODEL_URL_H
#define MODEL_URL_H

#include "base/arena.h"

/* Parts that are not there are empty. */
struct url {
    struct span scheme;   /* in lower case */
    struct span opaque;   /* of "mailto:x@example.com" */
    struct span userinfo; /* escaped; NULL: none */
    struct span host;     /* unescaped, with the port */
    struct span path;     /* escaped */
    struct span query;    /* as written, without "?" */
    struct span fragment; /* escaped */
    bool omits_host;      /* "file:/x" */
    bool forces_query;    /* a lone "?" at the end */
};

/* Reads a URL; parts live in the arena or in the text. False: *problem says why, static. */
bool url_parse(struct span text, struct arena *arena, struct url *out, const char **problem);
/* The normal text of a URL, and its parts again; in the arena. */
struct span url_format(const struct url *url, struct arena *arena);
struct url url_read(struct span normal_text, struct arena *arena);
/* Whether the text may be the target of a request, in which "#" has no meaning: all that url_parse
 * takes, and "https://h/#%zz" too. */
bool url_is_target(struct span text, struct arena *arena, const char **problem);

/* "[::1]:80" as "::1" and "80". Views. */
void url_split_host(struct span host, struct span *name, struct span *port);
/* A name or value of a query without its escapes, "+" as a space; in the arena. False when an
 * escape is malformed or the result is no UTF-8. */
bool url_unescape_query(struct span text, struct arena *arena, struct span *out);

#endif
