/** The address with the ASCII form of its domain (`xn--…`) if the domain is not ASCII; else null. */
export function asciiAddress(email: string): string | null {
  const at = email.lastIndexOf('@')
  const domain = email.slice(at + 1)
  if (/^[\x21-\x7e]*$/.test(domain)) return null
  const url = `http://${domain}`
  return URL.canParse(url) ? `${email.slice(0, at)}@${new URL(url).hostname}` : null
}
