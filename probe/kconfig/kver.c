// SPDX-License-Identifier: GPL-2.0-only
/* Kernel versions as numbers. */
#include <errno.h>
#include <stdio.h>

#include "kconfig.h"

/* The largest of each part that is taken for a version: 2.6.x and 3.x to 7.x have been, 4.4.302 is the
 * highest of the third so far. What is beyond is no version, but a mistake or a trap. */
static const uint32_t part_max[3] = { 99, 255, 9999 };

int kver_parse(const char *text, uint32_t *ret_ver)
{
	uint32_t part[3] = { 0 };
	const char *p = text;
	uint32_t ver;

	for (int i = 0; i < 3; i++) {
		if (*p < '0' || *p > '9') {
			if (i < 2)
				return -EINVAL;		/* "6.-1" */
			break;
		}
		for (; *p >= '0' && *p <= '9'; p++) {
			part[i] = part[i] * 10 + (uint32_t)(*p - '0');
			if (part[i] > part_max[i])
				return -EINVAL;
		}
		if (*p != '.')
			break;
		p++;
	}
	if (!part[0])
		return -EINVAL;
	ver = KVER3(part[0], part[1], part[2] > 255 ? 255 : part[2]);
	*ret_ver = ver;
	return 0;
}

const char *kver_format(uint32_t ver, char out[16])
{
	unsigned int major = ver >> 16 & 0xff, minor = ver >> 8 & 0xff, patch = ver & 0xff;

	if (ver == KVER_NONE)
		snprintf(out, 16, "unknown");
	else if (patch)
		snprintf(out, 16, "%u.%u.%u", major, minor, patch);
	else
		snprintf(out, 16, "%u.%u", major, minor);
	return out;
}
