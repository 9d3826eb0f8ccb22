// What a phone in a room would hear: the recordings of agents' virtual cards, each as late as the wires, the air and the
// amplifier behind its card make it, mixed as a phone's own clock samples them.
import { readFile, writeFile } from 'node:fs/promises';

/** A recording of a virtual card, while it is still written: mono samples, and which frame was heard when (microseconds). */
async function recording(path) {
  const bytes = await readFile(path);
  const at = bytes.indexOf('data', 12) + 8;
  const samples = new Float32Array(Math.floor((bytes.length - at) / 8));
  for (let n = 0; n < samples.length; n += 1) samples[n] = bytes.readFloatLE(at + 8 * n);
  const runs = (await readFile(`${path}.seg`, 'utf8')).split('\n').filter((line) => line.startsWith('seg ')).map((line) => line.split(' ').slice(1).map(Number));
  // a card that ran dry began anew
  const frameAt = (us) => {
    const [first, beganNs, rate] = runs.findLast(([, began]) => began / 1000 <= us) ?? runs[0];
    return first + ((us - beganNs / 1000) * rate) / 1e6;
  };
  return { samples, frameAt };
}

/** A value between samples, by a sinc of sixteen. */
function between(samples, place) {
  const whole = Math.floor(place);
  let sum = 0;
  for (let k = whole - 7; k <= whole + 8; k += 1) {
    const away = place - k;
    const sinc = Math.abs(away) < 1e-9 ? 1 : Math.sin(Math.PI * away) / (Math.PI * away);
    sum += (samples[k] ?? 0) * sinc * Math.cos((Math.PI * away) / 17) ** 2;
  }
  return sum;
}

/**
 * Writes a file that Chromium takes for a microphone: what is heard from `fromUs` to `toUs` of the machine's clock.
 * @param {{wav: string, behindUs: number, gain: number, echoUs?: number}[]} sources
 */
export async function heardAt(path, sources, fromUs, toUs, { rate = 48_000, ppm = 45, noise = 0.004 } = {}) {
  const all = await Promise.all(sources.map(async (one) => ({ ...one, ...(await recording(one.wav)) })));
  const step = 1e6 / (rate * (1 + ppm * 1e-6));
  const count = Math.floor((toUs - fromUs) / step);
  const bytes = Buffer.alloc(44 + 2 * count);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * count, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * count, 40);
  let seed = 1;
  for (let n = 0; n < count; n += 1) {
    const us = fromUs + n * step;
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    let x = noise * (seed / 2 ** 31 - 1);
    for (const { samples, frameAt, behindUs, gain, echoUs } of all) {
      x += gain * between(samples, frameAt(us - behindUs));
      if (echoUs) x += 1.3 * gain * between(samples, frameAt(us - behindUs - echoUs));
    }
    bytes.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, x))), 44 + 2 * n);
  }
  await writeFile(path, bytes);
}
