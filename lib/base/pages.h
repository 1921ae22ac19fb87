/* pages.h: large pieces of memory that are read here and there, in pages as large as the system
 * gives: with small ones each read would first have to look up where its page is. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Pieces of this size and more are made of large pages; a piece of less than a few of them takes
 * memory that nobody uses. */
enum { PAGES_LARGE_BYTES = 2 * 1024 * 1024 };

/* So many bytes, of any content; free() gives them back. Ends the program without memory. */
void *pages_take(size_t bytes);
/* The same, all 0. */
void *pages_take_zeroed(size_t bytes);

#endif
