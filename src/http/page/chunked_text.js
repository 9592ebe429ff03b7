import { create } from "./elements.js";

/** Parts of a long text that are far from the visible part are built when they come near. */
const NEAR = "1000px";

/**
 * @param {number} chunks
 * @param {(index: number) => Node | string} contentOf called at most once for each chunk
 * @returns {HTMLElement} the chunks one below the other
 */
export function createChunks(chunks, contentOf) {
  const container = create("div", "chunks");
  /** @type {WeakMap<Element, number>} */
  const indices = new WeakMap();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      target.classList.remove("pending");
      target.append(contentOf(indices.get(target) ?? 0));
    }
  }, { rootMargin: NEAR });
  for (let i = 0; i < chunks; i++) {
    const chunk = create("pre", i === 0 ? "chunk" : "chunk pending");
    indices.set(chunk, i);
    container.append(chunk);
    if (i === 0) chunk.append(contentOf(0));
    else observer.observe(chunk);
  }
  return container;
}
