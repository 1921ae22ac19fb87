/* file_document.h: finds the records in a document {"Records": [...]}, as CloudTrail writes its
 * files, without holding the document: where it begins, and where each element ends. The elements
 * themselves are not checked; their decoder does that. */
#ifndef FILE_FILE_DOCUMENT_H
#define FILE_FILE_DOCUMENT_H

#include "base/span.h"

enum { FILE_DOCUMENT_HEAD_MAX = 256 }; /* with its white space; a longer one is none */

enum file_head { FILE_HEAD_NONE, FILE_HEAD_MAYBE, FILE_HEAD_FOUND };

/* Whether the text begins with {"Records": [ and white space anywhere between. FOUND: *length is
 * how long that is. MAYBE: so far it does, and more must be seen. */
enum file_head file_document_head(struct span text, size_t *length);

/* An element on its way; all zeros before its first byte. */
struct file_element {
    uint32_t depth;
    bool begun;
    bool in_string;
    bool escaped;
};

/* Passes over bytes of an element; returns how many of them belong to it, with *ended when it ends
 * there. An element outside of braces, brackets and quotes ends before the next ',', ']' or space.
 */
size_t file_element_scan(struct file_element *element, struct span bytes, bool *ended);

#endif
