import { RemoteFailure } from "../remote_failure.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * The texts of all elements of a name, in order. For the documents of S3, in which no element of the name has
 * others in it, and which have neither comments nor CDATA.
 *
 * @throws {RemoteFailure} if the document has anything that this cannot read
 */
export function xmlTexts(document: string, element: string): string[] {
  if (document.includes("<!")) throw notXml();
  const elements = document.matchAll(
    new RegExp(`<${element}(?:\\s[^<>]*)?>([^<]*)</${element}>`, "g"),
  );
  return Array.from(elements, ([, text]) => decodeEntities(text!));
}

/** The text of the only element of a name; undefined if there is none. */
export function xmlText(document: string, element: string): string | undefined {
  const [text, ...others] = xmlTexts(document, element);
  if (others.length > 0) throw notXml();
  return text;
}

/** Makes a text that can stand in an element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function decodeEntities(text: string): string {
  return text.replace(/&([^;]{0,10});?/g, (_, entity: string) => {
    const decoded = ENTITIES[entity] ?? decodeNumber(entity);
    if (decoded === undefined) throw notXml();
    return decoded;
  });
}

function decodeNumber(entity: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(entity) ?? [];
  const code = hex === undefined ? Number(decimal ?? NaN) : parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

function notXml(): RemoteFailure {
  return new RemoteFailure("the answer is not what S3 answers");
}
