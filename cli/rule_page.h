/* rule_page.h - the catalogue of rules as a page for the documentation. */
#ifndef CLI_RULE_PAGE_H
#define CLI_RULE_PAGE_H

#include <glib.h>

/* Markdown of these rows (const struct bits_rule *), by chapter.  The caller frees it with g_free. */
char *rule_page(const GPtrArray *rules);

#endif
