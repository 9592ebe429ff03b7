import config from "../../deno.json" with { type: "json" };

/** The program's version, as `deno.json` has it. */
export const VERSION: string = config.version;
