// Reads the code blocks of a page of Markdown: what they are, where they stand, and which of them make one program.
//
// The words behind a block's language say what it is, and a reader of the rendered page sees none of them:
// `file=primes.mjs` names it, `continues` appends it to the block before, `from=examples/x.ts` says which file it shows,
// `compiled` that it prints and isn't run. A block inside an HTML comment holds what the blocks after it presuppose.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './pages.js'

/** One code block, as it stands in a page. */
export interface CodeBlock {
  readonly page: string
  /** Line of its first fence, from 1. */
  readonly line: number
  readonly language: string
  /** What stands behind the language: `continues`, `compiled`. */
  readonly words: ReadonlySet<string>
  /** Its values: `file=x.ts`. */
  readonly values: ReadonlyMap<string, string>
  readonly text: string
}

/** The blocks that make one file. */
export interface DocumentedFile {
  readonly page: string
  readonly line: number
  /** Its path within the page's own folder. */
  readonly name: string
  readonly text: string
  readonly isRun: boolean
  /** What the page says that it prints; `undefined` if the page says nothing. */
  readonly printed: string | undefined
}

const FENCE = /^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```[ \t]*$/gm

/** The blocks of a page, in their order. */
export async function codeBlocksOf(page: string): Promise<CodeBlock[]> {
  const markdown = await readFile(join(root, page), 'utf8')
  return Array.from(markdown.matchAll(FENCE), (match) => {
    const [, language = '', info = '', text = ''] = match
    const words = info.split(/\s+/).filter((word) => word !== '')
    const line = markdown.slice(0, match.index).split('\n').length
    const unknown = words.find((word) => !/^(?:continues|compiled|(?:file|from)=\S+)$/.test(word))
    if (unknown !== undefined) throw new Error(`${page}:${line}: a code block can't be '${unknown}'`)
    return {
      page,
      line,
      language,
      words: new Set(words.filter((word) => !word.includes('='))),
      values: new Map(
        words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]),
      ),
      text,
    }
  })
}

const EXTENSIONS: Readonly<Record<string, string>> = { js: 'js', ts: 'ts', tsx: 'tsx' }

/** The JavaScript and TypeScript files that the blocks make. */
export function documentedFiles(blocks: readonly CodeBlock[]): DocumentedFile[] {
  const files: { block: CodeBlock; name: string; texts: string[]; words: Set<string>; printed?: string }[] =
    []
  for (const block of blocks) {
    const last = files.at(-1)
    const extension = EXTENSIONS[block.language]
    if (extension !== undefined && !block.values.has('from')) {
      if (block.words.has('continues')) {
        if (last === undefined) throw new Error(`${block.page}:${block.line} continues nothing`)
        last.texts.push(block.text)
        for (const word of block.words) last.words.add(word)
      } else {
        const name = block.values.get('file') ?? `line-${block.line}.${extension}`
        files.push({ block, name, texts: [block.text], words: new Set(block.words) })
      }
    } else if (block.language === 'console') {
      const [, name, printed] = /^\$ node (\S+)\n([\s\S]*)$/.exec(block.text) ?? []
      const program = files.find((file) => file.name === name)
      if (program === undefined || printed === undefined) {
        throw new Error(`${block.page}:${block.line} isn't what a program of that page prints`)
      }
      program.printed = printed
    }
  }
  return files.map(({ block, name, texts, words, printed }) => {
    const text = texts.join('\n')
    return {
      page: block.page,
      line: block.line,
      name,
      text,
      isRun: printed !== undefined || (/\bconsole\.(log|table|error)\(/.test(text) && !words.has('compiled')),
      printed,
    }
  })
}
