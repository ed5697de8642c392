// Has the browser open a link: the one that BROWSER names, or the system's.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter } from 'node:path'

type Program = readonly [file: string, ...args: string[]]

/** How long a program may take to say that it can't, in milliseconds; afterwards it is taken to show the page. */
const REFUSAL_MS = 1500

/** Opens it; gives why it couldn't be. */
export async function openInBrowser(link: string): Promise<string | undefined> {
  const programs = browsersFor(link, process.platform, process.env)
  if (typeof programs === 'string') return programs
  for (const program of programs) if (await started(program)) return undefined
  return `no browser could be started (${programs.map(([file]) => file).join(', ')})`
}

/** What is tried, in turn; or why nothing is. */
function browsersFor(
  link: string,
  platform: NodeJS.Platform,
  env: Readonly<NodeJS.ProcessEnv>,
): readonly Program[] | string {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = env
  if (BROWSER === 'none') return 'BROWSER is none'
  if (BROWSER !== undefined && BROWSER !== '') return namedBrowsers(BROWSER, link)
  switch (platform) {
    case 'darwin':
      return [['open', link]]
    case 'win32':
      // Not `start`, which is the shell's: it would read the link.
      return [['rundll32', 'url.dll,FileProtocolHandler', link]]
    default: {
      if (isWsl())
        return [
          ['wslview', link],
          ['rundll32.exe', 'url.dll,FileProtocolHandler', link],
        ]
      const hasScreen = (DISPLAY ?? '') !== '' || (WAYLAND_DISPLAY ?? '') !== ''
      // Without one, xdg-open would start a browser in this very terminal.
      return hasScreen ? [['xdg-open', link]] : 'there is no screen here (DISPLAY, WAYLAND_DISPLAY)'
    }
  }
}

/** `firefox`, `firefox --new-window %s`, several with `:` between them. */
function namedBrowsers(browser: string, link: string): readonly Program[] {
  const commands = existsSync(browser) ? [browser] : browser.split(delimiter).filter((one) => one !== '')
  return commands.map((command): Program => {
    const [file = command, ...args] = existsSync(command) ? [command] : command.split(/\s+/)
    const filled = args.map((arg) => arg.replaceAll('%s', () => link))
    return args.some((arg) => arg.includes('%s')) ? [file, ...filled] : [file, ...args, link]
  })
}

function isWsl(): boolean {
  try {
    return /microsoft/i.test(readFileSync('/proc/version', 'utf8'))
  } catch {
    return false
  }
}

/** Starts a program that outlives this one; gives whether it is there and hasn't failed at once. */
function started([file, ...args]: Program): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { detached: true, stdio: 'ignore' })
    const timer = setTimeout(() => resolve(true), REFUSAL_MS)
    const end = (isStarted: boolean): void => {
      clearTimeout(timer)
      resolve(isStarted)
    }
    child.once('error', () => end(false))
    child.once('exit', (code) => end(code === 0))
    child.unref()
  })
}
