// SPDX-License-Identifier: GPL-2.0-only
/* The job that a host hands to the guest. Pure: text in, a struct out. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "sw_fd.h"

static int bad(struct sw_error *err, unsigned long number, const char *what, const char *field)
{
	return sw_error(err, EINVAL, "job", "line %lu: %s%s%.80s%s", number, what, field ? " '" : "",
			field ? field : "", field ? "'" : "");
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undo the %XX escapes in place. Returns 0 or -EINVAL. */
static int unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (*s != '%') {
			*out++ = *s;
			continue;
		}
		if (hex(s[1]) < 0 || hex(s[2]) < 0)
			return -EINVAL;
		*out = hex(s[1]) << 4 | hex(s[2]);
		if (!*out++)
			return -EINVAL;	/* an argument cannot hold a NUL */
		s += 2;
	}
	*out = 0;
	return 0;
}

static void command_free(struct guest_command *c)
{
	for (size_t i = 0; i < c->argc; i++)
		free(c->argv[i]);
	free(c->argv);
	memset(c, 0, sizeof(*c));
}

/* Split a line into fields, each unescaped. An empty field (two blanks) is an error. */
static int split(const char *line, unsigned long number, struct guest_command *ret,
		 struct sw_error *err)
{
	struct guest_command c = { 0 };
	int r = 0;

	c.argv = calloc(strlen(line) / 2 + 3, sizeof(*c.argv));
	if (!c.argv)
		return sw_error(err, ENOMEM, "job", "out of memory");
	for (;;) {
		size_t n = strcspn(line, " ");

		if (!n) {
			r = bad(err, number, "an empty field: fields are separated by one blank", NULL);
			break;
		}
		c.argv[c.argc] = strndup(line, n);
		if (!c.argv[c.argc]) {
			r = sw_error(err, ENOMEM, "job", "out of memory");
			break;
		}
		if (unescape(c.argv[c.argc++])) {
			r = bad(err, number, "'%' takes two hex digits, and not 00, in", c.argv[c.argc - 1]);
			break;
		}
		line += n;
		if (!*line++)
			break;
	}
	if (r)
		command_free(&c);
	else
		*ret = c;
	return r;
}

/* Drop the first n words of a command. */
static void shift(struct guest_command *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(c->argv[i]);
	memmove(c->argv, c->argv + n, (c->argc - n + 1) * sizeof(*c->argv));
	c->argc -= n;
}

static int do_layout(struct guest_job *job, struct guest_command *c, unsigned long number,
		     struct sw_error *err)
{
	static const char *const names[] = { "none", "v1-single", "v1-each", "v2" };

	for (size_t i = 0; c->argc == 2 && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(c->argv[1], names[i])) {
			job->layout = i;
			return 0;
		}
	return bad(err, number, "layout takes v1-single, v1-each, v2 or none, not",
		   c->argc == 2 ? c->argv[1] : "");
}

static int do_devpts(struct guest_job *job, struct guest_command *c, unsigned long number,
		     struct sw_error *err)
{
	if (c->argc != 2 || (strcmp(c->argv[1], "single") && strcmp(c->argv[1], "newinstance")))
		return bad(err, number, "devpts takes single or newinstance, not",
			   c->argc == 2 ? c->argv[1] : "");
	job->devpts_newinstance = !strcmp(c->argv[1], "newinstance");
	return 0;
}

static int do_module(struct guest_job *job, struct guest_command *c, unsigned long number,
		     struct sw_error *err)
{
	struct guest_command *grown;

	if (c->argc < 2 || c->argv[1][0] != '/')
		return bad(err, number, "module takes the absolute path of a file, not",
			   c->argc > 1 ? c->argv[1] : "");
	grown = reallocarray(job->modules, job->module_count + 1, sizeof(*grown));
	if (!grown)
		return sw_error(err, ENOMEM, "job", "out of memory");
	job->modules = grown;
	shift(c, 1);
	grown[job->module_count++] = *c;
	memset(c, 0, sizeof(*c));
	return 0;
}

static bool step_name_ok(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_.-", s[i]))
			return false;
	return n > 0 && n <= 64;
}

static int do_step(struct guest_job *job, struct guest_command *c, unsigned long number,
		   struct sw_error *err)
{
	struct guest_step *grown;
	long timeout;

	if (c->argc < 4)
		return bad(err, number, "step takes NAME TIMEOUT_S PROGRAM [ARG...]", NULL);
	if (!step_name_ok(c->argv[1]))
		return bad(err, number, "a step's name is 1 to 64 of A-Z a-z 0-9 _ . -, not", c->argv[1]);
	for (size_t i = 0; i < job->step_count; i++)
		if (!strcmp(job->steps[i].name, c->argv[1]))
			return bad(err, number, "there is a step of this name already:", c->argv[1]);
	if (sw_parse_long(c->argv[2], &timeout) || timeout < 1 || timeout > 86400)
		return bad(err, number, "a time-out is 1 to 86400 seconds, not", c->argv[2]);
	grown = reallocarray(job->steps, job->step_count + 1, sizeof(*grown));
	if (!grown)
		return sw_error(err, ENOMEM, "job", "out of memory");
	job->steps = grown;
	grown[job->step_count] = (struct guest_step){ .name = strdup(c->argv[1]), .timeout_s = timeout };
	if (!grown[job->step_count].name)
		return sw_error(err, ENOMEM, "job", "out of memory");
	shift(c, 3);
	grown[job->step_count++].command = *c;
	memset(c, 0, sizeof(*c));
	return 0;
}

static int do_poweroff(struct guest_job *job, struct guest_command *c, unsigned long number,
		       struct sw_error *err)
{
	if (c->argc != 1)
		return bad(err, number, "poweroff takes no argument, not", c->argv[1]);
	job->poweroff_seen = true;
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct guest_job *job, struct guest_command *c, unsigned long number,
		   struct sw_error *err);
} verbs[] = {
	{ "layout", do_layout },
	{ "devpts", do_devpts },
	{ "module", do_module },
	{ "step", do_step },
	{ "poweroff", do_poweroff },
};

long guest_job_header(const char *line, struct sw_error *err)
{
	long count;

	if (!sw_starts_with(line, "sw1-job "))
		return sw_error(err, EINVAL, "job", "the job starts with 'sw1-job COUNT', not '%.80s'",
				line);
	if (sw_parse_long(line + strlen("sw1-job "), &count) || count < 0 ||
	    count > GUEST_JOB_LINES_MAX)
		return sw_error(err, EINVAL, "job", "a job has 0 to %d lines, not '%.80s'",
				GUEST_JOB_LINES_MAX, line + strlen("sw1-job "));
	return count;
}

int guest_job_line(struct guest_job *job, const char *line, unsigned long number,
		   struct sw_error *err)
{
	struct guest_command c = { 0 };
	int r;

	if (job->poweroff_seen)
		return bad(err, number, "nothing may follow poweroff", NULL);
	r = split(line, number, &c, err);
	if (r)
		return r;
	r = -ENOENT;
	for (size_t i = 0; r == -ENOENT && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(c.argv[0], verbs[i].name))
			r = verbs[i].run(job, &c, number, err);
	if (r == -ENOENT)
		r = bad(err, number, "there is no verb", c.argv[0]);
	command_free(&c);
	return r;
}

void guest_job_free(struct guest_job *job)
{
	for (size_t i = 0; i < job->module_count; i++)
		command_free(&job->modules[i]);
	for (size_t i = 0; i < job->step_count; i++) {
		free(job->steps[i].name);
		command_free(&job->steps[i].command);
	}
	free(job->modules);
	free(job->steps);
	memset(job, 0, sizeof(*job));
}
