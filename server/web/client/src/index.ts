// A client of a coordinator, typed by its description (`server/openapi.json`). It runs in browsers and in node.

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";
export { type EventOptions, type Received, events } from "./events.js";

/** The types of the description by their names. */
export type Schemas = components["schemas"];
/** The body of every answer that is an error. */
export type Problem = Schemas["Problem"];
/** An event; `switch (event.type)` tells its kind. */
export type DownbeatEvent = Schemas["Event"];

/** The calls of a coordinator: `calls.GET("/api/zones")` and so on, with typed answers. */
export type Calls = Client<paths>;

/** The calls of the coordinator at this address; "" is the site of the page itself. With a token of a program, as its user. */
export function connect(address: string, token?: string): Calls {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return createClient<paths>({ baseUrl: address, headers });
}

/** An answer that is an error. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
  }
}

/** An answer of a call, as openapi-fetch gives it. */
interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of an answer; an error is thrown as `Refused`. */
export async function done<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer;
  if (response.ok) return data as Data;
  throw new Refused(response.status, problemOf(response.status, error));
}

/** The problem of an error; a proxy's page becomes one. */
function problemOf(status: number, error: unknown): Problem {
  if (typeof error === "object" && error !== null && "code" in error && "detail" in error) return error as Problem;
  const detail = `the answer was ${status}, and no problem of a coordinator`;
  return { type: "about:blank", title: "Foreign answer", status, code: "foreign_answer", detail };
}
