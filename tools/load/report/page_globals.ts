/**
 * The globals that the page's script uses. The library "dom" has them too, but would declare a
 * browser's globals for every other file of the project.
 */
export interface PageGlobals {
  readonly document: {
    readonly documentElement: PageElement;
    getElementById(id: string): PageElement | null;
    querySelector(selector: string): PageElement | null;
    querySelectorAll(selector: string): Iterable<PageElement>;
  };
  getComputedStyle(element: PageElement): { getPropertyValue(name: string): string };
  matchMedia(query: string): { addEventListener(type: "change", listener: () => void): void };
  addEventListener(type: "resize" | "beforeprint" | "afterprint", listener: () => void): void;
}

export interface PageElement {
  readonly textContent: string | null;
  readonly clientWidth: number;
  readonly value: string;
  tabIndex: number;
  role: string | null;
  ariaPressed: string | null;
  readonly classList: { toggle(name: string, isOn: boolean): void };
  click(): void;
  addEventListener(type: "change" | "click", listener: () => void): void;
  addEventListener(type: "keydown", listener: (event: PageKeyEvent) => void): void;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

export interface PageKeyEvent {
  readonly key: string;
  preventDefault(): void;
}
