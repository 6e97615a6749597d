// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device program against cgroup v1's own meaning: every program is interpreted here over
 * many accesses and compared with a model of security/device_cgroup.c written apart from it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/rt_int.h"
#include "unit.h"

/* ---- the reference: lists and flags as the kernel's documentation describes them ------------- */

struct ref_item {
	char type;
	int64_t major, minor;
	bool r, w, m, live;
};
struct ref {
	bool allow_default;
	struct ref_item item[256];
	size_t count;
};

static void ref_rule(struct ref *ref, const struct rt_device_rule *rule)
{
	struct ref_item *same = NULL;

	if (rule->type == 'a') {
		ref->count = 0;
		ref->allow_default = rule->allow;
		return;
	}
	for (size_t i = 0; i < ref->count; i++)
		if (ref->item[i].live && ref->item[i].type == rule->type &&
		    ref->item[i].major == rule->major && ref->item[i].minor == rule->minor)
			same = &ref->item[i];
	if (rule->allow == ref->allow_default) {
		if (!same)
			return;
		same->r &= !rule->read;
		same->w &= !rule->write;
		same->m &= !rule->mknod;
		same->live = same->r || same->w || same->m;
		return;
	}
	if (!same) {
		same = &ref->item[ref->count++];
		*same = (struct ref_item){ .type = rule->type, .major = rule->major,
					   .minor = rule->minor, .live = true };
	}
	same->r |= rule->read;
	same->w |= rule->write;
	same->m |= rule->mknod;
}

static bool ref_allowed(const struct ref *ref, char type, uint32_t major, uint32_t minor,
			bool r, bool w, bool m)
{
	for (size_t i = 0; i < ref->count; i++) {
		const struct ref_item *it = &ref->item[i];

		if (!it->live || it->type != type || (it->major >= 0 && it->major != major) ||
		    (it->minor >= 0 && it->minor != minor))
			continue;
		if (ref->allow_default && ((r && it->r) || (w && it->w) || (m && it->m)))
			return false;
		if (!ref->allow_default && !(r && !it->r) && !(w && !it->w) && !(m && !it->m))
			return true;
	}
	return ref->allow_default;
}

/* ---- an interpreter for the instructions that are generated ---------------------------------- */

static int interpret(const struct rt_bpf_insn *p, int n, const uint32_t ctx[3])
{
	uint64_t reg[11] = { 0 };

	for (int pc = 0, steps = 0; pc >= 0 && pc < n && steps < 10000; pc++, steps++) {
		uint64_t *dst = &reg[p[pc].regs & 15], src = reg[p[pc].regs >> 4];
		uint64_t imm = (uint64_t)(int64_t)p[pc].imm;

		switch (p[pc].code) {
		case 0x61:
			if ((p[pc].regs >> 4) != 1 || p[pc].off < 0 || p[pc].off > 8 ||
			    p[pc].off % 4)
				return -1;
			*dst = ctx[p[pc].off / 4];
			break;
		case 0xb7: *dst = imm; break;
		case 0xbf: *dst = src; break;
		case 0x57: *dst &= imm; break;
		case 0x77: *dst >>= imm; break;
		case 0x15: pc += *dst == imm ? p[pc].off : 0; break;
		case 0x55: pc += *dst != imm ? p[pc].off : 0; break;
		case 0x95: return (int)reg[0];
		default: return -1;
		}
	}
	return -1;
}

static size_t compare(const struct rt_device_rule *rules, size_t count)
{
	static const uint32_t numbers[] = { 0, 1, 3, 5, 8, 9, 136, 254, 4095, 1048575 };
	struct ref ref = { .allow_default = true };
	struct rt_dev_set set;
	struct rt_bpf_insn *prog;
	size_t wrong = 0;
	int n;

	for (size_t i = 0; i < count; i++)
		ref_rule(&ref, &rules[i]);
	if (!CHECK(rt_dev_fold(rules, count, &set) == 0))
		return 1;
	n = rt_dev_program(&set, &prog);
	if (!CHECK(n > 0))
		return 1;
	for (int block = 0; block < 2; block++)
		for (uint32_t acc = 0; acc < 8; acc++)
			for (size_t a = 0; a < ARRAY_SIZE(numbers); a++)
				for (size_t b = 0; b < ARRAY_SIZE(numbers); b++) {
					uint32_t ctx[3] = { acc << 16 | (block ? 1 : 2), numbers[a],
							    numbers[b] };

					wrong += interpret(prog, n, ctx) !=
						 ref_allowed(&ref, block ? 'b' : 'c', numbers[a],
							     numbers[b], acc & RT_DEV_READ,
							     acc & RT_DEV_WRITE, acc & RT_DEV_MKNOD);
				}
	free(set.entries);
	free(prog);
	return wrong;
}

#define RULE(al, t, ma, mi, acc)                                                              \
	{ .allow = al, .type = t, .major = ma, .minor = mi, .read = strchr(acc, 'r') != NULL,     \
	  .write = strchr(acc, 'w') != NULL, .mknod = strchr(acc, 'm') != NULL }

UNIT(rt_devices_story)
{
	const struct rt_device_rule story[] = {
		RULE(false, 'a', -1, -1, "rwm"), RULE(true, 'c', 1, 3, "rwm"),
		RULE(true, 'c', 1, 5, "rwm"), RULE(true, 'c', 5, 1, "rwm"),
		RULE(true, 'c', 136, -1, "rwm"), RULE(true, 'c', 254, 0, "rwm"),
	};
	struct rt_dev_set set;
	struct rt_bpf_insn *prog;
	uint32_t null[3] = { RT_DEV_READ << 16 | 2, 1, 3 };
	uint32_t kmsg[3] = { RT_DEV_READ << 16 | 2, 1, 11 };
	int n;

	CHECK_INT(compare(story, ARRAY_SIZE(story)), 0);
	CHECK_INT(rt_dev_fold(story, ARRAY_SIZE(story), &set), 0);
	n = rt_dev_program(&set, &prog);
	CHECK_INT(interpret(prog, n, null), 1);
	CHECK_INT(interpret(prog, n, kmsg), 0);
	free(set.entries);
	free(prog);
}

UNIT(rt_devices_exceptions_and_resets)
{
	const struct rt_device_rule partial[] = {
		RULE(false, 'a', -1, -1, "rwm"), RULE(true, 'c', 1, -1, "rw"),
		RULE(false, 'c', 1, 3, "rwm"),	/* no such exact entry: changes nothing */
		RULE(false, 'c', 1, -1, "w"), RULE(true, 'b', -1, 8, "m"),
	};
	const struct rt_device_rule open_default[] = {
		RULE(false, 'c', 5, 1, "w"), RULE(false, 'b', -1, -1, "m"),
		RULE(true, 'c', 5, 1, "w"), RULE(false, 'c', 9, -1, "r"),
	};
	const struct rt_device_rule reset[] = {
		RULE(false, 'a', -1, -1, "rwm"), RULE(true, 'c', 1, 3, "r"),
		RULE(true, 'a', -1, -1, ""), RULE(false, 'c', 8, 8, "rwm"),
	};

	CHECK_INT(compare(partial, ARRAY_SIZE(partial)), 0);
	CHECK_INT(compare(open_default, ARRAY_SIZE(open_default)), 0);
	CHECK_INT(compare(reset, ARRAY_SIZE(reset)), 0);
	CHECK_INT(compare(NULL, 0), 0);
}

UNIT(rt_devices_random_rules)
{
	static const int64_t numbers[] = { -1, 0, 1, 3, 5, 8, 9, 136 };
	unsigned int seed = 20120801;

	for (int round = 0; round < 300; round++) {
		struct rt_device_rule rules[12];
		size_t n = rand_r(&seed) % ARRAY_SIZE(rules);

		for (size_t i = 0; i < n; i++) {
			unsigned int acc = rand_r(&seed) % 7 + 1;

			rules[i] = (struct rt_device_rule){
				.allow = rand_r(&seed) % 2, .type = "ccbbcba"[rand_r(&seed) % 7],
				.major = numbers[rand_r(&seed) % ARRAY_SIZE(numbers)],
				.minor = numbers[rand_r(&seed) % ARRAY_SIZE(numbers)],
				.mknod = acc & 1, .read = acc & 2, .write = acc & 4,
			};
		}
		if (!CHECK(compare(rules, n) == 0))
			return;
	}
}

UNIT(rt_devices_text)
{
	const struct rt_device_rule rules[] = {
		RULE(true, 'c', 136, -1, "rwm"), RULE(true, 'b', 8, 0, "r"),
		RULE(false, 'a', -1, -1, ""),
	};
	char text[64];

	rt_dev_text(&rules[0], text);
	CHECK_STR(text, "c 136:* rwm");
	rt_dev_text(&rules[1], text);
	CHECK_STR(text, "b 8:0 r");
	rt_dev_text(&rules[2], text);
	CHECK_STR(text, "a");
}
