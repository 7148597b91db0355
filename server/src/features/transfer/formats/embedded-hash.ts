/** A hash inside a longer text, such as a serialized PHP array; the end is not known. */
const embeddedHash =
  /(\$(2[abxy]|argon2\w+|[PHSy156]|apr1|scrypt|pbkdf2[\w-]*|bcrypt-sha256|gy|7)\$|pbkdf2_sha\d+\$|pbkdf2:sha\d+:|scrypt:\d+:|\{(S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*|BCRYPT|ARGON2)\})[^\s"'`<>;]{20,}/gi

/** The hashes inside a longer text, recognised by their beginning. */
export function hashesWithin(text: string): string[] {
  return text.match(embeddedHash) ?? []
}
