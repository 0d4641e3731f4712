// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key of file handles. It must be the same after a reboot, or clients would
 * find their handles stale; so it is made once and kept in a file that only root
 * can read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ditto_state.h"
#include "dittoctl.h"

static int key_read(const char *path, uint8_t key[DITTO_FH_KEY_LEN], char why[WHY_SIZE])
{
	uint8_t buf[DITTO_FH_KEY_LEN + 1];
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		say(why, "cannot read the key %s: %s", path, strerror(errno));
		return -errno;
	}
	len = read(fd, buf, sizeof(buf));
	close(fd);
	if (len != DITTO_FH_KEY_LEN) {
		say(why, "the key %s is damaged; remove it to have a new one made (file handles "
		    "with a MAC that clients hold become stale)", path);
		return -EINVAL;
	}
	memcpy(key, buf, DITTO_FH_KEY_LEN);
	return 0;
}

/* Whole, on disk, or not at all; one that somebody else made meanwhile stays. */
static int key_make(const char *dir, const char *path, char why[WHY_SIZE])
{
	uint8_t key[DITTO_FH_KEY_LEN];
	char tmp[300];
	int fd, err = 0;

	if (mkdir(dir, 0755) && errno != EEXIST)
		goto failed;
	snprintf(tmp, sizeof(tmp), "%s/.handle.key.%d", dir, (int)getpid());
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		goto failed;
	if (getrandom(key, sizeof(key), 0) != sizeof(key) ||
	    write(fd, key, sizeof(key)) != sizeof(key) || fsync(fd) || link(tmp, path))
		err = errno;
	explicit_bzero(key, sizeof(key));
	close(fd);
	unlink(tmp);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	if (!err || err == EEXIST)
		return 0;
	errno = err;
failed:
	err = errno;
	say(why, "cannot make the key %s: %s", path, strerror(err));
	return -err;
}

/**
 * key_load - give the kernel the key of file handles; make one if there is none yet
 * @nl: connection
 * @why: gets a sentence if it fails
 *
 * Return: 0 or a negative errno.
 */
int key_load(struct ditto_nl *nl, char why[WHY_SIZE])
{
	const char *dir = getenv("DITTO_STATE_DIR");
	uint8_t key[DITTO_FH_KEY_LEN];
	struct nl_msg *msg;
	char path[280];
	int err = 0;

	snprintf(path, sizeof(path), "%.255s/handle.key", dir && *dir ? dir : DITTO_STATE);
	if (access(path, F_OK) && errno == ENOENT)
		err = key_make(dir && *dir ? dir : DITTO_STATE, path, why);
	if (!err)
		err = key_read(path, key, why);
	if (err)
		return err;
	msg = ditto_nl_msg(nl, DITTO_CMD_FH_KEY_SET, 0);
	if (msg && nla_put(msg, DITTO_A_KEY_KEY, sizeof(key), key)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	explicit_bzero(key, sizeof(key));
	err = ditto_nl_do(nl, msg, NULL, NULL);
	if (err)
		say(why, "%s", ditto_nl_why(nl));
	return err;
}
