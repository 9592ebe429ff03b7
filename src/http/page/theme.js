/** @typedef {"auto" | "light" | "dark"} Theme */

const KEY = "linesvr-theme";

/** @type {Readonly<Record<Theme, Theme>>} */
const NEXT = { auto: "dark", dark: "light", light: "auto" };

/** @param {HTMLButtonElement} button switches between the themes */
export function setUpTheme(button) {
  let theme = storedTheme();
  const apply = () => {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = NEXT[theme];
    apply();
    store(theme);
  });
  apply();
}

/** @returns {Theme} */
function storedTheme() {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "auto";
  } catch {
    // The browser stores nothing for this page: it starts with the theme of the system.
    return "auto";
  }
}

/** @param {Theme} theme */
function store(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts until the page is loaded again.
  }
}
