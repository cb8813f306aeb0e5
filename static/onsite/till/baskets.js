// Baskets of cashiers who have left the till, kept as over a reload until they, or whoever follows, go on with them.

export class Baskets {
  constructor(sale, { event, till }, storage = sessionStorage) {
    Object.assign(this, { sale, storage, place: `onsite.left.${event.id}.${till?.id ?? ""}` });
  }

  /** Each {owner, summary, total, kept}, the first that was left first. */
  get waiting() {
    return JSON.parse(this.storage.getItem(this.place) ?? "[]");
  }

  set waiting(all) {
    this.storage.setItem(this.place, JSON.stringify(all));
    this.sale.changed();
  }

  /** Whether there is room for one: nobody is being served. */
  get canTake() {
    const { basket, phase } = this.sale;
    return basket.isEmpty && ["basket", "done"].includes(phase);
  }

  /** What is being composed waits for `owner`. */
  leave({ id, name }) {
    const { summary, basket, kept } = this.sale;
    const left = { owner: { id, name }, summary, total: basket.total, kept };
    this.sale.begin();
    this.waiting = [...this.waiting, left];
  }

  /** The basket at that place is whoever's works here now. */
  take(index) {
    if (!this.canTake) return;
    const all = this.waiting;
    const [{ kept }] = all.splice(index, 1);
    this.waiting = all;
    this.sale.next();
    this.sale.resume(kept);
  }

  /** Whoever comes back finds their own as it was. */
  isBack(cashier) {
    const index = this.waiting.findIndex(({ owner }) => owner.id === cashier.id);
    if (index >= 0) this.take(index);
  }
}
