import { settings } from '../src/settings/settings.ts'

type Row = { name: string; fallback: string; about: string; secret?: true }

/** The table of settings as a page. */
export function configurationPage(): string {
  const rows = (Object.values(settings) as Row[]).map(({ name, fallback, about, secret }) => {
    const names = secret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``
    return `| ${names} | ${fallback.startsWith('`') ? fallback : `\`${fallback}\``} | ${about} |`
  })
  return `# Configuration

Roster is set by the environment alone. A setting that is wrong, or a \`ROSTER_…\` name that does not exist, stops the
start within two seconds with a message that names it and never shows its value. A secret may be given as a file:
\`ROSTER_SECRET_KEY_FILE=/run/secrets/key\`.

This page is made from the code (\`npm run generate\`).

| setting | default | meaning |
|---|---|---|
${rows.join('\n')}
`
}
