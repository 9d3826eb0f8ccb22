// A real coordinator on a free port, with the fixtures as its music.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, done } from "../src/index.js";

/** The program; a debug build's unless another is named. */
const program = process.env["DOWNBEAT_SERVER"] ?? "../../../target/debug/downbeat-server";
const fixtures = "../../../media/fixtures";
const files = ["gapless-a.flac", "gapless-b.mp3", "gapless-b.ogg"];

export interface Coordinator {
  address: string;
  /** The admin's. */
  token: string;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Waits until `probe` has something. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + 30_000;
  while (Date.now() < until) {
    const found = await probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} never came`);
}

export async function start(): Promise<Coordinator> {
  const folder = mkdtempSync(join(tmpdir(), "downbeat-client-"));
  const music = join(folder, "music");
  mkdirSync(music);
  for (const file of files) cpSync(join(fixtures, file), join(music, file));
  const address = `http://127.0.0.1:${await freePort()}`;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DOWNBEAT_")));
  const flags = ["--listen", address.slice("http://".length), "--music", music, "--data", join(folder, "data")];
  const server: ChildProcess = spawn(program, flags, { env, stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  let failed: Error | undefined;
  server.once("error", (error) => (failed = error));
  const stop = async () => {
    server.kill("SIGTERM");
    if (!failed) await ended;
    rmSync(folder, { recursive: true });
  };
  try {
    await eventually("the scan", async () => {
      if (failed || server.exitCode !== null) throw failed ?? new Error(`${program} ended`);
      const health = await done(connect(address).GET("/api/health")).catch(() => undefined);
      return health && !health.scan.running && health.tracks === files.length ? health : undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const token = readFileSync(join(folder, "data", "admin-token"), "utf8").trim();
  return { address, token, stop };
}
