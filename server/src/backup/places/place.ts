/** The storage of backups: a folder, or an S3-compatible bucket. */
export type Place = {
  /** Stores the file under its name. It becomes visible when it is complete. The source file may be moved. */
  put(file: string): Promise<void>
  /** @throws ConfigError when there is none of this name */
  get(name: string, file: string): Promise<void>
  list(): Promise<string[]>
  remove(name: string): Promise<void>
}
