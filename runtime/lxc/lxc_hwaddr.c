// SPDX-License-Identifier: GPL-2.0-only
/* create: a container's hardware addresses are drawn once, so that every start has the same. */
#include <string.h>

#include "core/rt.h"
#include "lxc/lxc_internal.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The value of a line that sets a hardware address, or NULL. */
static char *hwaddr_of(char *line)
{
	const char *sub;
	char *value;
	char key[64];
	size_t len;
	int net;

	while (is_blank(*line))
		line++;
	len = strcspn(line, " \t=\r\n");
	if (*line == '#' || !len || len >= sizeof(key))
		return NULL;
	memcpy(key, line, len);
	key[len] = 0;
	for (value = line + len; is_blank(*value); value++)
		;
	if (*value++ != '=' || !lxc_key_find(key, &sub, &net) ||
	    lxc_key_find(key, &sub, &net)->set != lxc_set_net_hwaddr)
		return NULL;
	while (is_blank(*value) || *value == '"' || *value == '\'')
		value++;
	return value;
}

void lxc_draw_hwaddrs(char *text)
{
	for (char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		char *value = hwaddr_of(line), word[18];
		unsigned char mac[6];

		if (!value || strcspn(value, " \t\r\n\"'") != 17)
			continue;
		rt_net_mac(value, mac);
		rt_net_mac_text(mac, word);
		for (int i = 0; i < 17; i++)
			if (value[i] == 'x' || value[i] == 'X')
				value[i] = word[i];
	}
}
