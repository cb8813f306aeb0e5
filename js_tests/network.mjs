// A server at the other end of `fetch`, which answers what it is told to.

import { setImmediate as turn } from "node:timers/promises";

globalThis.document = { cookie: "csrftoken=token" };

const reply = (status, body) => () => new Response(JSON.stringify(body), { status });

/** An order as the API tells it. */
export const order = (amount, identifier = "ABC23", status = "completed") =>
  reply(200, { data: { id: "7", attributes: { identifier, amount, status } } });

export const refusal = (...errors) =>
  reply(409, { errors: errors.map((error) => ({ detail: error.code, ...error })) });

export const loggedOut = () => new Response(null, { status: 401 });

export const noAnswer = () => {
  throw new TypeError("fetch failed");
};

/** Until nothing more happens by itself. */
export async function settled() {
  for (let round = 0; round < 20; round += 1) await turn();
}

export class Network {
  sent = []; // {method, url, key, data} of every request
  #answers = [];

  constructor(...answers) {
    this.#answers = answers;
    globalThis.fetch = async (url, { method, headers, body }) => {
      this.sent.push({ method, url, key: headers["Idempotency-Key"], ...(body && JSON.parse(body)) });
      const answer = this.#answers.shift() ?? refusal({ code: "not-expected" });
      return answer();
    };
  }

  answer(...answers) {
    this.#answers.push(...answers);
  }

  get last() {
    return this.sent.at(-1);
  }
}
