/**
 * Every module that is imported only when it is needed, for `deno compile` to include. Deno does not
 * look for such imports itself, because of `lazy-dynamic-imports` in `deno.json`, without which every
 * command would take a tenth longer to begin. Nothing imports this module.
 *
 * @module
 */
import "./get_command.ts";
import "./index_command.ts";
import "./serve_command.ts";
import "./verify_command.ts";
