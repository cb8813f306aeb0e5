// Requests to the server, and the three ways in which they can fail.

/** The server said no: `errors` are JSON:API error objects. */
export class Refused extends Error {
  constructor(errors) {
    super(errors.map((error) => error.detail).join(" "));
    this.errors = errors;
  }
}

/** Whether the request arrived, nobody knows. `status` is that of a server that broke. */
export class NoAnswer extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The session has ended; nothing was done. */
export class LoggedOut extends Error {}

export const PATIENCE = 8000;

const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** A nonce of 128 bits; `crypto.randomUUID` is missing on plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

export async function request(method, url, { body, headers = {}, patience = PATIENCE } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(url, {
      method,
      body: body && JSON.stringify(body),
      headers: { Accept: "application/vnd.api+json", ...headers },
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: stop.signal,
    });
    if (response.status === 401) throw new LoggedOut();
    if (response.type === "opaqueredirect") throw new NoAnswer("a redirect"); // to the page of somebody's Wi-Fi
    if (response.status === 304) return { status: 304 };
    if (response.status >= 500) throw new NoAnswer(response.statusText, response.status);
    const text = await response.text();
    return { status: response.status, etag: response.headers.get("ETag"), text };
  } catch (error) {
    if (error instanceof LoggedOut || error instanceof NoAnswer) throw error;
    throw new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new NoAnswer("not JSON"); // a proxy's page, or that of somebody's Wi-Fi
  }
}

/** A JSON:API request with the log-in of the page: its answer. */
export async function jsonApi(method, url, document, headers = {}, patience = PATIENCE) {
  const { status, text } = await request(method, url, {
    body: document,
    patience,
    headers: {
      "Content-Type": "application/vnd.api+json",
      "X-CSRFToken": cookie("csrftoken") ?? "",
      ...headers,
    },
  });
  const answer = parsed(text);
  if (status >= 400) throw new Refused(answer.errors ?? [{ code: "unknown", detail: text.slice(0, 200) }]);
  return answer;
}

export class Server {
  /** `cashier()` is the id of whom the page believes to be logged in: another tab may know better. */
  constructor(urls, cashier) {
    this.urls = urls;
    this.cashier = cashier;
    this.etag = null;
  }

  #jsonApi(method, url, document, headers = {}) {
    return jsonApi(method, url, document, { "X-Cashier": String(this.cashier()), ...headers });
  }

  /** What changed since the last time; null if nothing did. */
  async state() {
    const headers = {
      "X-Cashier": String(this.cashier()),
      ...(this.etag ? { "If-None-Match": this.etag } : {}),
    };
    const { status, etag, text } = await request("GET", this.urls.state, { headers, patience: 5000 });
    if (status === 304) return null;
    if (status !== 200) throw new NoAnswer(String(status));
    const state = parsed(text);
    this.etag = etag;
    return state;
  }

  async sell(document, key) {
    return (
      await this.#jsonApi("POST", `${this.urls.orders}?onsite=true&include=attendees`, document, {
        "Idempotency-Key": key,
      })
    ).data;
  }

  async change(identifier, id, attributes, till) {
    const relationships = till ? { till: { data: { type: "till", id: String(till) } } } : undefined;
    const data = { type: "order", id: String(id), attributes, relationships };
    return (await this.#jsonApi("PATCH", `${this.urls.orders}/${identifier}`, { data })).data;
  }

  async order(identifier) {
    return (await this.#jsonApi("GET", `${this.urls.orders}/${identifier}`)).data;
  }

  /** The order that a request with this key has made; undefined if it never did. */
  async madeWith(key) {
    return (
      await this.#jsonApi("GET", `${this.urls.orders}?filter[idempotency-key]=${encodeURIComponent(key)}`)
    ).data[0];
  }

  /** A page of the server as a fragment of HTML. */
  async fragment(url, form) {
    const stop = AbortSignal.timeout(PATIENCE);
    const headers = { "X-Fragment": "1" };
    const method = form ? "POST" : "GET";
    let response;
    try {
      response = await fetch(url, {
        method,
        body: form,
        headers,
        credentials: "same-origin",
        signal: stop,
        cache: "no-store",
      });
    } catch (error) {
      throw new NoAnswer(String(error));
    }
    if (new URL(response.url).pathname.startsWith("/admin/login")) throw new LoggedOut();
    if (response.status >= 500) throw new NoAnswer(response.statusText);
    return { html: await response.text(), url: response.url };
  }
}
