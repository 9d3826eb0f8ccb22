/* Sound cards as they are found, and worse, for the tests: an ALSA PCM plugin of type "odd".
 *
 *   pcm.six { type odd  path "out/six"  format S24_3LE  channels 6  rate 48000  mode steady }
 *
 * It writes the bytes of every frame that it is given to PATH, and how often it was asked for its position to PATH.asked.
 * mode: steady  plays at its rate, and runs dry as a card does
 *       eager   has played everything at once, whenever it is asked: it has no clock
 *       double  plays twice as fast as its rate
 *       stuck   plays for a tenth of a second, and never on
 *       dry     has always run dry
 *       full    never has room for a frame
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum mode { STEADY, EAGER, DOUBLE, STUCK, DRY, FULL };
static const char *const MODES[] = { "steady", "eager", "double", "stuck", "dry", "full" };

struct card {
	snd_pcm_ioplug_t io;
	char path[512];
	enum mode mode;
	FILE *frames;
	int running;
	int64_t began_ns;
	uint64_t written, asked;
};

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int start(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	c->running = 1;
	c->began_ns = now_ns();
	return 0;
}

static int stop(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	c->running = 0;
	return 0;
}

static int prepare(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	c->running = 0;
	c->written = 0;
	return 0;
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	double seconds = c->running ? (double)(now_ns() - c->began_ns) * 1e-9 : 0;
	double played;
	c->asked++;
	if (c->mode == EAGER) return (snd_pcm_sframes_t)(c->written % io->buffer_size);
	if (c->mode == DRY && c->running) return -EPIPE;
	if (c->mode == STUCK && seconds > 0.1) seconds = 0.1;
	if (c->mode == FULL) seconds = 0;
	played = seconds * io->rate * (c->mode == DOUBLE ? 2 : 1);
	if (played > (double)c->written) {
		if (io->state != SND_PCM_STATE_DRAINING) return -EPIPE;
		played = (double)c->written;
	}
	return (snd_pcm_sframes_t)((uint64_t)played % io->buffer_size);
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
				  snd_pcm_uframes_t size)
{
	struct card *c = io->private_data;
	size_t frame = areas[0].step / 8;
	if (c->mode == FULL) return -EAGAIN;
	fwrite((const char *)areas[0].addr + areas[0].first / 8 + offset * frame, frame, size, c->frames);
	c->written += size;
	return (snd_pcm_sframes_t)size;
}

static int closed(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	char name[600];
	FILE *asked;
	snprintf(name, sizeof name, "%s.asked", c->path);
	if ((asked = fopen(name, "w"))) {
		fprintf(asked, "%llu\n", (unsigned long long)c->asked);
		fclose(asked);
	}
	fclose(c->frames);
	close(io->poll_fd);
	free(c);
	return 0;
}

static const snd_pcm_ioplug_callback_t CALLS = {
	.start = start, .stop = stop, .prepare = prepare, .pointer = pointer, .transfer = transfer, .close = closed,
};

SND_PCM_PLUGIN_DEFINE_FUNC(odd)
{
	static const unsigned access[] = { SND_PCM_ACCESS_RW_INTERLEAVED };
	const char *path = NULL, *format = "S16_LE", *kind = "steady", *id;
	long channels = 2, rate = 48000;
	unsigned only;
	snd_config_iterator_t i, next;
	struct card *c;
	int err;
	(void)root;
	snd_config_for_each(i, next, conf) {
		snd_config_t *n = snd_config_iterator_entry(i);
		if (snd_config_get_id(n, &id) < 0 || !strcmp(id, "type") || !strcmp(id, "hint")) continue;
		if (!strcmp(id, "path")) snd_config_get_string(n, &path);
		else if (!strcmp(id, "format")) snd_config_get_string(n, &format);
		else if (!strcmp(id, "mode")) snd_config_get_string(n, &kind);
		else if (!strcmp(id, "channels")) snd_config_get_integer(n, &channels);
		else if (!strcmp(id, "rate")) snd_config_get_integer(n, &rate);
		else return -EINVAL;
	}
	if (!path || stream != SND_PCM_STREAM_PLAYBACK || !(c = calloc(1, sizeof *c))) return -EINVAL;
	while (c->mode < FULL && strcmp(kind, MODES[c->mode])) c->mode++;
	snprintf(c->path, sizeof c->path, "%s", path);
	c->io.version = SND_PCM_IOPLUG_VERSION;
	c->io.name = "an odd card";
	c->io.callback = &CALLS;
	c->io.private_data = c;
	c->io.poll_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	c->io.poll_events = POLLOUT;
	c->frames = fopen(path, "w");
	if (!c->frames || (err = snd_pcm_ioplug_create(&c->io, name, stream, mode)) < 0) {
		free(c);
		return -EIO;
	}
	only = (unsigned)snd_pcm_format_value(format);
	snd_pcm_ioplug_set_param_list(&c->io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
	snd_pcm_ioplug_set_param_list(&c->io, SND_PCM_IOPLUG_HW_FORMAT, 1, &only);
	snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_CHANNELS, (unsigned)channels, (unsigned)channels);
	snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_RATE, (unsigned)rate, (unsigned)rate);
	snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 20);
	snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
	*pcmp = c->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(odd);
