/**
 * What the page's script uses of its page. The library "dom" would have it all, but would give every
 * other file of the project a browser's global names as well, where a slip then is no error.
 */
export interface PageGlobals {
  /** The page. */
  readonly document: {
    /** Stands for the whole page. */
    readonly documentElement: PageElement;
    /** Finds an element by its name. */
    getElementById(id: string): PageElement | null;
    /** Finds the first element that a CSS selector describes. */
    querySelector(selector: string): PageElement | null;
    /** Finds the elements that a CSS selector describes. */
    querySelectorAll(selector: string): Iterable<PageElement>;
  };
  /** Tells what the style sheets give an element. */
  getComputedStyle(element: PageElement): { getPropertyValue(name: string): string };
  /** Watches what kind of screen there is. */
  matchMedia(query: string): { addEventListener(type: "change", listener: () => void): void };
  /** Listens to the window. */
  addEventListener(type: "resize" | "beforeprint" | "afterprint", listener: () => void): void;
}

/** An element of the page. */
export interface PageElement {
  /** The text in it. */
  readonly textContent: string | null;
  /** How wide its inside is, in CSS pixels. */
  readonly clientWidth: number;
  /** Of an input element. */
  readonly value: string;
  /** 0 where the keyboard reaches it. */
  tabIndex: number;
  /** What it is to who cannot see it. */
  role: string | null;
  /** Whether a button is pressed: "true" or "false". */
  ariaPressed: string | null;
  /** Its classes. */
  readonly classList: { toggle(name: string, isOn: boolean): void };
  /** Does what a click does. */
  click(): void;
  /** Listens to what happens to it. */
  addEventListener(type: "change" | "click", listener: () => void): void;
  /** Listens to the keyboard. */
  addEventListener(type: "keydown", listener: (event: PageKeyEvent) => void): void;
  /** Finds the elements in it that a CSS selector describes. */
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** A key was pressed. */
export interface PageKeyEvent {
  /** Which one. */
  readonly key: string;
  /** Keeps the browser from doing what it would do. */
  preventDefault(): void;
}
