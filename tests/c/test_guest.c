// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "../../guest/guest.h"
#include "sw_inflate.h"
#include "unit.h"

UNIT(guest_record_has_the_check_sum_of_the_document)
{
	struct sw_buf b = SW_BUF_INIT;

	/* python3: "%08x" % zlib.crc32(b"note 7\nhi\nthere") */
	guest_record_format(&b, "note", 7, "hi\nthere", 8);
	CHECK_STR(sw_buf_str(&b), "#sw1 note 7 8 d1407b79\nhi\nthere\n");
	sw_buf_free(&b);
	guest_record_format(&b, "out", 0, NULL, 0);
	CHECK_STR(sw_buf_str(&b), "#sw1 out 0 0 9ad1dd55\n\n");
	sw_buf_free(&b);
}

UNIT(guest_job_header_counts)
{
	struct sw_error err = { 0 };

	CHECK_INT(guest_job_header("sw1-job 12", &err), 12);
	CHECK_INT(guest_job_header("sw1-job 0", &err), 0);
	CHECK_INT(guest_job_header("sw1-job -1", &err), -EINVAL);
	CHECK_STR(err.msg, "a job has 0 to 4096 lines, not '-1'");
	CHECK_INT(guest_job_header("sw1-job 99999999999999999999", NULL), -EINVAL);
	CHECK_INT(guest_job_header("sw1-job", NULL), -EINVAL);
	CHECK_INT(guest_job_header("sw2-job 3", NULL), -EINVAL);
}

UNIT(guest_job_line_fills_the_job)
{
	struct guest_job job = { 0 };
	struct sw_error err = { 0 };

	CHECK_INT(guest_job_line(&job, "layout v1-each", 2, &err), 0);
	CHECK_INT(job.layout, GUEST_LAYOUT_V1_EACH);
	CHECK_INT(guest_job_line(&job, "devpts newinstance", 3, &err), 0);
	CHECK(job.devpts_newinstance);
	CHECK_INT(guest_job_line(&job, "module /lib/a.ko.xz x=1 y=%20z", 4, &err), 0);
	CHECK_INT(job.module_count, 1);
	CHECK_STR(job.modules[0].argv[0], "/lib/a.ko.xz");
	CHECK_STR(job.modules[0].argv[2], "y= z");
	CHECK(!job.modules[0].argv[3]);
	CHECK_INT(guest_job_line(&job, "step one 30 /bin/sh -c echo%20a%25%0a", 5, &err), 0);
	CHECK_INT(job.step_count, 1);
	CHECK_STR(job.steps[0].name, "one");
	CHECK_INT(job.steps[0].timeout_s, 30);
	CHECK_INT(job.steps[0].command.argc, 3);
	CHECK_STR(job.steps[0].command.argv[2], "echo a%\n");
	CHECK_INT(guest_job_line(&job, "poweroff", 6, &err), 0);
	CHECK_INT(guest_job_line(&job, "layout none", 7, &err), -EINVAL);
	CHECK_STR(err.msg, "line 7: nothing may follow poweroff");
	guest_job_free(&job);
}

UNIT(guest_job_line_refuses_with_the_line)
{
	static const struct {
		const char *line, *msg;
	} rows[] = {
		{ "frobnicate now", "line 9: there is no verb 'frobnicate'" },
		{ "", "line 9: an empty field: fields are separated by one blank" },
		{ "step a  2 /x", "line 9: an empty field: fields are separated by one blank" },
		{ "layout v3", "line 9: layout takes v1-single, v1-each, v2 or none, not 'v3'" },
		{ "layout", "line 9: layout takes v1-single, v1-each, v2 or none, not ''" },
		{ "devpts single twice", "line 9: devpts takes single or newinstance, not ''" },
		{ "module relative.ko", "line 9: module takes the absolute path of a file, not 'relative.ko'" },
		{ "step a 5", "line 9: step takes NAME TIMEOUT_S PROGRAM [ARG...]" },
		{ "step a/b 5 /x", "line 9: a step's name is 1 to 64 of A-Z a-z 0-9 _ . -, not 'a/b'" },
		{ "step a 0 /x", "line 9: a time-out is 1 to 86400 seconds, not '0'" },
		{ "step a 5s /x", "line 9: a time-out is 1 to 86400 seconds, not '5s'" },
		{ "step a 5 %zz", "line 9: '%' takes two hex digits, and not 00, in '%zz'" },
		{ "step a 5 x%2", "line 9: '%' takes two hex digits, and not 00, in 'x%2'" },
		{ "step a 5 x%00", "line 9: '%' takes two hex digits, and not 00, in 'x'" },
		{ "poweroff now", "line 9: poweroff takes no argument, not 'now'" },
		{ "step taken 5 /x", "line 9: there is a step of this name already: 'taken'" },
	};
	struct guest_job job = { 0 };

	CHECK_INT(guest_job_line(&job, "step taken 5 /x", 8, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_error err = { 0 };

		CHECK_INT(guest_job_line(&job, rows[i].line, 9, &err), -EINVAL);
		CHECK_STR(err.msg, rows[i].msg);
	}
	CHECK_INT(job.step_count, 1);
	CHECK_INT(job.module_count, 0);
	guest_job_free(&job);
}

UNIT(guest_job_line_takes_any_bytes)
{
	static const char *const seeds[] = {
		"layout v1-single", "devpts newinstance", "module /a.ko x=%20", "step a 5 /bin/sh -c %0a%25",
		"poweroff", "sw1-job 12",
	};
	unsigned int x = 12345;

	for (int i = 0; i < 20000; i++) {
		struct guest_job job = { 0 };
		char line[64];
		int r;

		snprintf(line, sizeof(line), "%s", seeds[i % 6]);
		for (int n = 0; n < 3; n++) {
			x = x * 1103515245 + 12345;
			line[(x >> 8) % strlen(seeds[i % 6])] = (x >> 16 & 0xff) ?: ' ';
		}
		r = guest_job_line(&job, line, 2, NULL);
		CHECK(r == 0 || r == -EINVAL);
		/* What is refused leaves no trace; what is taken is whole. */
		CHECK(!r || (!job.step_count && !job.module_count && !job.layout));
		CHECK(!job.step_count || (job.steps[0].command.argv[0] && *job.steps[0].name));
		guest_job_header(line, NULL);
		guest_job_free(&job);
	}
}

/* 1 MiB that packs well but not to nothing. */
static void fill(struct sw_buf *b)
{
	for (unsigned int i = 0; i < 1 << 18; i++)
		sw_buf_add(b, &(unsigned int){ i * 2654435761u >> 12 & 0xffff }, 4);
}

static void pack(enum sw_packing how, const struct sw_buf *in, struct sw_buf *out)
{
	size_t n = 0;

	sw_buf_reserve(out, in->len * 2);
	if (how == SW_PACKING_XZ) {
		lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, (uint8_t *)in->data, in->len,
					(uint8_t *)out->data, &n, in->len * 2);
	} else if (how == SW_PACKING_ZSTD) {
		ZSTD_CCtx *z = ZSTD_createCCtx();

		/* As zstd(1) does; without it nothing would notice damage in literals. */
		ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
		n = ZSTD_compress2(z, out->data, in->len * 2, in->data, in->len);
		ZSTD_freeCCtx(z);
	} else {
		z_stream z = { .next_in = (unsigned char *)in->data, .avail_in = in->len,
			       .next_out = (unsigned char *)out->data, .avail_out = in->len * 2 };

		deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
		deflate(&z, Z_FINISH);
		n = z.total_out;
		deflateEnd(&z);
	}
	out->len = n;
}

UNIT(inflate_unpacks_whole_and_refuses_parts)
{
	struct sw_buf plain = SW_BUF_INIT;

	fill(&plain);
	for (int how = SW_PACKING_GZIP; how <= SW_PACKING_ZSTD; how++) {
		struct sw_buf packed = SW_BUF_INIT, out = SW_BUF_INIT;
		struct sw_error err = { 0 };

		pack(how, &plain, &packed);
		CHECK_INT(sw_packing_of(packed.data, packed.len), how);
		CHECK_INT(sw_inflate(packed.data, packed.len, &out, plain.len, &err), 0);
		CHECK_INT(out.len, plain.len);
		CHECK(out.len == plain.len && !memcmp(out.data, plain.data, plain.len));
		out.len = 0;
		CHECK_INT(sw_inflate(packed.data, packed.len, &out, plain.len - 1, NULL), -EFBIG);
		for (size_t cut = 6; cut < packed.len; cut += packed.len / 7) {
			out.len = 0;
			CHECK_INT(sw_inflate(packed.data, cut, &out, plain.len, NULL), -EINVAL);
		}
		packed.data[packed.len / 2] ^= 0x55;
		packed.data[packed.len / 2 + 1] ^= 0x55;
		out.len = 0;
		CHECK_INT(sw_inflate(packed.data, packed.len, &out, plain.len, &err), -EINVAL);
		CHECK(err.num == EINVAL && strstr(err.msg, "data: "));
		sw_buf_free(&packed);
		sw_buf_free(&out);
	}
	sw_buf_free(&plain);
}

UNIT(inflate_copies_what_is_not_packed)
{
	struct sw_buf out = SW_BUF_INIT;

	CHECK_INT(sw_inflate("\x7f" "ELF", 4, &out, 4, NULL), 0);
	CHECK_STR(sw_buf_str(&out), "\x7f" "ELF");
	CHECK_INT(sw_inflate("\x7f" "ELF", 4, &out, 3, NULL), -EFBIG);
	CHECK_INT(sw_inflate("", 0, &out, 3, NULL), 0);
	CHECK_INT(out.len, 4);
	sw_buf_free(&out);
}

static void collect(const char *line, void *arg)
{
	sw_buf_printf(arg, "%s;", line);
}

UNIT(guest_state_diff_tells_what_came_and_went)
{
	char *b[] = { "mount /a (tmpfs)", "mount /b (proc)" };
	char *a[] = { "mount /b (proc)", "mount /b (proc)", "mount /c (tmpfs)" };
	struct guest_state before = { .mounts = { b, 2 } }, after = { .mounts = { a, 3 } };
	struct sw_buf out = SW_BUF_INIT;

	guest_state_diff(&before, &after, collect, &out);
	CHECK_STR(sw_buf_str(&out), "no longer there: mount /a (tmpfs);mount /b (proc);mount /c (tmpfs);");
	sw_buf_free(&out);
	guest_state_diff(&after, &after, collect, &out);
	CHECK_STR(sw_buf_str(&out), "");
	sw_buf_free(&out);
}
