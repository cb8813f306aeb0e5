// What the till asks of the server and tells it.

import { LoggedOut, NoAnswer, PATIENCE, jsonApi, parsed, request } from "../common/api.js";

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
    if (status === 403) throw new LoggedOut(); // whoever is logged in does not work here
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

  /** Have it promised that the request with this key is never sold: null; or the order, if it was. */
  async giveUp(document, key) {
    const headers = { "Idempotency-Key": key };
    return (await this.#jsonApi("POST", `${this.urls.orders}/given-up`, document, headers))?.data ?? null;
  }

  /** Log out; whoever comes next opens the till in this browser. */
  lock() {
    return this.#jsonApi("POST", this.urls.lock);
  }

  async change(identifier, id, attributes, till) {
    const relationships = till ? { till: { data: { type: "till", id: String(till) } } } : undefined;
    const data = { type: "order", id: String(id), attributes, relationships };
    return (await this.#jsonApi("PATCH", `${this.urls.orders}/${identifier}`, { data })).data;
  }

  /** The discount with that code; throws `Refused` where there is none. */
  async discount(code) {
    const data = { type: "discount", attributes: { code } };
    return (await this.#jsonApi("POST", this.urls.discount, { data })).data.attributes;
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
