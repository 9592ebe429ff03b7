import { elementById } from "./elements.js";
import { messageOf, ServerApi } from "./server_api.js";
import { setUpTheme } from "./theme.js";
import { Viewer } from "./viewer.js";

/** Pause before the page asks a server again that did not answer at the start. */
const RETRY_MS = 2000;

const api = new ServerApi(document.baseURI, (url, init) => fetch(url, init));

/** Waits for the first answer of the server, then shows the file. */
async function start() {
  const facts = elementById("facts", HTMLElement);
  while (true) {
    try {
      const info = await api.info();
      new Viewer(info, api).start();
      return;
    } catch (error) {
      facts.textContent = `Cannot read the file (${messageOf(error)}). Trying again …`;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

setUpTheme(elementById("theme", HTMLButtonElement));
void start();
