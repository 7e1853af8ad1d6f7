// Packages in folders that no package manager's name tells of: `pip install --target /var/task`, as images for AWS Lambda have it, and
// Composer's packages below a folder that is not called "vendor". Known by what the package manager writes beside them; for other folders
// see detect/foreign-code.ts.

/** What pip writes of a package: its files, one a line, from the folder that it was installed to. */
const RECORD = /^(?:.*\/)?[^/]+\.dist-info\/RECORD$/
/** What Composer writes of all packages, in the folder that they lie in. */
const INSTALLED = /(?:^|\/)composer\/installed\.json$/
/** Folders and files that are remembered: those of about 2,000 packages. */
const MOST = 200_000

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

export class Packages {
  /** Folders end in a slash. */
  readonly #files = new Set<string>()
  readonly #roots = new Set<string>()

  /** A file of the layer or folder, by its path, or a part of one; `bytes` is asked for where it lists a package's files. */
  note(path: string, bytes: () => Uint8Array): void {
    if (path.endsWith('.json') && INSTALLED.test(path)) this.#roots.add(folderOf(folderOf(path).slice(0, -1)))
    else if (path.endsWith('/RECORD') && RECORD.test(path)) this.#noteRecord(path, bytes())
  }

  /** Whether a package manager put the file there. Files of one's own beside packages it does not know. */
  has(path: string): boolean {
    const folder = folderOf(path)
    if (this.#files.has(folder.replace(/__pycache__\/$/, '')) || this.#files.has(path)) return true
    if (this.#roots.size === 0) return false
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
      if (this.#roots.has(path.slice(0, end + 1))) return true
    return false
  }

  /** The folders of a package; of what lies beside those of all packages, the files. */
  #noteRecord(path: string, bytes: Uint8Array): void {
    const root = folderOf(folderOf(path).slice(0, -1))
    for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
      const name = line.startsWith('"') ? line.slice(1, line.indexOf('",')) : line.slice(0, line.indexOf(','))
      if (name === '' || /^\/|(?:^|\/)\.\.?\//.test(name) || this.#files.size >= MOST) continue
      this.#files.add(root + (name.includes('/') ? folderOf(name) : name))
    }
  }
}
