/**
 * Takes user, password, query and fragment out of each URL in a text: for messages that repeat what a user typed, which may
 * be no valid location. Names of S3 are kept, since they have no such parts.
 */
export function withoutUrlSecrets(text: string): string {
  return text
    .replace(/\b(?!s3:)([a-z][a-z\d+.-]*:\/{1,2})[^\s/]*@/gi, "$1")
    .replace(/\b(?!s3:)([a-z][a-z\d+.-]*:\/{1,2}[^\s?#]*)[?#]\S*?(?=[.,;)]*(?:\s|$))/gi, "$1");
}
