// What opens over the door.

import { Refused } from "../common/api.js";
import { close, field, open } from "../common/dialog.js";
import { button, fill, h } from "../common/dom.js";

const { gettext, ngettext } = window;

const refusalOf = (error) =>
  error instanceof Refused ? error.message : gettext("No answer from the server.");

export function say(text) {
  open(gettext("Attention"), h("p", {}, text));
}

export const sayWhy = (error) => say(refusalOf(error));

export function askDiscard(n, discard) {
  const text = ngettext("%(n)s scan will be on no record.", "%(n)s scans will be on no record.", n);
  open(
    gettext("Discard"),
    h("p", {}, fill(text, { n })),
    button(gettext("Discard"), () => discard().then(close), { class: "wide" }),
  );
}

/** Where to log in, or pair, again; `unsent` scans wait on the tablet. */
export function askLogIn({ isDevice, url, unsent }) {
  open(
    isDevice ? gettext("This device is not logged in") : gettext("Your session has ended"),
    h(
      "p",
      {},
      isDevice
        ? gettext("It was revoked, or paired anew elsewhere. An organizer has a code for it.")
        : gettext("Nobody is let in until you log in again."),
    ),
    unsent > 0 && h("p", { class: "problem" }, stays(unsent)),
    h(
      "a",
      { class: "button primary wide", href: url, autofocus: true },
      isDevice ? gettext("Pair") : gettext("Log in"),
    ),
  );
}

const stays = (n) =>
  fill(
    ngettext(
      "%(n)s scan was not sent. It stays on this tablet.",
      "%(n)s scans were not sent. They stay on this tablet.",
      n,
    ),
    { n },
  );

/** By whose leave somebody comes in who was stopped: an organizer's own, or that of one of `approvers`, with a
 * PIN or, in its place, a password. `admit(reason, approval)` asks the server.
 */
export function askLeave({ isOrganizer, approvers, admit }) {
  const title = gettext("Admit anyway");
  if (!isOrganizer && approvers.length === 0)
    return open(title, h("p", {}, gettext("No organizer has set a PIN.")));
  const problem = h("p", { class: "problem", role: "alert" });
  const send = h("button", { class: "primary wide" }, gettext("Admit"));
  const submit = async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    const { reason, user, pin, password } = Object.fromEntries(new FormData(event.target));
    const proof = password ? { password } : { pin };
    send.disabled = true;
    try {
      await admit(reason, isOrganizer ? undefined : { user: Number(user), ...proof });
      close();
    } catch (error) {
      problem.textContent = refusalOf(error);
    } finally {
      send.disabled = false;
    }
  };
  open(
    title,
    h("form", { onsubmit: submit }, reason(), isOrganizer ? [] : approval(approvers), problem, send),
  );
}

const reason = () =>
  field(gettext("Reason"), {
    type: "text",
    name: "reason",
    required: true,
    maxlength: 200,
    autofocus: true,
  });

const approval = (approvers) => [
  h(
    "label",
    { class: "field" },
    gettext("Who allows it"),
    h(
      "select",
      { name: "user" },
      approvers.map(({ id, name }) => h("option", { value: id }, name)),
    ),
  ),
  field(gettext("PIN"), {
    type: "password",
    name: "pin",
    inputmode: "numeric",
    pattern: "[0-9]{6}",
    maxlength: 6,
  }),
  h(
    "details",
    {},
    h("summary", {}, gettext("Password instead")),
    field(gettext("Password"), { type: "password", name: "password" }),
  ),
];
