import { elementById } from "./elements.js";
import { messageOf, ServerApi } from "./server_api.js";
import { setUpTheme } from "./theme.js";

/** @import { FileInfo } from "./server_api.js" */

/** Pause before the page asks a server again that did not answer at the start. */
const RETRY_MS = 2000;

const api = new ServerApi(document.baseURI, (url, init) => fetch(url, init));
const facts = elementById("facts", HTMLElement);

/** @returns {Promise<FileInfo>} the first answer of the server */
async function waitForInfo() {
  while (true) {
    try {
      return await api.info();
    } catch (error) {
      facts.textContent = `Cannot read the file (${messageOf(error)}). Trying again …`;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function start() {
  try {
    // The server answers while the other modules load.
    const [info, { Viewer }] = await Promise.all([waitForInfo(), import("./viewer.js")]);
    new Viewer(info, api).start();
  } catch (error) {
    facts.textContent = `Cannot show the page (${messageOf(error)}). Reload it.`;
  }
}

setUpTheme(elementById("theme", HTMLButtonElement));
void start();
