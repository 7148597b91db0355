/** Plain CSV with a header, from spreadsheets and databases. Columns are recognised under many names. */
import { columnsOf } from '../columns/column-names.ts'
import { genericUser } from '../columns/generic-user.ts'
import { isExportHeader } from '../csv.ts'
import { createFormat } from './format.ts'
import { userOfExportRow } from './roster.ts'

const saysWho = (columns: readonly (string | undefined)[]) =>
  columns.includes('username') || columns.includes('email')

export const csv = createFormat({
  name: 'csv',
  sign: 'its header names a username or an e-mail address',
  likeness({ header }) {
    if (!saysWho(columnsOf(header))) return 0
    return header.length === 1 ? 0.3 : 0.6
  },
  userReader: () => genericUser,
  csv: {
    only: true,
    readHeader(header, mapped) {
      if (isExportHeader(header)) return { columns: header, readUser: userOfExportRow, isExport: true }
      const columns = columnsOf(header)
      if (saysWho(columns) || saysWho(mapped)) return { columns }
      return { unknownHeader: 'The header has no column for a username or an e-mail address.' }
    },
  },
})
