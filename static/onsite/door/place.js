// Where one stands: the first tap chooses the gate and the way, and so unlocks sound and camera.

import { $, button, h } from "../common/dom.js";
import { waysOf } from "./judge.js";
import { stayAwake, unlock } from "./signals.js";

const { gettext } = window;

const nameOf = (way) => (way === "in" ? gettext("In") : gettext("Out"));

export class Place {
  /** `turned()` is told when people pass the other way. */
  constructor({ gate, data, turned }) {
    Object.assign(this, { gate, data, turned });
    $("change-gate").addEventListener("click", () => this.choose());
  }

  /** Whether somebody stands at a gate, and scans. */
  get isChosen() {
    return !$("work").hidden;
  }

  choose() {
    $("work").hidden = true;
    $("start").hidden = false;
    $("start").before($("kept"));
    $("gates").after($("readiness"));
    $("where").textContent = "";
    $("change-gate").hidden = true;
    $("gates").replaceChildren(...this.#stations.flatMap((station) => this.#buttons(station)));
  }

  get #stations() {
    const { stations } = this.data;
    return stations.length
      ? stations
      : [{ id: null, name: gettext("The door"), direction: "both", tickets: [] }];
  }

  #buttons(station) {
    return waysOf(station).map((way) =>
      button([station.name, h("strong", {}, nameOf(way))], () => this.#begin(station, way), {
        class: "gate",
      }),
    );
  }

  #begin(station, direction) {
    unlock();
    stayAwake();
    this.gate.station = station.id === null ? null : station;
    this.gate.direction = direction;
    $("start").hidden = true;
    $("work").hidden = false;
    $("change-gate").hidden = false;
    $("where").textContent = station.name;
    $("use-camera").after($("kept"));
    $("conflicts").after($("readiness"));
    this.#drawWays(station);
    $("use-camera").hidden = !navigator.mediaDevices;
    $("door").focus({ preventScroll: true });
  }

  #drawWays(station) {
    const turn = (way) => {
      this.gate.direction = way;
      this.#drawWays(station);
      this.turned();
    };
    $("ways").replaceChildren(
      ...waysOf(station).map((way) =>
        button(nameOf(way), () => turn(way), {
          "aria-pressed": String(this.gate.direction === way),
          class: "tool",
        }),
      ),
    );
  }
}
