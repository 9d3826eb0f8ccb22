/* A disk that is full while a file of a certain name exists: what would grow a regular file fails with ENOSPC, as it does
 * on a real one, and what fits into blocks that are there succeeds. Loaded before the C library's own calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <fcntl.h>

static int grows(int fd, off_t end, int by_position, size_t count) {
    const char *mark = getenv("TEST_DISK_IS_FULL");
    struct stat is;
    if (mark == NULL || count == 0 || access(mark, F_OK) != 0 || fstat(fd, &is) != 0 || !S_ISREG(is.st_mode))
        return 0;
    if (by_position) {
        off_t at = (fcntl(fd, F_GETFL) & O_APPEND) ? is.st_size : lseek(fd, 0, SEEK_CUR);
        end = at + (off_t)count;
    }
    if (end <= is.st_size)
        return 0;
    errno = ENOSPC;
    return 1;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

ssize_t write(int fd, const void *data, size_t count) {
    return grows(fd, 0, 1, count) ? -1 : REAL(ssize_t, "write", int, const void *, size_t)(fd, data, count);
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
    size_t count = 0;
    for (int k = 0; k < n; k++)
        count += parts[k].iov_len;
    return grows(fd, 0, 1, count) ? -1 : REAL(ssize_t, "writev", int, const struct iovec *, int)(fd, parts, n);
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t at) {
    return grows(fd, at + (off_t)count, 0, count)
               ? -1
               : REAL(ssize_t, "pwrite", int, const void *, size_t, off_t)(fd, data, count, at);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t at) {
    return grows(fd, (off_t)(at + (off64_t)count), 0, count)
               ? -1
               : REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)(fd, data, count, at);
}

int ftruncate(int fd, off_t length) {
    return grows(fd, length, 0, 1) ? -1 : REAL(int, "ftruncate", int, off_t)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    return grows(fd, (off_t)length, 0, 1) ? -1 : REAL(int, "ftruncate64", int, off64_t)(fd, length);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
    return grows(fd, at + length, 0, 1) ? -1 : REAL(int, "fallocate", int, int, off_t, off_t)(fd, mode, at, length);
}
