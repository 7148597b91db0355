/** Hashes inside another text: in hexadecimal or base 64, or of more than the password. */
import { decodeBase64, decodeHex } from './bytes.ts'
import { changed, malformed, type Reader, type Reading } from './reading.ts'

/** The beginnings of hashes with a scheme, in hexadecimal: `$`, `{`, `pbkdf2`, `bcrypt`, `argon2`. */
export const inHexadecimal =
  /^(?:\\x|0x|x')(?:24|7b|70626b646632|626372797074|6172676f6e32)(?:[0-9a-f]{2}){12,}'?$/i

/** The same in base 64: `{SSHA}`, `{CRYPT}` and others of LDAP, `$2a$`, `$argon2`, `$6$` and other ones of crypt. */
export const inBase64 =
  /^(?:e1NTSEF|e1NIQ|e1NNRDV9|e01ENX|e0NSWVBUf|e2NyeXB0f|e3NzaGF|e3NoY|e1BCS0RGMi|e0FSR09OMn|e0JDUllQV|JDJ[hi5]J|JGFyZ29uM|JDYk|JDUk|JDEk|JFAk|JFMk|JEgk)[\w+/]{16,}={0,2}$/

/** A column of bytes, as databases write it: `\x24326224…`. */
export function readInHexadecimal(readHash: Reader): Reader {
  return (encoded) => {
    const text = decodeHex(encoded.replace(/^(\\x|0x|x')|'$/gi, ''))?.toString()
    return text === undefined || inHexadecimal.test(text) ? malformed('hexadecimal') : readHash(text)
  }
}

/** `userPassword` of a directory, as LDIF writes it: `e1NTSEF9…`. */
export function readInBase64(readHash: Reader): Reader {
  return (encoded) => {
    const text = decodeBase64(encoded)?.toString()
    return text === undefined || inBase64.test(text) ? malformed('base 64') : readHash(text)
  }
}

/** `$prefixed$name in base 64$hash`: the hash of a name and the password, as Simple Machines makes it. */
export function readPrefixed(readHash: Reader): Reader {
  return (encoded): Reading => {
    const [, prefix64 = '', hash = ''] = /^\$prefixed\$([\w+/]+)\$(\$2[aby]\$.+)$/.exec(encoded) ?? []
    const prefix = decodeBase64(prefix64)?.toString()
    return prefix ? changed(readHash(hash), (password) => prefix + password) : malformed('prefixed')
  }
}

/** The stored text of such a hash. */
export function prefixedHash(prefix: string, hash: string): string {
  return `$prefixed$${Buffer.from(prefix).toString('base64').replace(/=+$/, '')}$${hash}`
}
