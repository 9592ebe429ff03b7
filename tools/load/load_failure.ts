/** Something that ends the whole run. Its message is one line: what failed, the value, what to do. */
export class LoadFailure extends Error {
  /** Always `LoadFailure`. */
  override readonly name = "LoadFailure";
}
