/** Where backups are kept: a folder, or a bucket that speaks the protocol of S3. */
export type Place = {
  /** Stores the file under its own name; it appears there when it is whole. The file may be moved. */
  put(file: string): Promise<void>
  /** @throws ConfigError when there is none of this name */
  get(name: string, file: string): Promise<void>
  list(): Promise<string[]>
  remove(name: string): Promise<void>
}
