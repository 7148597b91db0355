/** A hash inside of a longer text, such as a serialized array of PHP; what follows may belong to it. */
const embeddedHash =
  /(\$(2[abxy]|argon2\w+|[PHSy156]|apr1|scrypt|pbkdf2[\w-]*|bcrypt-sha256|gy|7)\$|pbkdf2_sha\d+\$|pbkdf2:sha\d+:|scrypt:\d+:|\{(S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*|BCRYPT|ARGON2)\})[^\s"'`<>;]{20,}/gi

/** The hashes that stand inside of a longer text, as far as their beginning tells. */
export function hashesWithin(text: string): string[] {
  return text.match(embeddedHash) ?? []
}
