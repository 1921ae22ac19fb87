/* aws_xml.h: reads the XML that query services answer with: elements, attributes that are passed
 * over, text. Strict: what it does not know (DTDs, processing instructions, CDATA, own entities) is
 * refused, and so is what is not well-formed. */
#ifndef AWS_AWS_XML_H
#define AWS_AWS_XML_H

#include "base/arena.h"
#include "base/status.h"

enum { AWS_XML_DEPTH_MAX = 16, AWS_XML_PATH_MAX = 512 };

/* path: names from the root, "ErrorResponse/Error/Code"; text: what stands directly in the
 * element, entities resolved, without white space at its ends; both only for this call. */
typedef void (*aws_xml_fn)(void *context, struct span path, struct span text);

/* Calls `each` at the end of every element, inner ones first. STATUS_INVALID: not such a document;
 * elements before the fault were told. `arena` is for the texts. */
MUST_USE enum status aws_xml_read(struct span xml, struct arena *arena, aws_xml_fn each,
                                  void *context);

/* The text of the first element with this path, in `arena`; false when there is none or the
 * document is not well-formed. */
bool aws_xml_find(struct span xml, const char *path, struct arena *arena, struct span *out);

#endif
