/**
 * The modules that are imported dynamically, for `deno compile` to include: because of `lazy-dynamic-imports` in
 * `deno.json`, without which every command starts a tenth slower, Deno does not look for them itself.
 *
 * @module
 */
import "./commands/compress_command.ts";
import "./commands/count_command.ts";
import "./commands/get_command.ts";
import "./commands/index_command.ts";
import "./commands/serve_command.ts";
import "./commands/verify_command.ts";
import "../http/open_http.ts";
import "../source/remote/s3/sign_s3.ts";
import "../source/remote/remote_text.ts";
import "../index/remote_index.ts";
import "../index/build/remote_place.ts";
import "../source/compressed/zstd/zstd_codec.ts";
import "../source/compressed/gzip/bgzf_codec.ts";
import "../source/compressed/gzip/gzip_codec.ts";
import "../source/compressed/gzip/gzip_header.ts";
import "../source/remote/s3/s3_list.ts";
