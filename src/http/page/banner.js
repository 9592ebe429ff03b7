import { elementById } from "./elements.js";

/** @import { ConnectionState } from "./connection.js" */

/** Tells what is wrong with the connection, and offers the remedy. */
export class Banner {
  #banner = elementById("banner", HTMLElement);
  #text = elementById("banner-text", HTMLElement);
  #button = elementById("banner-button", HTMLButtonElement);
  #action = () => {};

  /** @param {() => void} retry */
  constructor(retry) {
    /** @readonly */
    this.retry = retry;
    this.#button.addEventListener("click", () => this.#action());
  }

  /** @param {ConnectionState} state */
  show(state) {
    switch (state.kind) {
      case "ok":
        this.#banner.hidden = true;
        return;
      case "lost":
        return this.#tell("Connection lost. Trying again …", "Try now", this.retry);
      case "changed":
        return this.#tell(`The server refuses to answer (${state.reason}).`, "Reload", reload);
      case "replaced":
        return this.#tell(
          "The file was replaced. These lines are of the old file.",
          "Reload",
          reload,
        );
      case "failed":
        return this.#tell(`Cannot load lines (${state.reason}).`, "Try again", this.retry);
      default:
        /** @type {never} */ (state);
    }
  }

  /** @param {string} text @param {string} label @param {() => void} action */
  #tell(text, label, action) {
    this.#action = action;
    this.#button.textContent = label;
    // A text that stays is not read out again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#banner.hidden = false;
  }
}

function reload() {
  location.reload();
}
