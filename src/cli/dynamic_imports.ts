/**
 * The modules that are imported dynamically, for `deno compile` to include: because of `lazy-dynamic-imports` in
 * `deno.json`, without which every command starts a tenth slower, Deno does not look for them itself.
 *
 * @module
 */
import "./count_command.ts";
import "./get_command.ts";
import "./index_command.ts";
import "./serve_command.ts";
import "./verify_command.ts";
import "../http/open_http.ts";
