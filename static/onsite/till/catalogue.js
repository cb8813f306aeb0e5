// Which kinds of tickets are shown, and in which order. Knows no page.

const MANY = 12; // and fewer are seen at a glance
const ALL = { id: "all" };
const FAVOURITES = { id: "favourites" };

export class Catalogue {
  tab = ALL.id;
  #ranked = []; // ids, the most sold first: as it was when it was asked for, or digits would change meanwhile

  constructor(data) {
    this.data = data;
  }

  /** What there is to choose from, each `{id, group}`; nothing while all is seen at a glance. */
  get tabs() {
    const { tickets } = this.data;
    if (tickets.length <= MANY) return [];
    const groups = [...new Set(tickets.map(({ group }) => group))].filter(Boolean);
    return [ALL, FAVOURITES, ...groups.map((group) => ({ id: `group ${group}`, group }))];
  }

  get chosen() {
    return this.tabs.find(({ id }) => id === this.tab) ?? ALL;
  }

  /** Those that are shown. */
  get tickets() {
    const { tickets } = this.data;
    const { id, group } = this.chosen;
    if (group) return tickets.filter((ticket) => ticket.group === group);
    return id === FAVOURITES.id ? this.#favouritesFirst(tickets) : tickets;
  }

  #favouritesFirst(tickets) {
    const place = ({ id }) => this.#ranked.indexOf(id) + 1 || Infinity;
    const after = (one, other) => (place(one) === place(other) ? 0 : place(one) - place(other));
    return [...tickets].sort(after);
  }

  choose(tab) {
    this.tab = tab;
    const { sold = {} } = this.data;
    this.#ranked = Object.keys(sold)
      .map(Number)
      .sort((one, other) => sold[other] - sold[one]);
  }

  /** The tab so many further on; the first comes after the last. */
  next(step = 1) {
    const { tabs, chosen } = this;
    if (!tabs.length) return;
    const place = tabs.findIndex(({ id }) => id === chosen.id);
    this.choose(tabs.at((place + step) % tabs.length).id);
  }

  /** Count what was just sold among the favourites. */
  count(lines) {
    const sold = (this.data.sold ??= {});
    for (const { ticket, quantity } of lines) {
      const id = ticket.sells ?? ticket.id;
      sold[id] = (sold[id] ?? 0) + quantity;
    }
  }

  /** What is meant by a part of a name, or of a group's. */
  find(text) {
    const wanted = text.toLowerCase();
    return this.data.tickets.filter(({ name, group = "" }) =>
      [name, group].some((part) => part.toLowerCase().includes(wanted)),
    );
  }
}
